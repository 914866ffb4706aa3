import CKernels
import Tensors
import Testing

extension Kernels {
  /// Products in half precision against the definition on rounded operands.
  @Suite(
    .enabled(
      if: graft_half_is_supported(GRAFT_FLOAT16) + graft_half_is_supported(GRAFT_BFLOAT16) > 0,
      "this processor has neither AVX512_FP16 nor AVX512_BF16"))
  struct Half {
    /// The formats that this processor has.
    static let formats = [GRAFT_FLOAT16, GRAFT_BFLOAT16].filter { graft_half_is_supported($0) != 0 }

    static let shapes: [graft_conv] = {
      func flat(_ rows: Int, _ channels: Int, _ outputs: Int, slack: Int = 0) -> graft_conv {
        graft_conv(
          batch: rows, height: 1, width: 1, channels: channels, outputs: outputs, kernel: (1, 1),
          top: 0, left: 0, bottom: 0, right: 0, slack: slack)
      }
      var list: [graft_conv] = []
      // Every height of a tile, every way to cut rows into tiles and groups.
      for rows in Array(1...15) + [28, 29, 55, 56, 57, 113] { list.append(flat(rows, 18, 35)) }
      // Depths around pairs, vectors and the blocks in which sums are widened; panels likewise.
      for channels in Kernels.awkward + [127, 128, 129, 255, 256, 257, 300] {
        list.append(flat(5, channels, 33, slack: channels % 3))
        list.append(flat(17, 40, channels))
      }
      // Several blocks of panels for few rows.
      list.append(flat(3, 20, 530))
      // Winograd's form: every way in which tiles cover an axis, panels, several units.
      for side in 2...9 {
        list.append(
          graft_conv(height: side, width: 11 - side, channels: 32, outputs: 33, slack: side % 2))
      }
      list.append(graft_conv(batch: 3, height: 23, width: 26, channels: 48, outputs: 40))
      list.append(graft_conv(batch: 1, height: 9, width: 9, channels: 160, outputs: 200))
      // Windows: padding, stride, dilation, lines joined or not, an odd depth, groups.
      list.append(graft_conv(channels: 5, outputs: 33))
      list.append(graft_conv(channels: 16, outputs: 32, stride: (2, 2), slack: 1))
      list.append(
        graft_conv(
          height: 11, channels: 3, outputs: 24, kernel: (7, 7), stride: (2, 2), top: 3, left: 3,
          bottom: 3, right: 3))
      list.append(graft_conv(channels: 17, outputs: 18, dilation: (2, 3)))
      list.append(graft_conv(channels: 66, outputs: 96, groups: 3))
      list.append(graft_conv(channels: 8, outputs: 20, top: 4, left: 4, bottom: 3, right: 3))
      list.append(
        graft_conv(
          channels: 30, outputs: 40, kernel: (1, 1), stride: (2, 2), top: 0, left: 0, bottom: 0,
          right: 0))
      list.append(
        graft_conv(
          height: 8, width: 8, channels: 3, outputs: 40, kernel: (4, 4), stride: (4, 4), top: 0,
          left: 0, bottom: 0, right: 0))
      return list
    }()

    @Test("narrow layers stay in Float32: all of bfloat16's, Winograd's of Float16")
    func narrowLayers() {
      func wins(_ format: graft_half, _ channels: Int, _ outputs: Int, _ side: Int) -> Bool {
        let shape = graft_conv(
          height: 56, width: 56, channels: channels, outputs: outputs, kernel: (side, side),
          top: side / 2, left: side / 2, bottom: side / 2, right: side / 2)
        return withUnsafePointer(to: shape) { graft_half_wins(format, $0) != 0 }
      }
      #expect(!wins(GRAFT_BFLOAT16, 64, 256, 1) && !wins(GRAFT_BFLOAT16, 256, 64, 1))
      #expect(wins(GRAFT_BFLOAT16, 256, 128, 1) && wins(GRAFT_BFLOAT16, 65, 65, 1))
      #expect(wins(GRAFT_FLOAT16, 64, 256, 1) && wins(GRAFT_FLOAT16, 256, 64, 1))
      #expect(!wins(GRAFT_FLOAT16, 64, 64, 3) && wins(GRAFT_FLOAT16, 64, 64, 1))
      #expect(wins(GRAFT_FLOAT16, 64, 128, 3) && wins(GRAFT_FLOAT16, 128, 128, 3))
    }

    @Test(arguments: shapes.indices)
    func agreesWithTheDefinition(_ index: Int) {
      for format in Self.formats { HalfWork(format, Self.shapes[index]).check() }
    }

    /// Scales are powers of two, so that numbers far beyond Float16's range, and far below its least,
    /// give the same digits.
    @Test(arguments: [(20, -8), (90, -60), (-40, 30), (-70, -20)])
    func rangeChangesNoDigit(_ exponents: (x: Int, w: Int)) {
      for format in Self.formats {
        var work = HalfWork(format, graft_conv(channels: 50, outputs: 40))
        let y = work.forward(low: -.infinity, high: .infinity, adds: false)
        work.x = work.x.map { $0 * Float(sign: .plus, exponent: exponents.x, significand: 1) }
        work.w = work.w.map { $0 * Float(sign: .plus, exponent: exponents.w, significand: 1) }
        let scaled = work.forward(low: -.infinity, high: .infinity, adds: false)
        let factor = Float(sign: .plus, exponent: exponents.x + exponents.w, significand: 1)
        let expected = y.map { $0 * factor }
        #expect(scaled == expected, "\(format)")
      }
    }

    /// The largest numbers of one sign: every sum is as large as it can be.
    @Test func largestSumsAreFinite() {
      for format in Self.formats {
        var work = HalfWork(
          format,
          graft_conv(
            batch: 20, height: 1, width: 1, channels: 1000, outputs: 40, kernel: (1, 1), top: 0,
            left: 0, bottom: 0, right: 0))
        work.x = work.x.map { _ in 65535 }
        work.w = work.w.map { _ in 1.99 }
        let y = work.forward(low: -.infinity, high: .infinity, adds: false)
        let errors = y.map { abs($0 / (65535 * 1.99 * 1000) - 1) }
        #expect((errors.max() ?? 1) < 0.01, "\(format): \(y[0])")
      }
    }

    @Test func zerosGiveTheBias() {
      for format in Self.formats {
        var work = HalfWork(format, graft_conv(channels: 33, outputs: 40))
        work.x = work.x.map { _ in 0 }
        let y = work.forward(low: -.infinity, high: .infinity)
        for (i, value) in y.enumerated() {
          #expect(value == work.bias[i % 40] + work.residual[i], "\(format)")
        }
      }
    }

    @Test(arguments: [Float.nan, .infinity, -.infinity])
    func whatIsNotFiniteComesThrough(_ value: Float) {
      for format in Self.formats {
        var work = HalfWork(format, graft_conv(channels: 33, outputs: 40))
        let (row, x) = (5 * 33, work.x)
        work.x[row + 32] = value
        let y = work.forward(low: -1, high: 1, adds: false)
        // Windows that hold the pixel, and no others; the clamp makes 1 of an infinity.
        work.x = x
        let before = work.forward(low: -1, high: 1, adds: false)
        for pixel in 0..<work.shape.outputCount / 40 {
          let line = pixel / 9
          let column = pixel % 9
          let isNear = line <= 1 && abs(column - 5) <= 1
          for o in 0..<40 where !isNear {
            #expect(y[pixel * 40 + o] == before[pixel * 40 + o], "\(format)")
          }
          for o in 0..<40 where isNear && (value.isNaN || format == GRAFT_FLOAT16) {
            #expect(y[pixel * 40 + o].isNaN, "\(format) \(pixel) \(o)")
          }
        }
      }
    }

    @Test func sampleAloneAndInABatchAreTheSame() {
      for format in Self.formats {
        for shape in [
          graft_conv(batch: 9, channels: 50, outputs: 130),
          graft_conv(
            batch: 9, channels: 50, outputs: 130, kernel: (1, 1), top: 0, left: 0, bottom: 0,
            right: 0),
        ] {
          var one = shape
          one.batch = 1
          let all = HalfWork(format, shape).forward(low: -1, high: 1)
          let first = HalfWork(format, one).forward(low: -1, high: 1)
          #expect(all.prefix(first.count).map(\.bitPattern) == first.map(\.bitPattern), "\(format)")
        }
      }
    }

    @Test func threadsChangeNoBit() {
      let threads = Parallel.threadCount
      defer { Parallel.threadCount = threads }
      for format in Self.formats {
        let work = HalfWork(format, graft_conv(batch: 3, height: 17, channels: 50, outputs: 530))
        var results: [[UInt32]] = []
        for count in [1, 2, 4] {
          Parallel.threadCount = count
          results.append(work.forward(low: -1, high: 1).map(\.bitPattern))
        }
        #expect(results[0] == results[1])
        #expect(results[0] == results[2])
      }
    }

    @Test func needsTheInstructionSetInUse() {
      Kernels.each { isa in
        for format in Self.formats {
          #expect((graft_half_is_available(format) != 0) == (isa == "avx512"))
        }
      }
    }
  }
}
