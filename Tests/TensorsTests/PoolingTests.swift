import CKernels
import Tensors
import Testing

extension Kernels {
  /// Pools against the definition, and their gradients against the forward pass they belong to.
  @Suite struct Pooling {
    struct Case: CustomTestStringConvertible, Sendable {
      var channels: Int, kernel: Int, stride: Int, pad: Int, height: Int, ceil: Bool, slack = 0
      var testDescription: String {
        "\(channels) channels, \(kernel)/\(stride)/\(pad), ceil \(ceil)"
      }

      func shape(includesPad: Bool) -> graft_pool {
        let width = height + 2
        var s = graft_pool()
        s.batch = 2
        s.channels = channels
        (s.in_height, s.in_width, s.in_pixel_stride) = (height, width, channels + slack)
        (s.kernel_height, s.kernel_width) = (kernel, kernel)
        (s.stride_height, s.stride_width) = (stride, stride)
        (s.pad_top, s.pad_left, s.pad_bottom, s.pad_right) = (pad, pad, pad, pad)
        let extra = ceil ? stride - 1 : 0
        s.out_height = (height + 2 * pad - kernel + extra) / stride + 1
        s.out_width = (width + 2 * pad - kernel + extra) / stride + 1
        // PyTorch: the last window must begin inside the image or its left padding.
        if (s.out_height - 1) * stride >= height + pad { s.out_height -= 1 }
        if (s.out_width - 1) * stride >= width + pad { s.out_width -= 1 }
        s.out_pixel_stride = channels + 2 * slack
        s.count_includes_pad = includesPad ? 1 : 0
        return s
      }
    }

    static let cases: [Case] =
      Kernels.awkward.map {
        Case(channels: $0, kernel: 3, stride: 2, pad: 1, height: 7, ceil: false)
      }
      + [
        Case(channels: 5, kernel: 2, stride: 2, pad: 0, height: 5, ceil: true),
        Case(channels: 20, kernel: 3, stride: 2, pad: 0, height: 8, ceil: true, slack: 3),
        Case(channels: 4, kernel: 3, stride: 1, pad: 1, height: 4, ceil: false, slack: 1),
      ]

    /// The input pixels of each window: (n, output pixel, [input pixel]).
    static func windows(_ s: graft_pool) -> [[Int]] {
      (0..<s.out_height * s.out_width).map { out in
        let y = out / s.out_width * s.stride_height - s.pad_top
        let x = out % s.out_width * s.stride_width - s.pad_left
        return (max(y, 0)..<min(y + s.kernel_height, s.in_height)).flatMap { iy in
          (max(x, 0)..<min(x + s.kernel_width, s.in_width)).map { iy * s.in_width + $0 }
        }
      }
    }

    @Test(arguments: cases) func largest(_ c: Case) {
      var s = c.shape(includesPad: false)
      let pixels = s.in_height * s.in_width
      let outs = s.out_height * s.out_width
      // Few distinct values: ties must go to the first pixel.
      let x = Kernels.random(s.batch * pixels * s.in_pixel_stride, "pool").map {
        ($0 * 3).rounded()
      }
      let dy = Kernels.random(s.batch * outs * s.out_pixel_stride, "pool gradient")
      let windows = Self.windows(s)
      Kernels.each { isa in
        var y = [Float](repeating: 9, count: dy.count)
        var indices = [Int32](repeating: -1, count: s.batch * outs * s.channels)
        graft_max_pool_forward(&s, x, &y, &indices, 0, s.batch * s.out_height)
        var dx = [Float](repeating: 1, count: x.count)
        graft_max_pool_backward(&s, indices, dy, &dx, 1, 0, s.batch)
        var expected = [Double](repeating: 1, count: x.count)
        for n in 0..<s.batch {
          for (out, window) in windows.enumerated() {
            for channel in 0..<s.channels {
              let values = window.map { x[(n * pixels + $0) * s.in_pixel_stride + channel] }
              let best = values.max() ?? .nan
              let at = (n * outs + out) * s.out_pixel_stride + channel
              let winner = window[values.firstIndex(of: best) ?? 0]
              #expect(y[at] == best, "\(isa)")
              #expect(indices[(n * outs + out) * s.channels + channel] == winner, "\(isa)")
              expected[(n * pixels + winner) * s.in_pixel_stride + channel] += Double(dy[at])
            }
          }
        }
        Kernels.expectClose(dx, expected, tolerance: 1e-6, "\(isa) max pool backward")
      }
    }

    @Test("a NaN in a window is its largest value, wherever it is", arguments: 0..<9)
    func notANumber(_ place: Int) {
      var s = Case(channels: 20, kernel: 3, stride: 3, pad: 0, height: 3, ceil: false)
        .shape(includesPad: false)
      s.batch = 1
      var x = Kernels.random(s.in_height * s.in_width * s.channels, "pool")
      let pixel = place / 3 * s.in_width + place % 3
      for channel in stride(from: 0, to: s.channels, by: 3) {
        x[pixel * s.channels + channel] = .nan
      }
      Kernels.each { isa in
        var (y, indices) = ([Float](repeating: 0, count: 20), [Int32](repeating: -1, count: 20))
        graft_max_pool_forward(&s, x, &y, &indices, 0, s.out_height)
        for channel in 0..<s.channels {
          #expect(y[channel].isNaN == channel.isMultiple(of: 3), "\(isa), channel \(channel)")
          if y[channel].isNaN { #expect(indices[channel] == pixel, "\(isa), channel \(channel)") }
        }
      }
    }

    @Test(arguments: cases, [false, true]) func mean(_ c: Case, includesPad: Bool) {
      var s = c.shape(includesPad: includesPad)
      let pixels = s.in_height * s.in_width
      let outs = s.out_height * s.out_width
      let x = Kernels.random(s.batch * pixels * s.in_pixel_stride, "mean")
      let dy = Kernels.random(s.batch * outs * s.out_pixel_stride, "mean gradient")
      var y = [Double](repeating: 9, count: dy.count)
      var dx = [Double](repeating: 0, count: x.count)
      for n in 0..<s.batch {
        for (out, window) in Self.windows(s).enumerated() {
          var size = window.count
          if includesPad {
            let y0 = out / s.out_width * s.stride_height - s.pad_top
            let x0 = out % s.out_width * s.stride_width - s.pad_left
            size =
              (min(y0 + s.kernel_height, s.in_height + s.pad_top) - y0)
              * (min(x0 + s.kernel_width, s.in_width + s.pad_left) - x0)
          }
          for channel in 0..<s.channels {
            let at = (n * outs + out) * s.out_pixel_stride + channel
            let places = window.map { (n * pixels + $0) * s.in_pixel_stride + channel }
            y[at] = places.reduce(0) { $0 + Double(x[$1]) } / Double(size)
            for place in places { dx[place] += Double(dy[at]) / Double(size) }
          }
        }
      }
      for i in dx.indices where i % s.in_pixel_stride >= s.channels { dx[i] = 5 }
      Kernels.each { isa in
        var result = [Float](repeating: 9, count: dy.count)
        graft_average_pool_forward(&s, x, &result, 0, s.batch * s.out_height)
        Kernels.expectClose(result, y, tolerance: 1e-6, "\(isa) average pool")
        var gradient = [Float](repeating: 5, count: x.count)
        graft_average_pool_backward(&s, dy, &gradient, 0, 0, s.batch)
        Kernels.expectClose(gradient, dx, tolerance: 1e-6, "\(isa) average pool backward")
      }
    }

    @Test(arguments: Kernels.awkward) func adaptiveMean(_ channels: Int) {
      var s = graft_pool()
      (s.batch, s.channels, s.adaptive) = (2, channels, 1)
      (s.in_height, s.in_width, s.in_pixel_stride) = (7, 2, channels + 1)
      (s.out_height, s.out_width, s.out_pixel_stride) = (3, 4, channels)
      let x = Kernels.random(2 * 14 * (channels + 1), "adaptive")
      let dy = Kernels.random(2 * 12 * channels, "adaptive gradient")
      // ⌊i·7/3⌋ to ⌈(i+1)·7/3⌉, and each of the two columns twice.
      let (rows, columns) = ([0..<3, 2..<5, 4..<7], [0, 0, 1, 1])
      var y = [Double](repeating: 0, count: dy.count)
      var dx = [Double](repeating: 0.5, count: x.count)
      for n in 0..<2 {
        for out in 0..<12 {
          for c in 0..<channels {
            let at = (n * 12 + out) * channels + c
            for row in rows[out / 4] {
              let place = (n * 14 + row * 2 + columns[out % 4]) * (channels + 1) + c
              y[at] += Double(x[place]) / 3
              dx[place] += Double(dy[at]) / 3
            }
          }
        }
      }
      Kernels.each { isa in
        var result = [Float](repeating: 9, count: dy.count)
        graft_average_pool_forward(&s, x, &result, 0, 6)
        Kernels.expectClose(result, y, tolerance: 1e-6, isa)
        var gradient = [Float](repeating: 0.5, count: x.count)
        graft_average_pool_backward(&s, dy, &gradient, 1, 0, 2)
        Kernels.expectClose(gradient, dx, tolerance: 1e-6, "\(isa) backward")
      }
    }

    @Test(arguments: Kernels.awkward) func blur(_ channels: Int) {
      var s = graft_pool()
      (s.batch, s.channels) = (2, channels)
      (s.in_height, s.in_width, s.in_pixel_stride) = (5, 4, channels + 2)
      (s.kernel_height, s.kernel_width, s.stride_height, s.stride_width) = (3, 3, 2, 2)
      (s.pad_top, s.pad_left, s.pad_bottom, s.pad_right) = (1, 1, 1, 1)
      (s.out_height, s.out_width, s.out_pixel_stride) = (3, 2, channels + 1)
      let x = Kernels.random(2 * 20 * (channels + 2), "blur")
      let dy = Kernels.random(2 * 6 * (channels + 1), "blur gradient")
      var y = [Double](repeating: 0, count: dy.count)
      for i in y.indices where i % (channels + 1) == channels { y[i] = 9 }
      var dx = [Double](repeating: 0.5, count: x.count)
      // The rows and columns that each output reads, reflected, with weights 1 2 1.
      let rows = [[1, 0, 1], [1, 2, 3], [3, 4, 3]]
      let columns = [[1, 0, 1], [1, 2, 3]]
      let weights = [0.25, 0.5, 0.25]
      for n in 0..<2 {
        for out in 0..<6 {
          for (i, j) in (0..<9).map({ ($0 / 3, $0 % 3) }) {
            for c in 0..<channels {
              let place =
                (n * 20 + rows[out / 2][i] * 4 + columns[out % 2][j]) * (channels + 2) + c
              let at = (n * 6 + out) * (channels + 1) + c
              y[at] += weights[i] * weights[j] * Double(x[place])
              dx[place] += weights[i] * weights[j] * Double(dy[at])
            }
          }
        }
      }
      Kernels.each { isa in
        var result = [Float](repeating: 9, count: dy.count)
        graft_blur_pool_forward(&s, x, &result, 0, 6)
        Kernels.expectClose(result, y, tolerance: 1e-6, isa)
        var gradient = [Float](repeating: 0.5, count: x.count)
        graft_blur_pool_backward(&s, dy, &gradient, 1, 0, 2)
        Kernels.expectClose(gradient, dx, tolerance: 1e-6, "\(isa) backward")
      }
    }

    @Test(arguments: Kernels.awkward) func globalMean(_ channels: Int) {
      let (batch, pixels, stride) = (3, 10, channels + 2)
      let x = Kernels.random(batch * pixels * stride, "global")
      let dy = Kernels.random(batch * channels, "global gradient")
      Kernels.each { isa in
        var y = [Float](repeating: 0, count: batch * channels)
        graft_global_average_forward(pixels, channels, stride, x, &y, 0, batch)
        let expected = y.indices.map { i in
          (0..<pixels).reduce(0) {
            $0 + Double(x[(i / channels * pixels + $1) * stride + i % channels])
          } / Double(pixels)
        }
        Kernels.expectClose(y, expected, tolerance: 1e-6, "\(isa)")
        var dx = [Float](repeating: 2, count: x.count)
        graft_global_average_backward(pixels, channels, stride, dy, &dx, 1, 0, batch)
        let shares = dx.indices.map { i -> Double in
          let (row, c) = (i / stride, i % stride)
          return 2 + (c < channels ? Double(dy[row / pixels * channels + c]) / Double(pixels) : 0)
        }
        Kernels.expectClose(dx, shares, tolerance: 1e-6, "\(isa) backward")
      }
    }
  }
}
