import CKernels
import Tensors
import Testing

extension Kernels {
  /// Normalisation within a sample against the formulas in Float64.
  @Suite struct GroupNormalisation {
    static let tolerance = 1e-5

    /// Forward and backward of one sample of two chunks of pixels.
    @Test(arguments: Kernels.awkward, [1, 3]) func groups(_ width: Int, _ groups: Int) {
      let (pixels, channels, epsilon) = (300, width * groups, 0.01)
      let x = Kernels.random(pixels * channels, "x").map { 2 * $0 + 3 }
      let dy = Kernels.random(x.count, "dy")
      let gamma = Kernels.random(channels, "gamma")
      let beta = Kernels.random(channels, "beta")
      let count = Double(pixels * width)
      var y = [Double](repeating: 0, count: x.count)
      var dx = y
      var inverses: [Double] = []
      for group in 0..<groups {
        let places = y.indices.filter { $0 % channels / width == group }
        let mean = places.reduce(0) { $0 + Double(x[$1]) } / count
        let variance = places.reduce(0) { $0 + (Double(x[$1]) - mean) * (Double(x[$1]) - mean) }
        let inverse = 1 / (variance / count + epsilon).squareRoot()
        inverses.append(inverse)
        func normalised(_ i: Int) -> Double { (Double(x[i]) - mean) * inverse }
        func given(_ i: Int) -> Double { Double(dy[i]) * Double(gamma[i % channels]) }
        let sum = places.reduce(0) { $0 + given($1) }
        let product = places.reduce(0) { $0 + given($1) * normalised($1) }
        for i in places {
          y[i] = normalised(i) * Double(gamma[i % channels]) + Double(beta[i % channels])
          dx[i] = 0.5 + inverse * (given(i) - sum / count - normalised(i) * product / count)
        }
      }
      Kernels.each { isa in
        let chunks = graft_row_chunks(pixels)
        var partial = [Double](repeating: .nan, count: chunks * 2 * channels)
        graft_moments_partial(pixels, channels, channels, x, &partial, 0, chunks)
        let empty = [Float](repeating: .nan, count: channels)
        var (scale, shift, mean, inverse) = (empty, empty, empty, empty)
        for group in 0..<groups {
          graft_group_coefficients(
            pixels, channels, groups, partial, gamma, beta, Float(epsilon), &scale, &shift, &mean,
            &inverse, group, group + 1)
        }
        Kernels.expectClose(
          inverse, (0..<channels).map { inverses[$0 / width] }, tolerance: Self.tolerance, isa)
        var result = [Float](repeating: 0, count: x.count)
        graft_affine(
          channels, x, channels, scale, shift, nil, 0, -.infinity, .infinity, &result, channels, 0,
          pixels)
        Kernels.expectClose(result, y, tolerance: Self.tolerance, "\(isa) y")
        dy.withUnsafeBufferPointer { dy in
          guard let base = dy.baseAddress else { return }
          var gradient = graft_gradient(
            dy: base, dy_stride: channels, y: nil, y_stride: 0, low: 0, high: 0, scale: nil,
            shift: nil, activation: 0, activated: nil)
          graft_normalise_backward_partial(
            pixels, channels, &gradient, x, channels, mean, inverse, &partial, 0, chunks)
          var (slope, offset, sums, products) = (empty, empty, empty, empty)
          graft_group_backward_coefficients(
            pixels, channels, groups, partial, gamma, inverse, &slope, &offset, 0, groups)
          graft_group_parameter_gradients(
            chunks, channels, partial, &sums, &products, 0, channels)
          let expected = (0..<channels).map { c in
            (0..<pixels).reduce(0) { $0 + Double(dy[$1 * channels + c]) }
          }
          Kernels.expectClose(sums, expected, tolerance: Self.tolerance, "\(isa) sums")
          var result = [Float](repeating: 0.5, count: x.count)
          var residual = [Float](repeating: .nan, count: x.count)
          graft_group_backward(
            channels, &gradient, x, channels, scale, mean, slope, offset, &result, channels, 1,
            &residual, channels, 0, 0, pixels)
          Kernels.expectClose(result, dx, tolerance: Self.tolerance, "\(isa) dx")
          #expect(residual == Array(dy))
        }
      }
    }

    @Test(arguments: Kernels.awkward) func rows(_ count: Int) {
      let rows = 3
      let x = Kernels.random(rows * count, "rows").map { $0 + 0.5 }
      let dy = Kernels.random(rows * count, "rows gradient")
      let (epsilon, bound) = (0.125, 1.0)
      var standard = [Double](repeating: 0, count: x.count)
      var (standardGradient, unit, unitGradient) = (standard, standard, standard)
      for row in 0..<rows {
        let range = row * count..<(row + 1) * count
        let values = x[range].map(Double.init)
        let given = dy[range].map(Double.init)
        let n = Double(count)
        let mean = values.reduce(0, +) / n
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / n
        let inverse = 1 / (variance + epsilon).squareRoot()
        let y = values.map { ($0 - mean) * inverse }
        let product = zip(given, y).reduce(0) { $0 + $1.0 * $1.1 } / n
        let norm = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
        let divisor = max(norm, bound)
        let projection =
          norm < bound ? 0 : zip(given, values).reduce(0) { $0 + $1.0 * $1.1 } / norm
        for (i, place) in range.enumerated() {
          standard[place] = y[i]
          standardGradient[place] =
            inverse * (given[i] - given.reduce(0, +) / n - y[i] * product)
          unit[place] = values[i] / divisor
          unitGradient[place] = 2 + (given[i] - values[i] / divisor * projection) / divisor
        }
      }
      Kernels.each { isa in
        var y = [Float](repeating: .nan, count: x.count)
        var (dx, kept) = (y, [Float](repeating: .nan, count: rows))
        graft_standardise(count, Float(epsilon), x, &y, &kept, 0, rows)
        Kernels.expectClose(y, standard, tolerance: Self.tolerance, "\(isa) standardised")
        graft_standardise_backward(count, y, kept, dy, &dx, 0, rows)
        Kernels.expectClose(dx, standardGradient, tolerance: Self.tolerance, "\(isa) gradient")
        graft_l2_normalise(count, Float(bound), x, &y, &kept, 0, rows)
        Kernels.expectClose(y, unit, tolerance: Self.tolerance, "\(isa) unit")
        dx = [Float](repeating: 2, count: x.count)
        graft_l2_normalise_backward(count, Float(bound), y, kept, dy, &dx, 1, 0, rows)
        Kernels.expectClose(dx, unitGradient, tolerance: Self.tolerance, "\(isa) unit gradient")
      }
    }

    @Test(arguments: Kernels.awkward, [(2, true), (2, false), (5, true)])
    func shuffle(_ columns: Int, _ layout: (groups: Int, forward: Bool)) {
      let rows = 3
      let channels = columns * layout.groups
      let groups = layout.forward ? layout.groups : columns
      let x = (0..<rows * channels).map { Float($0) }
      let expected = x.indices.map { place -> Float in
        let (row, channel) = place.quotientAndRemainder(dividingBy: channels)
        let (j, i) = channel.quotientAndRemainder(dividingBy: groups)
        return x[row * channels + i * (channels / groups) + j]
      }
      Kernels.each { isa in
        var y = [Float](repeating: .nan, count: x.count)
        graft_shuffle_channels(channels, groups, x, &y, 0, 0, rows)
        #expect(y == expected, "\(isa)")
        graft_shuffle_channels(channels, groups, x, &y, 1, 0, rows)
        #expect(y == expected.map { 2 * $0 }, "\(isa)")
      }
    }
  }
}
