import CKernels
import Tensors
import Testing

extension Kernels {
  /// Convolution, its gradients, and depth-wise convolution against the definition in Float64.
  @Suite struct Convolution {
    /// Sums of up to 1,500 products of numbers below 1, one after the other in Float32: partial sums
    /// reach 20, each rounding is 20·2⁻²⁴, and √1,500 of them add up to 5·10⁻⁵.
    static let tolerance = 5e-5

    static let shapes: [graft_conv] = {
      var list: [graft_conv] = []
      for c in Kernels.awkward {
        list.append(graft_conv(channels: c, outputs: 33))
        list.append(graft_conv(height: 5, width: 6, channels: 17, outputs: c, slack: 3))
        list.append(
          graft_conv(
            batch: 5, height: 1, width: 1, channels: c, outputs: 40, kernel: (1, 1), top: 0,
            left: 0, bottom: 0, right: 0))
      }
      // Strides, asymmetric padding, dilation, oblong kernels, more taps than one pass holds.
      list.append(
        graft_conv(channels: 5, outputs: 8, kernel: (7, 7), stride: (2, 2), top: 3, left: 3))
      list.append(graft_conv(channels: 3, outputs: 70, stride: (2, 2), top: 0, left: 0))
      list.append(graft_conv(channels: 3, outputs: 16, stride: (2, 3), slack: 2))
      list.append(graft_conv(channels: 20, outputs: 9, stride: (3, 2), top: 2, left: 0, right: 2))
      list.append(
        graft_conv(
          channels: 12, outputs: 12, top: 2, left: 2, bottom: 2, right: 2, dilation: (2, 2)))
      list.append(
        graft_conv(channels: 12, outputs: 20, kernel: (1, 5), top: 0, left: 2, bottom: 0, right: 2))
      list.append(
        graft_conv(channels: 10, outputs: 6, kernel: (9, 9), top: 4, left: 4, bottom: 4, right: 4))
      list.append(
        graft_conv(channels: 40, outputs: 24, kernel: (1, 1), stride: (2, 2), top: 0, left: 0))
      // Groups: merged, not merged, uneven.
      list.append(graft_conv(channels: 32, outputs: 32, groups: 8))
      list.append(graft_conv(channels: 6, outputs: 9, stride: (2, 2), groups: 3))
      list.append(graft_conv(channels: 36, outputs: 72, groups: 2, slack: 1))
      // Enough pixels for chunks of partial sums, enough channels for several blocks.
      list.append(graft_conv(batch: 3, height: 24, width: 24, channels: 16, outputs: 20))
      list.append(
        graft_conv(
          batch: 2, height: 4, width: 5, channels: 300, outputs: 530, kernel: (1, 1), top: 0,
          left: 0, bottom: 0, right: 0))
      // A plain product of many pixels: several blocks of them, chunks, rows and columns left over.
      list.append(
        graft_conv(
          batch: 3, height: 11, width: 13, channels: 203, outputs: 31, kernel: (1, 1), top: 0,
          left: 0, bottom: 0, right: 0, slack: 2))
      // Few tiles and many panels: cut by channels; slices of wider pixels; one image.
      list.append(
        graft_conv(
          batch: 4, height: 4, width: 5, channels: 37, outputs: 530, kernel: (1, 1), top: 0,
          left: 0, bottom: 0, right: 0, slack: 5))
      list.append(
        graft_conv(
          batch: 1, height: 6, width: 9, channels: 530, outputs: 6, kernel: (1, 1), top: 0,
          left: 0, bottom: 0, right: 0))
      list.append(graft_conv(batch: 1, height: 12, width: 13, channels: 6, outputs: 280, slack: 1))
      // Stems: a line of the kernel is a run of memory.
      list.append(
        graft_conv(
          batch: 1, height: 33, width: 32, channels: 3, outputs: 50, kernel: (4, 4), stride: (4, 4),
          top: 0, left: 0, bottom: 0, right: 0))
      list.append(
        graft_conv(
          height: 20, width: 21, channels: 3, outputs: 48, stride: (2, 2), top: 0, left: 0))
      return list
    }()

    static let depthwiseShapes: [graft_conv] =
      Kernels.awkward.map { graft_conv(channels: $0, outputs: $0, groups: $0) } + [
        graft_conv(
          width: 23, channels: 24, outputs: 24, stride: (2, 2), top: 0, left: 0, groups: 24),
        graft_conv(
          channels: 19, outputs: 19, kernel: (5, 5), top: 2, left: 2, bottom: 2, right: 2,
          groups: 19, slack: 4),
        graft_conv(channels: 35, outputs: 35, kernel: (3, 7), stride: (3, 2), left: 3, groups: 35),
        graft_conv(
          channels: 16, outputs: 16, top: 2, left: 2, bottom: 2, right: 2, dilation: (2, 2),
          groups: 16),
        graft_conv(
          height: 11, width: 13, channels: 49, outputs: 49, kernel: (7, 7), top: 3, left: 3,
          bottom: 3, right: 3, groups: 49),
        graft_conv(
          height: 9, width: 17, channels: 5, outputs: 5, kernel: (5, 12), top: 2, left: 6,
          bottom: 2, right: 5, groups: 5),
        // Strides beyond the window: input rows that no result reads have the gradient 0.
        graft_conv(
          height: 11, width: 17, channels: 18, outputs: 18, kernel: (2, 3), stride: (3, 2), top: 0,
          bottom: 0, groups: 18),
        // Rows of 8s and 7s, of 8s, 4s and 1s; windows wider than the row; one image; slices.
        graft_conv(batch: 1, height: 9, width: 14, channels: 33, outputs: 33, groups: 33),
        graft_conv(height: 4, width: 37, channels: 18, outputs: 18, groups: 18, slack: 2),
        graft_conv(
          batch: 1, height: 14, width: 29, channels: 80, outputs: 80, kernel: (5, 5),
          stride: (2, 2), top: 1, left: 1, bottom: 2, right: 2, groups: 80),
        graft_conv(
          height: 7, width: 7, channels: 40, outputs: 40, kernel: (7, 7), top: 3, left: 3,
          bottom: 3, right: 3, groups: 40),
        graft_conv(
          height: 3, width: 13, channels: 17, outputs: 17, kernel: (7, 7), top: 3, left: 3,
          bottom: 3, right: 3, groups: 17, slack: 1),
        graft_conv(
          height: 2, width: 2, channels: 20, outputs: 20, kernel: (5, 5), top: 2, left: 2,
          bottom: 2, right: 2, groups: 20),
        graft_conv(
          height: 6, width: 30, channels: 200, outputs: 200, stride: (2, 2), top: 0, left: 0,
          groups: 200),
        graft_conv(
          height: 9, width: 12, channels: 21, outputs: 21, kernel: (3, 3), top: 2, left: 1,
          bottom: 2, right: 1, dilation: (2, 1), groups: 21),
      ]

    @Test(arguments: shapes.indices)
    func agreesWithTheDefinition(_ index: Int) {
      let s = Self.shapes[index]
      let work = ConvolutionWork(s)
      Kernels.each { isa in
        for accumulate in [false, true] { work.check(isa, accumulate: accumulate) }
      }
    }

    @Test(arguments: depthwiseShapes.indices)
    func depthwiseAgreesWithTheDefinition(_ index: Int) {
      let s = Self.depthwiseShapes[index]
      let work = ConvolutionWork(s)
      Kernels.each { isa in
        for accumulate in [false, true] { work.check(isa, accumulate: accumulate, depthwise: true) }
      }
    }

    @Test func nothingToDo() {
      let empty = graft_conv(batch: 0, channels: 8, outputs: 8)
      Kernels.each { _ in
        withUnsafePointer(to: empty) {
          #expect(graft_conv_forward_units($0) == 0)
          #expect(graft_conv_input_gradient_units($0) == 0)
        }
      }
      // No pixels: the weight gradient is zero, not left as it was.
      ConvolutionWork(empty).check("empty", accumulate: false)
    }

    @Test func notANumberComesThroughTheClamp() {
      let s = graft_conv(channels: 5, outputs: 18)
      let work = ConvolutionWork(s, poisoned: .nan)
      Kernels.each { isa in
        let y = work.forward(low: 0, high: 6)
        #expect(y.contains { $0.isNaN }, "\(isa)")
      }
    }

    @Test(arguments: depthwiseShapes.indices)
    func depthwiseThreadsChangeNoBit(_ index: Int) {
      let work = ConvolutionWork(Self.depthwiseShapes[index])
      let threads = Parallel.threadCount
      defer { Parallel.threadCount = threads }
      var results: [[UInt32]] = []
      for count in [1, 2, 4] {
        Parallel.threadCount = count
        let (dx, dw) = work.gradients(accumulate: true, depthwise: true)
        let y = work.forward(low: -1, high: 1, depthwise: true)
        results.append((y + dx + dw).map(\.bitPattern))
      }
      #expect(results[0] == results[1])
      #expect(results[0] == results[2])
    }

    @Test(arguments: [0, 20, 40, 47, 58, 60])
    func threadsChangeNoBit(_ index: Int) {
      let s = Self.shapes[index]
      let work = ConvolutionWork(s)
      let threads = Parallel.threadCount
      defer { Parallel.threadCount = threads }
      var results: [[[UInt32]]] = []
      for count in [1, 2, 4] {
        Parallel.threadCount = count
        let (dx, dw) = work.gradients(accumulate: false)
        results.append([work.forward(low: -1, high: 1), dx, dw].map { $0.map(\.bitPattern) })
      }
      #expect(results[0] == results[1])
      #expect(results[0] == results[2])
    }
  }
}
