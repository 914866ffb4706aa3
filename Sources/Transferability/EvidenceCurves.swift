import Foundation
import Tensors

/// LogME by curves over λ = α/β instead of eigenvalues.
///
/// With β at its best for a given λ, in features divided by their root mean square, the evidence of
/// class c over N rows is N/2 ln β − β/2 Q − ½ P − N/2 ln 2π with
///
///     Q(λ) = n_c − s_cᵀ(G + λI)⁻¹s_c,  P(λ) = ln det(I + G/λ),  β = N/(Q + ε(1 + λ))
///
/// The fixed point of `LogME`, ε included, is where −N ln(Q + ε(1 + λ)) − P is greatest: its derivative
/// in ln λ is γ − λN(m² + ε)/(Q + ε(1 + λ)). Q and P are analytic in ln λ but for imaginary parts of ±π,
/// so they are taken at Chebyshev nodes, and the interpolants give each class its λ. A maximum at the
/// end of the range is no maximum, and a Q of less than 10⁻⁵ n_c is rounding: there is no value then.
/// - Complexity: O(d·w·(w + C)) for each node, some twenty to forty of them.
struct EvidenceCurves {
  /// The mean over classes of the maximum evidence per row.
  let value: Double
  /// The range of ln λ in which the maxima lie, with room on either side.
  let range: ClosedRange<Double>

  /// Finds the maxima of all classes; nil where one lies where rounding reaches, or at λ → ∞.
  init?(_ moments: ReducedMoments) {
    let unit = moments.meanSquare
    let wide = max(1, Double(moments.dimension) / Double(moments.count))
    // Below, (S + λI)⁻¹ and its determinant know no more than six digits.
    let lowest = log(1e-8 * wide * moments.trace / unit)
    // ε keeps λ below about √(tr G/ε).
    let area = Double(moments.count) * Double(moments.dimension)
    let highest = max(lowest + 4, log(area / LogME.epsilon) / 2 + 2)
    let steps = Int(((highest - lowest) / 1.5).rounded(.up))
    let nodes = (0...steps).map { lowest + Double($0) * (highest - lowest) / Double(steps) }
    guard let coarse = Self.sample(moments, at: nodes) else { return nil }
    let tops = moments.counts.indices.map { class_ in
      let values = nodes.indices.map { node in
        Point(
          moments, ratio: nodes[node], residual: coarse.residuals[node, class_],
          determinant: coarse.determinants[node]
        ).objective
      }
      return values.indices.max { values[$0] < values[$1] } ?? 0
    }
    guard let least = tops.min(), let greatest = tops.max(), least > 0, greatest < steps
    else { return nil }
    // Where so little is left that it is the rounding of n_c, eigenvalues tell more.
    let isTold = tops.indices.allSatisfy {
      coarse.residuals[tops[$0], $0] > 1e-5 * Double(moments.counts[$0])
    }
    guard isTold else { return nil }
    let range = nodes[least] - 1.75...nodes[greatest] + 1.75
    // The error of the interpolant falls like ρ⁻ⁿ, ρ from the nearest pole.
    let half = (range.upperBound - range.lowerBound) / 2
    let reach = Double.pi / half
    let rate = log(reach + (reach * reach + 1).squareRoot())
    let count = Int((21 / rate).rounded(.up)) + 2
    guard let found = Self.maxima(moments, in: range, nodes: count), found.isInside,
      found.mean.isFinite
    else { return nil }
    value = found.mean
    self.range = range
  }

  /// The value on fewer rows, whose maxima lie about where those of all rows do.
  ///
  /// Fewer nodes do: a replicate's error counts only beside the interval's width.
  static func value(_ moments: ReducedMoments, in range: ClosedRange<Double>) -> Double? {
    let nodes = 8 + Int((range.upperBound - range.lowerBound).rounded(.up))
    return maxima(moments, in: range, nodes: nodes)?.mean
  }

  /// Q of each class, [nodes, C], and P, at some ln λ.
  private struct Samples {
    let residuals: Matrix
    let determinants: [Double]
  }

  private static func sample(_ moments: ReducedMoments, at nodes: [Double]) -> Samples? {
    let classes = moments.counts.count
    var residuals = Matrix(rows: nodes.count, columns: classes)
    var determinants = [Double](repeating: .nan, count: nodes.count)
    residuals.values.withUnsafeMutableBufferPointer { residuals in
      determinants.withUnsafeMutableBufferPointer { determinants in
        Parallel.forEach(nodes.count) { node in
          guard let found = moments.uncentred(shift: exp(nodes[node]) * moments.meanSquare)
          else { return }
          determinants[node] = found.logDeterminant
          for class_ in 0..<classes {
            residuals[node * classes + class_] =
              Double(moments.counts[class_]) - found.explained[class_]
          }
        }
      }
    }
    guard determinants.allSatisfy(\.isFinite) else { return nil }
    return Samples(residuals: residuals, determinants: determinants)
  }

  /// One class at one λ.
  private struct Point {
    /// What is greatest at the fixed point, per row.
    let objective: Double
    /// The evidence per row.
    let evidence: Double

    init(_ moments: ReducedMoments, ratio: Double, residual: Double, determinant: Double) {
      let rows = Double(moments.count)
      let residual = max(residual, 0)
      let beta = rows / (residual + LogME.epsilon * (1 + exp(ratio)))
      objective = 0.5 * (log(beta) - determinant / rows)
      evidence =
        0.5 * (log(beta) - (beta * residual + determinant) / rows - log(2 * Double.pi))
    }
  }

  private static func maxima(
    _ moments: ReducedMoments, in range: ClosedRange<Double>, nodes count: Int
  ) -> (mean: Double, isInside: Bool)? {
    let grid = ChebyshevGrid(range, count: count)
    guard let samples = sample(moments, at: grid.nodes) else { return nil }
    let steps = 200
    let width = (range.upperBound - range.lowerBound) / Double(steps)
    let points = (0...steps).map { range.lowerBound + Double($0) * width }
    let weights = Matrix(
      rows: points.count, columns: count, values: points.flatMap { grid.weights(at: $0) })
    let residuals = LinearAlgebra.multiply(weights, samples.residuals)
    let determinants = LinearAlgebra.multiply(weights, samples.determinants)
    var sum = 0.0
    var isInside = true
    for class_ in moments.counts.indices {
      let curve = points.indices.map { index in
        Point(
          moments, ratio: points[index], residual: residuals[index, class_],
          determinant: determinants[index])
      }
      let top = curve.indices.max { curve[$0].objective < curve[$1].objective } ?? 0
      guard top > 0, top < steps else {
        isInside = false
        sum += curve[top].evidence
        continue
      }
      sum += peak(near: points[top], step: width) { ratio in
        let weights = grid.weights(at: ratio)
        var (residual, determinant) = (0.0, 0.0)
        for node in 0..<count {
          residual += weights[node] * samples.residuals[node, class_]
          determinant += weights[node] * samples.determinants[node]
        }
        return Point(moments, ratio: ratio, residual: residual, determinant: determinant)
      }
    }
    return (sum / Double(moments.counts.count), isInside)
  }

  /// The evidence at the top of the objective, by three parabolas, each through points closer than
  /// the last.
  private static func peak(near start: Double, step: Double, _ curve: (Double) -> Point) -> Double {
    var (ratio, step) = (start, step)
    for _ in 0..<3 {
      let (left, middle, right) = (
        curve(ratio - step).objective, curve(ratio).objective, curve(ratio + step).objective
      )
      let bend = left - 2 * middle + right
      guard bend < 0 else { break }
      ratio += max(-1, min(1, (left - right) / (2 * bend))) * step
      step /= 16
    }
    return curve(ratio).evidence
  }
}

/// Chebyshev nodes of the first kind and the weights of barycentric interpolation.
///
/// - Reference: Berrut & Trefethen, SIAM Review 46 (2004), eq. 4.2 and 5.3.
struct ChebyshevGrid {
  /// The nodes, ascending.
  let nodes: [Double]
  private let factors: [Double]

  /// `count` nodes in a range.
  init(_ range: ClosedRange<Double>, count: Int) {
    let angles = (0..<count).map { (Double($0) + 0.5) * Double.pi / Double(count) }
    let middle = (range.lowerBound + range.upperBound) / 2
    let half = (range.upperBound - range.lowerBound) / 2
    nodes = angles.map { middle - half * cos($0) }
    factors = angles.enumerated().map { ($0.offset % 2 == 0 ? 1 : -1) * sin($0.element) }
  }

  /// How much each node's value counts at a point.
  func weights(at point: Double) -> [Double] {
    if let node = nodes.firstIndex(of: point) {
      return nodes.indices.map { $0 == node ? 1 : 0 }
    }
    let terms = nodes.indices.map { factors[$0] / (point - nodes[$0]) }
    let sum = terms.reduce(0, +)
    return terms.map { $0 / sum }
  }
}
