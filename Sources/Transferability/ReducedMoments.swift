import Foundation
import Tensors

/// The scatter of features as a band, with the class sums: resolvents for the price of a few products.
///
///     S = Σ (x − μ)(x − μ)ᵀ,  d_c = Σ_{i∈c} (x_i − μ)
///
/// over the columns chosen. LogME, H-score and its shrunk form are functions of d_cᵀ(S + λI)⁻¹d_c and
/// ln det(S + λI) at one λ or a few; see `BandForm`.
struct ReducedMoments: Sendable {
  /// N.
  let count: Int
  /// Rows of each class that has any, C of them.
  let counts: [Int]
  /// Number of columns, d.
  let dimension: Int
  /// The mean square of the features, uncentred.
  let meanSquare: Double
  /// tr S.
  let trace: Double
  /// ‖S‖².
  let squaredNorm: Double
  /// Σ ‖x − μ‖⁴.
  let fourthMoment: Double
  private let band: BandForm

  /// Reduces the statistics; nil for fewer than two classes or no columns.
  ///
  /// - Throws: `LinearAlgebraError.notFinite`.
  /// - Complexity: O(d³ + C·d²).
  init?(_ statistics: FeatureStatistics, columns: [Int]) throws(LinearAlgebraError) {
    guard statistics.classCount >= 2, !columns.isEmpty else { return nil }
    let (sums, gram) = statistics.secondMoments(columns)
    let width = columns.count
    let rows = Double(statistics.count)
    let total = statistics.sum
    let mean = columns.map { total[$0] / rows }
    let present = statistics.counts.indices.filter { statistics.counts[$0] > 0 }
    counts = present.map { statistics.counts[$0] }
    count = statistics.count
    dimension = width
    var scatter = gram
    var (squares, trace, norm) = (0.0, 0.0, 0.0)
    scatter.values.withUnsafeMutableBufferPointer { values in
      for i in 0..<width {
        squares += values[i * width + i]
        let shift = rows * mean[i]
        var sum = 0.0
        for j in 0..<width {
          let value = values[i * width + j] - shift * mean[j]
          values[i * width + j] = value
          sum += value * value
        }
        norm += sum
        trace += values[i * width + i]
      }
    }
    meanSquare = squares / (rows * Double(width))
    self.trace = trace
    squaredNorm = norm
    fourthMoment = statistics.centredFourthMoment
    // Columns d_1 … d_C and μ.
    var sides = Matrix(rows: width, columns: present.count + 1)
    sides.values.withUnsafeMutableBufferPointer { sides in
      sums.values.withUnsafeBufferPointer { sums in
        let stride = present.count + 1
        for (place, row) in present.enumerated() {
          let size = Double(statistics.counts[row])
          for column in 0..<width {
            sides[column * stride + place] = sums[row * width + column] - size * mean[column]
          }
        }
        for column in 0..<width { sides[column * stride + present.count] = mean[column] }
      }
    }
    band = try BandForm(scatter, rightSides: sides)
  }

  /// Σ_c d_cᵀ(S + λI)⁻¹d_c / n_c, and the least pivot; nil where S + λI is not positive definite.
  func classSpread(shift: Double) -> (value: Double, leastPivot: Double)? {
    guard let forms = band.forms(shift: shift) else { return nil }
    let value = counts.indices.reduce(0) { $0 + forms.squares[$1] / Double(counts[$1]) }
    return (value, forms.leastPivot)
  }

  /// ln det(I + S/λ); nil where S + λI is not positive definite.
  func logDeterminant(shift: Double) -> Double? {
    band.forms(shift: shift).map { $0.logDeterminant - Double(dimension) * log(shift) }
  }

  /// s_cᵀ(G + λI)⁻¹s_c of each class and ln det(I + G/λ), for the uncentred G = S + Nμμᵀ, s_c = d_c + n_cμ.
  ///
  /// By Sherman and Morrison, with a = d_cᵀR d_c, p = d_cᵀRμ, q = μᵀRμ and R = (S + λI)⁻¹:
  /// a + (2n_c p + n_c² q − N p²)/(1 + N q), in which large numbers don't cancel.
  func uncentred(shift: Double) -> (explained: [Double], logDeterminant: Double)? {
    guard let forms = band.forms(shift: shift) else { return nil }
    let rows = Double(count)
    let q = forms.squares[counts.count]
    let explained = counts.indices.map { index in
      let (p, size) = (forms.crosses[index], Double(counts[index]))
      return forms.squares[index] + (2 * size * p + size * size * q - rows * p * p) / (1 + rows * q)
    }
    return (
      explained, forms.logDeterminant + log1p(rows * q) - Double(dimension) * log(shift)
    )
  }
}
