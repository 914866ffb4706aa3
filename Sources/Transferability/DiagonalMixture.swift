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
  /// The posterior of each component for each row, [N, K]; those below 2⁻⁵² of the greatest are 0.
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
    let start = SparseMatrix(indicatorsOf: groups.groupOf, groups: groups.groups)
    var sizes = (0..<groups.groups).map { Double(start.count(inRow: $0)) }
    var sums = LinearAlgebra.multiply(start, doubled)
    var likelihood = -Double.infinity
    posteriors = Matrix(rows: 0, columns: 0)
    for _ in 0..<Self.steps {
      let (next, kept, reached) = Self.expectation(
        doubled, sizes: sizes, sums: sums, ridge: ridge)
      posteriors = next
      if reached - likelihood < Self.tolerance { break }
      likelihood = reached
      sums =
        kept * 10 < posteriors.values.count
        ? LinearAlgebra.multiply(SparseMatrix(transposing: posteriors), doubled)
        : LinearAlgebra.multiply(posteriors, transposed: true, doubled)
      sizes = LinearAlgebra.multiply(
        posteriors, transposed: true, [Double](repeating: 1, count: rows.rows))
    }
  }

  /// The posteriors under the means and variances that sums give, how many are not 0, and the mean
  /// log likelihood.
  ///
  /// A component that no row belongs to has no part in the mixture.
  private static func expectation(
    _ doubled: Matrix, sizes: [Double], sums: Matrix, ridge: Double
  ) -> (posteriors: Matrix, kept: Int, likelihood: Double) {
    let width = doubled.columns / 2
    let rows = doubled.rows
    let alive = sizes.indices.filter { sizes[$0] > 1e-12 }
    var factors = Matrix(rows: alive.count, columns: 2 * width)
    var offsets = [Double](repeating: 0, count: alive.count)
    for (place, component) in alive.enumerated() {
      let size = sizes[component]
      var offset = log(size / Double(rows)) - 0.5 * Double(width) * log(2 * Double.pi)
      for column in 0..<width {
        let mean = sums.values[component * 2 * width + column] / size
        let square = sums.values[component * 2 * width + width + column] / size
        let variance = max(square - mean * mean, 0) + ridge
        factors.values[place * 2 * width + column] = mean / variance
        factors.values[place * 2 * width + width + column] = -0.5 / variance
        offset -= 0.5 * (log(variance) + mean * mean / variance)
      }
      offsets[place] = offset
    }
    var posteriors = LinearAlgebra.multiply(
      doubled, transposed: false, factors, transposed: true)
    let count = alive.count
    var likelihoods = [Double](repeating: 0, count: rows)
    var kept = [Int](repeating: 0, count: rows)
    posteriors.values.withUnsafeMutableBufferPointer { values in
      likelihoods.withUnsafeMutableBufferPointer { likelihoods in
        kept.withUnsafeMutableBufferPointer { kept in
          Parallel.ranges(rows, grain: 64) { begin, end in
            for row in begin..<end {
              let row_ = UnsafeMutableBufferPointer(
                rebasing: values[row * count..<(row + 1) * count])
              (likelihoods[row], kept[row]) = normalise(row_, offsets)
            }
          }
        }
      }
    }
    return (posteriors, kept.reduce(0, +), likelihoods.reduce(0, +) / Double(rows))
  }

  /// Turns log densities less their offsets into posteriors; the log of their sum, and how many are
  /// not 0.
  private static func normalise(
    _ row: UnsafeMutableBufferPointer<Double>, _ offsets: [Double]
  ) -> (Double, Int) {
    var peak = -Double.infinity
    for index in row.indices {
      row[index] += offsets[index]
      peak = max(peak, row[index])
    }
    var sum = 0.0
    var kept = 0
    for index in row.indices {
      // e⁻³⁶ is 2⁻⁵²: what is less would be lost in the sum.
      guard row[index] - peak > -36 else {
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
