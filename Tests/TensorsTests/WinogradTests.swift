import CKernels
import Tensors
import Testing

extension Kernels {
  /// Winograd convolution and its gradients against the definition in Float64.
  @Suite struct Winograd {
    /// Relative to 1 + |result|.
    ///
    /// Sums of up to 4,800 products of numbers below 1 have a root mean square
    /// of up to 23; the largest error of Winograd's form is 10⁻⁵ of that (benchmarks/NOTES.md).
    static let tolerance = 2e-4

    static let shapes: [graft_conv] = {
      var list: [graft_conv] = []
      // Every way in which tiles of 4, 3 and 2 cover an axis.
      for side in 1...13 {
        list.append(
          graft_conv(height: side, width: 14 - side, channels: 5, outputs: 18, slack: side % 2))
      }
      for c in [1, 3, 16, 17, 33, 64] {
        list.append(graft_conv(channels: c, outputs: 33, slack: 2))
        list.append(graft_conv(height: 6, width: 5, channels: 19, outputs: c))
      }
      // No padding, more of it than the window has, and a different amount on each side.
      list.append(graft_conv(channels: 8, outputs: 8, top: 0, left: 0, bottom: 0, right: 0))
      list.append(graft_conv(channels: 8, outputs: 20, top: 3, left: 4, bottom: 3, right: 3))
      list.append(graft_conv(channels: 20, outputs: 8, top: 0, left: 2, bottom: 1, right: 0))
      // Weights that the units transform, in one and in several steps; several blocks of channels.
      list.append(graft_conv(batch: 1, height: 7, width: 7, channels: 40, outputs: 530))
      list.append(graft_conv(batch: 1, height: 7, width: 4, channels: 530, outputs: 40, slack: 1))
      list.append(graft_conv(batch: 1, height: 5, width: 5, channels: 130, outputs: 131))
      // Several blocks of tiles.
      list.append(graft_conv(batch: 3, height: 23, width: 26, channels: 16, outputs: 20))
      list.append(graft_conv(batch: 7, height: 13, width: 13, channels: 129, outputs: 128))
      return list
    }()

    @Test(arguments: shapes.indices)
    func agreesWithTheDefinition(_ index: Int) {
      let work = ConvolutionWork(Self.shapes[index])
      Kernels.each { isa in
        for accumulate in [false, true] { work.checkWinograd(isa, accumulate: accumulate) }
      }
    }

    @Test func sampleAloneAndInABatchAreTheSame() {
      for index in [0, 6, 28, 30, 31, 32] {
        var one = Self.shapes[index]
        let many = one
        one.batch = 1
        let (work, single) = (ConvolutionWork(many), ConvolutionWork(one))
        Kernels.each { isa in
          let all = work.winogradForward(low: -1, high: 1)
          let first = single.winogradForward(low: -1, high: 1)
          #expect(
            all.prefix(first.count).map(\.bitPattern) == first.map(\.bitPattern), "\(isa) \(index)")
        }
      }
    }

    @Test(arguments: [Float.nan, .infinity])
    func whatIsNotFiniteComesThrough(_ value: Float) {
      let s = graft_conv(channels: 17, outputs: 18)
      let work = ConvolutionWork(s, poisoned: value)
      Kernels.each { isa in
        let y = work.winogradForward(low: -.infinity, high: .infinity)
        #expect(y.contains { !$0.isFinite }, "\(isa)")
        if value.isNaN {
          #expect(work.winogradForward(low: 0, high: 6).contains { $0.isNaN }, "\(isa)")
        }
      }
    }

    @Test func nothingToDo() {
      // No samples: the weight gradient is zero, not left as it was.
      let empty = ConvolutionWork(graft_conv(batch: 0, channels: 8, outputs: 8))
      Kernels.each { isa in empty.checkWinograd(isa, accumulate: false) }
    }

    @Test func decidesByShapeAlone() {
      let shape = graft_conv(channels: 64, outputs: 64)
      var variants = [shape, shape, shape, shape, shape]
      variants[0].batch = 100
      variants[1].stride_width = 2
      variants[2].groups = 2
      variants[3].dilation_height = 2
      variants[4].kernel_height = 1
      Kernels.each { isa in
        let wins = variants.map { variant in
          withUnsafePointer(to: variant) { graft_winograd_wins($0, GRAFT_WINOGRAD_FORWARD) != 0 }
        }
        #expect(wins == [true, false, false, false, false], "\(isa)")
      }
    }

    @Test(arguments: [0, 13, 28, 29, 31])
    func threadsChangeNoBit(_ index: Int) {
      let work = ConvolutionWork(Self.shapes[index])
      let threads = Parallel.threadCount
      defer { Parallel.threadCount = threads }
      var results: [[[UInt32]]] = []
      for count in [1, 2, 4] {
        Parallel.threadCount = count
        let values = [
          work.winogradForward(low: -1, high: 1), work.winogradInputGradient(accumulate: false),
          work.winogradWeightGradient(accumulate: false),
        ]
        results.append(values.map { $0.map(\.bitPattern) })
      }
      #expect(results[0] == results[1])
      #expect(results[0] == results[2])
    }
  }
}
