import Foundation
import Tensors

/// Gaussian Bhattacharyya coefficient: how little the classes, taken for Gaussians, overlap.
///
///     GBC = −Σ_{i≠j} exp(−B_ij),
///     B_ij = ⅛ Σ_k (μ_ik − μ_jk)²/v̄_k + ½ Σ_k ln(v̄_k / √(v_ik v_jk)),  v̄ = (v_i + v_j)/2
///
/// over ordered pairs of classes, in the first 64 principal components of the scaled features, with
/// class means μ and variances v of at least 10⁻⁴. Spherical classes have one variance, the mean over
/// the components; −C(C − 1) ≤ GBC ≤ 0. The spherical form of the published code adds the logarithm
/// once and not for each component; here it is the coefficient of the Gaussians themselves. A class
/// of one row takes the variances pooled over the classes of more.
///
/// Replicates keep the components and the scale of the whole; fewer rows than components span fewer.
/// - Complexity: the principal components, then O(Nk + C²k) for k = 64.
/// - Reference: Pándy et al., "Transferability estimation using Bhattacharyya class separability",
///   CVPR 2022, eq. 5 to 7.
public enum GBC {
  /// Components that are kept, as in the paper.
  static let components = 64
  /// The least variance, in units of the features' mean square.
  static let leastVariance = 1e-4

  /// The shape of the Gaussians.
  package enum Covariance: Sendable {
    /// One variance for all components.
    case spherical
    /// A variance for each component.
    case diagonal
  }

  static let score = Score(
    id: "gbc", name: "GBC",
    summary: "−Σ exp(−Bhattacharyya distance) over pairs of classes as spherical Gaussians, ≤ 0.",
    need: .features, cost: "O(NDm + m³ + C²) time, m = min(N, D), O(ND) memory",
    reference: "Pándy et al., CVPR 2022, eq. 5 to 7", evaluate: { try outcome($0, .spherical) })

  /// The score with Gaussians of a shape.
  ///
  /// - Throws: `LinearAlgebraError` where LAPACK fails.
  package static func outcome(
    _ candidate: Candidate, _ covariance: Covariance
  ) throws -> Score.Outcome {
    guard let features = try candidate.ordered, let principal = try candidate.principal,
      principal.count > 0
    else { return Score.Outcome(undefined: "no feature varies over the images") }
    let scores = principal.scores(min(components, principal.count))
    let moments = ClassMoments(scores, features)
    let replicates = candidate.deletions.map { block in
      coefficient(moments.removing(block), covariance)
    }
    guard let value = coefficient(moments, covariance) else {
      return Score.Outcome(undefined: "a score needs at least two classes")
    }
    return Score.Outcome(value: value, replicates: replicates)
  }

  /// −Σ exp(−B) over ordered pairs of classes that have rows; nil for fewer than two.
  private static func coefficient(_ moments: ClassMoments, _ covariance: Covariance) -> Double? {
    let gaussians = moments.gaussians(covariance)
    guard gaussians.count >= 2 else { return nil }
    var rows = [Double](repeating: 0, count: gaussians.count)
    rows.withUnsafeMutableBufferPointer { rows in
      Parallel.forEach(gaussians.count) { i in
        var sum = 0.0
        for j in 0..<i { sum += exp(-distance(gaussians[i], gaussians[j])) }
        rows[i] = sum
      }
    }
    return -2 * rows.reduce(0, +)
  }

  private static func distance(_ a: Gaussian, _ b: Gaussian) -> Double {
    var (squares, logarithms) = (0.0, 0.0)
    // A spherical class has its one variance at every component.
    let isSpherical = a.variance.count == 1
    for k in a.mean.indices {
      let place = isSpherical ? 0 : k
      let between = (a.variance[place] + b.variance[place]) / 2
      squares += (a.mean[k] - b.mean[k]) * (a.mean[k] - b.mean[k]) / between
      if !isSpherical || k == 0 {
        logarithms += log(between / (a.variance[place] * b.variance[place]).squareRoot())
      }
    }
    let repeats = isSpherical ? Double(a.dimension) : 1
    return squares / 8 + repeats * logarithms / 2
  }

  private struct Gaussian {
    let mean: [Double]
    let variance: [Double]
    /// The components that the rows span.
    let dimension: Int
  }

  /// Sums and sums of squares of each class and block over the components.
  private struct ClassMoments {
    private let width: Int
    /// Row c · B + b holds a class's rows of one block: n, then Σ z, then Σ z².
    private var counts: [Int]
    private var sums: Matrix
    private var squares: Matrix
    private let classes: Int

    init(_ scores: Matrix, _ features: OrderedFeatures) {
      let blocks = Jackknife.blocks
      width = scores.columns
      classes = features.classCount
      counts = Array(repeating: 0, count: classes * blocks)
      sums = Matrix(rows: classes * blocks, columns: width)
      squares = sums
      for row in 0..<features.rowCount {
        let group = features.classOfRow[row] * blocks + features.blockOfRow[row]
        counts[group] += 1
        for k in 0..<width {
          let value = scores.values[row * width + k]
          sums.values[group * width + k] += value
          squares.values[group * width + k] += value * value
        }
      }
    }

    func removing(_ block: Int) -> ClassMoments {
      var rest = self
      for class_ in 0..<classes {
        let group = class_ * Jackknife.blocks + block
        rest.counts[group] = 0
        for k in 0..<width {
          rest.sums.values[group * width + k] = 0
          rest.squares.values[group * width + k] = 0
        }
      }
      return rest
    }

    func gaussians(_ covariance: Covariance) -> [Gaussian] {
      let blocks = Jackknife.blocks
      var found: [(count: Int, mean: [Double], deviations: [Double])] = []
      for class_ in 0..<classes {
        let groups = class_ * blocks..<(class_ + 1) * blocks
        let count = groups.reduce(0) { $0 + counts[$1] }
        guard count > 0 else { continue }
        var mean = [Double](repeating: 0, count: width)
        var deviations = mean
        for group in groups {
          for k in 0..<width {
            mean[k] += sums.values[group * width + k]
            deviations[k] += squares.values[group * width + k]
          }
        }
        for k in 0..<width {
          mean[k] /= Double(count)
          deviations[k] = max(0, deviations[k] - Double(count) * mean[k] * mean[k])
        }
        found.append((count, mean, deviations))
      }
      var pooled = [Double](repeating: 0, count: width)
      let pooledRows = found.reduce(0) { $0 + ($1.count > 1 ? $1.count : 0) }
      for class_ in found where class_.count > 1 {
        for k in 0..<width { pooled[k] += class_.deviations[k] / Double(pooledRows) }
      }
      let rows = found.reduce(0) { $0 + $1.count }
      let dimension = max(1, min(width, rows - 1))
      return found.map { class_ in
        var variance =
          class_.count > 1 ? class_.deviations.map { $0 / Double(class_.count) } : pooled
        if covariance == .spherical { variance = [variance.reduce(0, +) / Double(dimension)] }
        return Gaussian(
          mean: class_.mean, variance: variance.map { max($0, GBC.leastVariance) },
          dimension: dimension)
      }
    }
  }
}
