import Foundation
import Tensors

/// A mixture of normal distributions with diagonal covariances, fitted by expectation maximisation.
///
///     ln p(x, k) = ln π_k − ½ Σ_d ln(2π v_kd) − ½ Σ_d (x_d − μ_kd)²/v_kd
///
/// From the groups of `KMeans`, steps are made until the mean log likelihood rises by less than 10⁻³,
/// at most 100. Every variance gets `ridge` added. The squares are multiplied out,
/// x·(μ/v) − ½ x²·(1/v), so that a step is two matrix products with [X, X²]; the second is over the
/// responsibilities that are not zero where these are few.
/// - Reference: Dempster, Laird & Rubin, JRSS B 39 (1977); Bishop, "Pattern recognition and machine
///   learning", 2006, eq. 9.23–9.27.
struct DiagonalMixture {
  /// The posterior of each component for each row, [N, K]; those below e⁻²⁷ of the greatest are 0.
  private(set) var posteriors: Matrix

  /// The most steps, and the rise of the mean log likelihood below which they end.
  static let steps = 100
  static let tolerance = 1e-3

  /// Fits.
  ///
  /// - Parameters:
  ///   - rows: [N, d].
  ///   - groups: where to begin.
  ///   - ridge: what is added to variances, > 0.
  /// - Complexity: O(N·K·d) for each step; memory O(N(d + K)).
  init(_ rows: Matrix, groups: KMeans, ridge: Double) {
    let width = rows.columns
    var doubled = Matrix(rows: rows.rows, columns: 2 * width)
    doubled.values.withUnsafeMutableBufferPointer { target in
      rows.values.withUnsafeBufferPointer { source in
        for row in 0..<rows.rows {
          for column in 0..<width {
            let value = source[row * width + column]
            target[row * 2 * width + column] = value
            target[row * 2 * width + width + column] = value * value
          }
        }
      }
    }
    // With few columns nearly all components matter to each row.
    let single = width >= 64 ? SingleMatrix(doubled) : nil
    let start = SparseMatrix(indicatorsOf: groups.groupOf, groups: groups.groups)
    var sizes = (0..<groups.groups).map { Double(start.count(inRow: $0)) }
    var sums = LinearAlgebra.multiply(start, doubled)
    var likelihood = -Double.infinity
    posteriors = Matrix(rows: 0, columns: 0)
    for _ in 0..<Self.steps {
      let densities = Densities(sizes: sizes, sums: sums, rows: rows.rows, ridge: ridge)
      let (next, kept, reached) = Self.expectation(doubled, single, densities)
      posteriors = next
      if reached - likelihood < Self.tolerance { break }
      likelihood = reached
      sums =
        kept * 16 < posteriors.values.count
        ? LinearAlgebra.multiply(SparseMatrix(transposing: posteriors), doubled)
        : LinearAlgebra.multiply(posteriors, transposed: true, doubled)
      sizes = LinearAlgebra.multiply(
        posteriors, transposed: true, [Double](repeating: 1, count: rows.rows))
    }
  }

  /// The densities of the components that have rows, from sums over them.
  ///
  /// ln π_k p(x | k) = [x, x²]·factors_k + offset_k.
  private struct Densities {
    /// μ/v, then −½/v, [K, 2d].
    let factors: Matrix
    let offsets: [Double]
    /// ½ Σ μ²/v, which bounds how much is lost where the products cancel.
    let weights: [Double]

    init(sizes: [Double], sums: Matrix, rows: Int, ridge: Double) {
      let width = sums.columns / 2
      // A component that no row belongs to has no part in the mixture.
      let alive = sizes.indices.filter { sizes[$0] > 1e-12 }
      var factors = Matrix(rows: alive.count, columns: 2 * width)
      var offsets = [Double](repeating: 0, count: alive.count)
      var weights = offsets
      factors.values.withUnsafeMutableBufferPointer { factors in
        offsets.withUnsafeMutableBufferPointer { offsets in
          weights.withUnsafeMutableBufferPointer { weights in
            sums.values.withUnsafeBufferPointer { sums in
              Parallel.forEach(alive.count) { place in
                let size = sizes[alive[place]]
                let first = alive[place] * 2 * width
                var (logarithms, weight) = (0.0, 0.0)
                for column in 0..<width {
                  let mean = sums[first + column] / size
                  let square = sums[first + width + column] / size
                  let variance = max(square - mean * mean, 0) + ridge
                  factors[place * 2 * width + column] = mean / variance
                  factors[place * 2 * width + width + column] = -0.5 / variance
                  logarithms += log(variance)
                  weight += 0.5 * mean * mean / variance
                }
                weights[place] = weight
                offsets[place] =
                  log(size / Double(rows)) - 0.5 * Double(width) * log(2 * Double.pi)
                  - 0.5 * logarithms - weight
              }
            }
          }
        }
      }
      self.factors = factors
      self.offsets = offsets
      self.weights = weights
    }

    /// How far the logarithm of a density lies from what a Float32 product says, at most.
    ///
    /// With γ the products' relative error the distance is γ(4.1 (M − product) + 5.2 M), and as much
    /// again for the rounding of these bounds themselves.
    func bound(_ relative: Double, sign: Double) -> ComponentBounds {
      ComponentBounds(
        scale: Float(1 - sign * 4.1 * relative),
        bases: zip(offsets, weights).map { offset, weight in
          Float(offset + sign * (relative * 9.3 * weight + 0x1p-21 * (abs(offset) + weight)))
        })
    }
  }

  /// The posteriors, how many are not 0, and the mean log likelihood.
  private static func expectation(
    _ doubled: Matrix, _ single: SingleMatrix?, _ densities: Densities
  ) -> (posteriors: Matrix, kept: Int, likelihood: Double) {
    var logarithms =
      single.flatMap { screened(doubled, $0, densities) }
      ?? LinearAlgebra.multiply(doubled, transposed: false, densities.factors, transposed: true)
    let (rows, count) = (doubled.rows, densities.offsets.count)
    var likelihoods = [Double](repeating: 0, count: rows)
    var kept = [Int](repeating: 0, count: rows)
    logarithms.values.withUnsafeMutableBufferPointer { values in
      likelihoods.withUnsafeMutableBufferPointer { likelihoods in
        kept.withUnsafeMutableBufferPointer { kept in
          densities.offsets.withUnsafeBufferPointer { offsets in
            Parallel.ranges(rows, grain: 64) { begin, end in
              for row in begin..<end {
                let part = UnsafeMutableBufferPointer(
                  rebasing: values[row * count..<(row + 1) * count])
                (likelihoods[row], kept[row]) = normalise(part, offsets)
              }
            }
          }
        }
      }
    }
    return (logarithms, kept.reduce(0, +), likelihoods.reduce(0, +) / Double(rows))
  }

  /// [x, x²]·factors where it may matter for a posterior, and −∞ elsewhere; nil where that is often.
  ///
  /// Float32 products tell which components are out of the question. With q = ½ Σ (x − μ)²/v and
  /// M = ½ Σ μ²/v a product is M − q, made of terms whose magnitudes sum to 4q + 5M at most.
  private static func screened(
    _ doubled: Matrix, _ single: SingleMatrix, _ densities: Densities
  ) -> Matrix? {
    let (rows, width, count) = (doubled.rows, doubled.columns, densities.offsets.count)
    let relative = SingleMatrix.productError(width)
    guard relative <= 1e-3 else { return nil }
    let products = LinearAlgebra.multiply(
      single, transposed: false, SingleMatrix(densities.factors), transposed: true)
    // The least and the most that the logarithm of a density can be, scale · product + base: 4.1 and
    // 9.3 hold what is missing from q as it was computed.
    let least = densities.bound(relative, sign: -1)
    let most = densities.bound(relative, sign: 1)
    var floors = [Float](repeating: 0, count: rows)
    var counts = [Int](repeating: 0, count: rows)
    var logarithms = Matrix(rows: 0, columns: 0)
    products.values.withUnsafeBufferPointer { products in
      floors.withUnsafeMutableBufferPointer { floors in
        counts.withUnsafeMutableBufferPointer { counts in
          Parallel.ranges(rows, grain: 64) { begin, end in
            for row in begin..<end {
              let row_ = UnsafeBufferPointer(rebasing: products[row * count..<(row + 1) * count])
              floors[row] = least.peak(row_) + Float(leastLogarithm) - 1e-3
              counts[row] = most.count(row_, atLeast: floors[row])
            }
          }
        }
      }
      guard counts.reduce(0, +) * 16 <= rows * count else { return }
      logarithms = Matrix(
        rows: rows, columns: count,
        values: [Double](repeating: -.infinity, count: rows * count))
      logarithms.values.withUnsafeMutableBufferPointer { target in
        doubled.values.withUnsafeBufferPointer { values in
          densities.factors.values.withUnsafeBufferPointer { factors in
            guard let values = values.baseAddress, let factors = factors.baseAddress
            else { return }
            Parallel.ranges(rows, grain: 64) { begin, end in
              for row in begin..<end {
                let row_ = UnsafeBufferPointer(rebasing: products[row * count..<(row + 1) * count])
                most.forEach(row_, atLeast: floors[row]) { component in
                  target[row * count + component] = LinearAlgebra.dot(
                    values + row * width, factors + component * width, count: width)
                }
              }
            }
          }
        }
      }
    }
    return logarithms.rows == rows ? logarithms : nil
  }

  /// Posteriors below e⁻²⁷, 2·10⁻¹², of the greatest are 0.
  private static let leastLogarithm = -27.0

  /// Turns log densities less their offsets into posteriors; the log of their sum, and how many are
  /// not 0.
  private static func normalise(
    _ row: UnsafeMutableBufferPointer<Double>, _ offsets: UnsafeBufferPointer<Double>
  ) -> (Double, Int) {
    var peak = -Double.infinity
    for index in row.indices {
      row[index] += offsets[index]
      peak = max(peak, row[index])
    }
    var sum = 0.0
    var kept = 0
    for index in row.indices {
      guard row[index] - peak > leastLogarithm else {
        row[index] = 0
        continue
      }
      row[index] = exp(row[index] - peak)
      sum += row[index]
      kept += 1
    }
    let share = 1 / sum
    for index in row.indices where row[index] != 0 { row[index] *= share }
    return (peak + log(sum), kept)
  }
}
