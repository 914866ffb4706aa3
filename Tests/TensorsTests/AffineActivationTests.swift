import CKernels
import Tensors
import Testing

extension Kernels {
  /// A function behind a factor and a shift per channel gives what the two kernels one after the other
  /// give.
  @Suite struct AffineActivation {
    static let kinds: [(graft_activation_kind, a: Float, b: Float)] = [
      (GRAFT_CLAMP, -0.25, 0.5), (GRAFT_SIGMOID, 0, 0), (GRAFT_HARD_SIGMOID, 0.3, 0.5),
      (GRAFT_SWISH, 1, 0), (GRAFT_HARD_SWISH, 0, 0), (GRAFT_GELU, 0, 0), (GRAFT_GELU_TANH, 0, 0),
      (GRAFT_TANH, 0, 0), (GRAFT_ELU, 0.7, 1.5), (GRAFT_SELU, 0, 0), (GRAFT_LEAKY_RELU, 0.1, 0),
      (GRAFT_ERF, 0, 0), (GRAFT_SOFTPLUS, 0, 0), (GRAFT_MISH, 0, 0),
    ]

    @Test(arguments: Kernels.awkward) func oneAfterTheOther(_ channels: Int) {
      let (rows, all) = (7, 7 * channels)
      let x = Kernels.random(all, "x")
      let dy = Kernels.random(all, "dy")
      let scale = Kernels.random(channels, "scale").map { 6 * $0 }
      let shift = Kernels.random(channels, "shift")
      Kernels.each { isa in
        var argument = x
        graft_affine(
          channels, x, channels, scale, shift, nil, 0, -.infinity, .infinity, &argument, channels,
          0, rows)
        for (kind, a, b) in Self.kinds {
          let kind = Int32(kind.rawValue)
          var (value, slope) = (argument, argument)
          graft_activate(kind, a, b, argument, &value, 0, all)
          graft_activate_backward(kind, a, b, argument, dy, &slope, 0, 0, all)
          // In place and in two ranges, of which the second comes first.
          var (y, g) = (x, dy)
          y.withUnsafeMutableBufferPointer { y in
            guard let y = y.baseAddress else { return }
            graft_affine_activate(channels, kind, a, b, y, scale, shift, y, 3, rows)
            graft_affine_activate(channels, kind, a, b, y, scale, shift, y, 0, 3)
          }
          g.withUnsafeMutableBufferPointer { g in
            guard let g = g.baseAddress else { return }
            graft_affine_activate_backward(channels, kind, a, b, x, scale, shift, g, g, 3, rows)
            graft_affine_activate_backward(channels, kind, a, b, x, scale, shift, g, g, 0, 3)
          }
          Kernels.expectClose(y, value.map(Double.init), tolerance: 1e-6, "\(isa) f, \(kind)")
          Kernels.expectClose(g, slope.map(Double.init), tolerance: 1e-6, "\(isa) f′, \(kind)")
        }
      }
    }

    /// The sums of a normalisation's backward pass are those of the gradient that they leave behind.
    @Test(arguments: Kernels.awkward) func sums(_ channels: Int) {
      let rows = 300
      let x = Kernels.random(rows * channels, "x")
      let given = Kernels.random(rows * channels, "dy")
      let scale = Kernels.random(channels, "scale").map { 4 * $0 }
      let shift = Kernels.random(channels, "shift")
      let mean = Kernels.random(channels, "mean")
      let kind = Int32(GRAFT_SWISH.rawValue)
      Kernels.each { isa in
        let chunks = graft_row_chunks(rows)
        var expected = given
        graft_affine_activate_backward(
          channels, kind, 1, 0, x, scale, shift, given, &expected, 0, rows)
        func sums(_ dy: inout [Float], activation: Int32) -> [Double] {
          var partial = [Double](repeating: .nan, count: chunks * 2 * channels)
          dy.withUnsafeMutableBufferPointer { dy in
            scale.withUnsafeBufferPointer { a in
              shift.withUnsafeBufferPointer { b in
                guard let dy = dy.baseAddress else { return }
                var gradient = graft_gradient(
                  dy: dy, dy_stride: channels, y: nil, y_stride: 0, low: 1, high: 0,
                  scale: activation == 0 ? nil : a.baseAddress, shift: b.baseAddress,
                  activation: activation, activated: dy)
                graft_normalise_backward_partial(
                  rows, channels, &gradient, x, channels, mean, scale, &partial, 1, chunks)
                graft_normalise_backward_partial(
                  rows, channels, &gradient, x, channels, mean, scale, &partial, 0, 1)
              }
            }
          }
          return partial
        }
        var (left, plain) = (given, expected)
        let (found, wanted) = (sums(&left, activation: kind), sums(&plain, activation: 0))
        #expect(left == expected, "\(isa)")
        #expect(found == wanted, "\(isa)")
      }
    }
  }
}
