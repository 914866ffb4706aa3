import CKernels
import Tensors
import Testing

extension Kernels {
  /// Layer normalisation against the formulas in Float64.
  @Suite struct LayerNormalisation {
    static let rows = 261  // two chunks, the last one cut
    static let epsilon: Float = 1e-3
    static let tolerance = 2e-5

    /// Mean and inverse deviation of each row.
    static func statistics(_ x: [Float], channels: Int) -> [(mean: Double, inverse: Double)] {
      (0..<rows).map { row in
        let values = x[row * channels..<(row + 1) * channels].map(Double.init)
        let mean = values.reduce(0, +) / Double(channels)
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(channels)
        return (mean, 1 / (variance + Double(epsilon)).squareRoot())
      }
    }

    @Test(arguments: Kernels.awkward + [130], [false, true])
    func forward(_ channels: Int, hasShift: Bool) {
      // A mean far from 0: sums of squares in Float32 would lose the variance.
      let x = Kernels.random(Self.rows * channels, "x").map { $0 + 50 }
      let scale = Kernels.random(channels, "scale")
      let shift = Kernels.random(channels, "shift")
      let known = Self.statistics(x, channels: channels)
      let expected = x.indices.map { i -> Double in
        let (row, c) = i.quotientAndRemainder(dividingBy: channels)
        let normalised = (Double(x[i]) - known[row].mean) * known[row].inverse
        return normalised * Double(scale[c]) + (hasShift ? Double(shift[c]) : 0)
      }
      Kernels.each { isa in
        var y = x
        var statistics = [Float](repeating: .nan, count: 2 * Self.rows)
        y.withUnsafeMutableBufferPointer {
          guard let p = $0.baseAddress else { return }
          let beta = hasShift ? shift : nil
          graft_layer_norm(channels, p, scale, beta, Self.epsilon, p, &statistics, 3, Self.rows)
          graft_layer_norm(channels, p, scale, beta, Self.epsilon, p, &statistics, 0, 3)
        }
        // Float32 keeps some 4e-6 of a mean of 50; the inverse deviation may be 30.
        Kernels.expectClose(y, expected, tolerance: 3e-4, "\(isa) y")
        Kernels.expectClose(
          statistics, known.flatMap { [$0.mean, $0.inverse] }, tolerance: 3e-4,
          "\(isa) statistics")
      }
    }

    @Test(arguments: Kernels.awkward + [130], [false, true])
    func backward(_ channels: Int, accumulate: Bool) {
      let count = Self.rows * channels
      let x = Kernels.random(count, "x")
      let dy = Kernels.random(count, "dy")
      let scale = Kernels.random(channels, "scale")
      let before = Kernels.random(count, "before")
      let known = Self.statistics(x, channels: channels)
      var expected = [Double](repeating: 0, count: count)
      var sums = [Double](repeating: 0, count: channels)
      var products = sums
      for row in 0..<Self.rows {
        let place = row * channels
        let normalised = (0..<channels).map {
          (Double(x[place + $0]) - known[row].mean) * known[row].inverse
        }
        let h = (0..<channels).map { Double(dy[place + $0]) * Double(scale[$0]) }
        let average = h.reduce(0, +) / Double(channels)
        let slope = zip(h, normalised).reduce(0) { $0 + $1.0 * $1.1 } / Double(channels)
        for c in 0..<channels {
          expected[place + c] =
            known[row].inverse * (h[c] - average - normalised[c] * slope)
            + (accumulate ? Double(before[place + c]) : 0)
          sums[c] += Double(dy[place + c])
          products[c] += Double(dy[place + c]) * normalised[c]
        }
      }
      let statistics = known.flatMap { [Float($0.mean), Float($0.inverse)] }
      let chunks = graft_row_chunks(Self.rows)
      Kernels.each { isa in
        var dx = before
        var partial = [Double](repeating: .nan, count: chunks * 2 * channels)
        let add: Int32 = accumulate ? 1 : 0
        graft_layer_norm_backward(
          Self.rows, channels, dy, x, statistics, scale, &dx, add, &partial, 1, chunks)
        graft_layer_norm_backward(
          Self.rows, channels, dy, x, statistics, scale, &dx, add, &partial, 0, 1)
        Kernels.expectClose(dx, expected, tolerance: Self.tolerance, "\(isa) dx")
        var (shiftGradient, scaleGradient) = (scale, scale)
        graft_normalise_backward_finish(
          Self.rows, channels, partial, &shiftGradient, &scaleGradient, 0, 0, channels)
        Kernels.expectClose(shiftGradient, sums, tolerance: Self.tolerance, "\(isa) sums")
        Kernels.expectClose(scaleGradient, products, tolerance: Self.tolerance, "\(isa) products")
        var shared = dy
        shared.withUnsafeMutableBufferPointer {
          guard let p = $0.baseAddress else { return }
          graft_layer_norm_backward(
            Self.rows, channels, p, x, statistics, scale, p, 0, nil, 0, chunks)
        }
        if !accumulate { #expect(shared == dx, "\(isa) in place") }
      }
    }
  }
}
