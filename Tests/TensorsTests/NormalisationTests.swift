import CKernels
import Tensors
import Testing

extension Kernels {
  /// Batch normalisation against the formulas in Float64.
  @Suite struct Normalisation {
    static let tolerance = 1e-5
    static let rows = 700  // three chunks, the last one cut

    @Test(arguments: Kernels.awkward) func moments(_ channels: Int) {
      // A mean a thousand times the deviation: Float32 sums would lose the variance.
      let x = Kernels.random(Self.rows * (channels + 1), "moments").map { $0 + 1000 }
      Kernels.each { isa in
        var partial = [Double](
          repeating: .nan, count: graft_row_chunks(Self.rows) * 2 * channels)
        graft_moments_partial(
          Self.rows, channels, channels + 1, x, &partial, 1, graft_row_chunks(Self.rows))
        graft_moments_partial(Self.rows, channels, channels + 1, x, &partial, 0, 1)
        var mean = [Float](repeating: 0, count: channels)
        var variance = mean
        graft_moments_finish(Self.rows, channels, partial, &mean, &variance, 0, channels)
        let columns = (0..<channels).map { c in
          (0..<Self.rows).map { Double(x[$0 * (channels + 1) + c]) }
        }
        let means = columns.map { $0.reduce(0, +) / Double(Self.rows) }
        let variances = zip(columns, means).map { column, m in
          column.reduce(0) { $0 + ($1 - m) * ($1 - m) } / Double(Self.rows)
        }
        Kernels.expectClose(mean, means, tolerance: 1e-6, "\(isa) mean")
        Kernels.expectClose(variance, variances, tolerance: 1e-6, "\(isa) variance")
      }
    }

    @Test func oneChunkPerRowCount() {
      #expect(graft_row_chunks(0) == 0)
      #expect(graft_row_chunks(1) == 1)
      #expect(graft_row_chunks(256) == 1)
      #expect(graft_row_chunks(257) == 2)
      #expect(graft_row_chunks(1_000_000) == 64)
    }

    @Test(arguments: Kernels.awkward) func affine(_ channels: Int) {
      let rows = 5
      let x = Kernels.random(rows * channels, "x")
      let scale = Kernels.random(channels, "scale")
      let shift = Kernels.random(channels, "shift")
      let residual = Kernels.random(rows * channels, "residual")
      let expected = x.indices.map { i -> Double in
        let c = i % channels
        let v = Double(x[i]) * Double(scale[c]) + Double(shift[c]) + Double(residual[i])
        return min(max(v, 0), 0.5)
      }
      Kernels.each { isa in
        var y = residual
        y.withUnsafeMutableBufferPointer {
          guard let p = $0.baseAddress else { return }
          graft_affine(
            channels, x, channels, scale, shift, p, channels, 0, 0.5, p, channels, 0, rows)
        }
        Kernels.expectClose(y, expected, tolerance: 1e-6, isa)
        graft_affine(
          channels, x, channels, nil, nil, nil, 0, -.infinity, .infinity, &y, channels, 0, rows)
        #expect(y == x)
      }
    }

    @Test(arguments: Kernels.awkward, [false, true])
    func backward(_ channels: Int, accumulate: Bool) {
      let rows = 300
      let count = rows * channels
      let x = Kernels.random(count, "x")
      let dy = Kernels.random(count, "dy")
      let y = Kernels.random(count, "y").map { min(max($0, 0), 0.5) }
      let mean = Kernels.random(channels, "mean")
      let inverse = Kernels.random(channels, "inverse").map { abs($0) + 0.5 }
      let gamma = Kernels.random(channels, "gamma")
      let before = Kernels.random(count, "before")
      let g = dy.indices.map { y[$0] > 0 && y[$0] < 0.5 ? Double(dy[$0]) : 0 }
      let normalised = x.indices.map {
        (Double(x[$0]) - Double(mean[$0 % channels])) * Double(inverse[$0 % channels])
      }
      let sums = (0..<channels).map { c in
        (0..<rows).reduce(0) { $0 + g[$1 * channels + c] }
      }
      let products = (0..<channels).map { c in
        (0..<rows).reduce(0) { $0 + g[$1 * channels + c] * normalised[$1 * channels + c] }
      }
      let expected = x.indices.map { i -> Double in
        let c = i % channels
        let d =
          Double(gamma[c]) * Double(inverse[c])
          * (g[i] - sums[c] / Double(rows) - normalised[i] * products[c] / Double(rows))
        return d + (accumulate ? Double(before[i]) : 0)
      }
      let frozen = x.indices.map {
        g[$0] * Double(gamma[$0 % channels]) + (accumulate ? Double(before[$0]) : 0)
      }
      let add: Int32 = accumulate ? 1 : 0
      Kernels.each { isa in
        dy.withUnsafeBufferPointer { dy in
          y.withUnsafeBufferPointer { y in
            guard let dyBase = dy.baseAddress else { return }
            var gradient = graft_gradient(
              dy: dyBase, dy_stride: channels, y: y.baseAddress, y_stride: channels, low: 0,
              high: 0.5, scale: nil, shift: nil, activation: 0, activated: nil)
            let chunks = graft_row_chunks(rows)
            var partial = [Double](repeating: .nan, count: chunks * 2 * channels)
            graft_normalise_backward_partial(
              rows, channels, &gradient, x, channels, mean, inverse, &partial, 0, chunks)
            var beta = [Float](repeating: 1, count: channels)
            var scale = beta
            graft_normalise_backward_finish(
              rows, channels, partial, &beta, &scale, 1, 0, channels)
            Kernels.expectClose(
              beta, sums.map { $0 + 1 }, tolerance: Self.tolerance, "\(isa) sums, accumulated")
            graft_normalise_backward_finish(
              rows, channels, partial, &beta, &scale, 0, 0, channels)
            Kernels.expectClose(beta, sums, tolerance: Self.tolerance, "\(isa) sums")
            Kernels.expectClose(scale, products, tolerance: Self.tolerance, "\(isa) products")
            var dx = before
            var residual = before
            graft_normalise_backward(
              rows, channels, &gradient, x, channels, mean, inverse, gamma, beta, scale, &dx,
              channels, add, &residual, channels, 1, 0, rows)
            Kernels.expectClose(dx, expected, tolerance: Self.tolerance, "\(isa) dx")
            Kernels.expectClose(
              residual, g.indices.map { g[$0] + Double(before[$0]) }, tolerance: 1e-6,
              "\(isa) residual")
            dx = before
            graft_affine_backward(
              channels, &gradient, gamma, &dx, channels, add, nil, 0, 0, 0, rows)
            Kernels.expectClose(dx, frozen, tolerance: 1e-6, "\(isa) frozen")
          }
        }
      }
    }

    /// A clamp's mask from x is the mask from the output, bit by bit, and both kernels use it.
    @Test(arguments: Kernels.awkward) func recomputedClamp(_ channels: Int) {
      let rows = 40
      let x = Kernels.random(rows * channels, "x")
      let dy = Kernels.random(rows * channels, "dy")
      let scale = Kernels.random(channels, "scale")
      let shift = Kernels.random(channels, "shift")
      let mean = Kernels.random(channels, "mean")
      Kernels.each { isa in
        var y = x
        graft_affine(
          channels, x, channels, scale, shift, nil, 0, 0, 0.5, &y, channels, 0, rows)
        func gradients(_ y: UnsafePointer<Float>?) -> (sums: [Double], dx: [Float]) {
          var partial = [Double](repeating: .nan, count: 2 * channels)
          var dx = [Float](repeating: .nan, count: rows * channels)
          dy.withUnsafeBufferPointer { dy in
            scale.withUnsafeBufferPointer { a in
              shift.withUnsafeBufferPointer { b in
                guard let dy = dy.baseAddress else { return }
                var gradient = graft_gradient(
                  dy: dy, dy_stride: channels, y: y, y_stride: channels, low: 0, high: 0.5,
                  scale: a.baseAddress, shift: b.baseAddress, activation: 0, activated: nil)
                graft_normalise_backward_partial(
                  rows, channels, &gradient, x, channels, mean, scale, &partial, 0, 1)
                graft_normalise_backward(
                  rows, channels, &gradient, x, channels, mean, scale, nil, shift, mean, &dx,
                  channels, 0, nil, 0, 0, 0, rows)
              }
            }
          }
          return (partial, dx)
        }
        let (recomputed, read) = (gradients(nil), gradients(y))
        #expect(recomputed.sums == read.sums, "\(isa)")
        #expect(recomputed.dx == read.dx, "\(isa)")
        #expect(channels < 7 || Set(y).count > 2, "the clamp must let something pass")
      }
    }

    /// Every run of rows begins anew: a mean a million times the deviation keeps the variance.
    @Test func momentsFarFromZero() {
      let rows = 20_000
      let x = Kernels.random(rows, "far").map { $0 + 1_000_000 }
      Kernels.each { isa in
        let chunks = graft_row_chunks(rows)
        var partial = [Double](repeating: .nan, count: chunks * 2)
        graft_moments_partial(rows, 1, 1, x, &partial, 0, chunks)
        var (mean, variance) = ([Float(0)], [Float(0)])
        graft_moments_finish(rows, 1, partial, &mean, &variance, 0, 1)
        let exact = x.reduce(0) { $0 + Double($1) } / Double(rows)
        let spread = x.reduce(0) { $0 + (Double($1) - exact) * (Double($1) - exact) }
        Kernels.expectClose(mean, [exact], tolerance: 1e-7, "\(isa) mean")
        Kernels.expectClose(variance, [spread / Double(rows)], tolerance: 1e-3, "\(isa) variance")
      }
    }

    @Test func coefficients() {
      var scale: [Float] = [0, 0]
      var shift = scale
      var inverse = scale
      graft_normalise_coefficients(
        2, [1, -2], [3, 0], [2, 5], [0.5, 1], 1, &scale, &shift, &inverse)
      #expect(scale == [1, 5])
      #expect(shift == [-0.5, 11])
      #expect(inverse == [0.5, 1])
    }
  }
}
