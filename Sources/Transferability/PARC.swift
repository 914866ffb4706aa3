import Foundation
import Tensors

/// Pairwise annotation representation comparison: whether rows that look alike share a label.
///
///     z   = the first min(32, rank) principal component scores, each divided by its deviation
///     d_ij = 1 − Pearson(z_i, z_j),  l_ij = 1 − Pearson of the one-hot labels
///     score = 100 · Spearman(d, l) over the pairs i < j, ties taking their mean rank
///
/// in [−100, 100]. Labels differ or not, so l takes two values and Spearman's coefficient follows
/// from the ranks of d and the number of pairs of one label. Distances are told apart to 2⁻⁴⁰: below
/// that it is rounding that would break ties. A row without variance over its components correlates
/// with none. At most 2,000 rows are compared, a stratified sample (seed 0); directions and
/// deviations are those of all rows. A direction's sign matters to Pearson's coefficient over
/// components: the greatest loading is positive. Not defined with fewer than two directions, and
/// where no two rows share a label.
///
/// Without a block of a large table the pairs that touch it are left out, and directions and
/// deviations stay; a small one is computed again.
/// - Complexity: O(n²(k + log n)) with n ≤ 2,000 and k ≤ 32, besides the principal components;
///   16 bytes for each pair.
/// - Reference: Bolya, Mittapalli & Hoffman, "Scalable diverse model selection for accessible transfer
///   learning", NeurIPS 2021, section 4, eq. 3; arXiv:2111.06977.
public enum PARC {
  /// The most rows compared, and the number of components.
  static let limit = 2000
  static let components = 32

  static let score = Score(
    id: "parc", name: "PARC",
    summary: "100 × Spearman correlation of feature and label distances between rows.",
    need: .features, cost: "O(ND min(N, D)) time, O(ND) memory",
    reference: "Bolya et al., NeurIPS 2021, eq. 3", evaluate: outcome)

  private static func outcome(_ candidate: Candidate) throws -> Score.Outcome {
    guard let features = try candidate.ordered, let principal = try candidate.principal else {
      return Score.Outcome(undefined: "no feature varies over the images")
    }
    guard principal.count > 1 else {
      return Score.Outcome(undefined: "the features vary in fewer than two directions")
    }
    let results = try correlations(candidate)
    guard let value = results.first ?? nil else {
      return Score.Outcome(undefined: "no two rows share a label, or all are equally far apart")
    }
    var notes =
      features.rowCount > limit ? ["of \(limit) of the \(features.rowCount) rows"] : []
    var replicates = candidate.recomputedWithoutEachBlock {
      try correlations($0).first.flatMap { $0 }
    }
    if replicates.isEmpty {
      replicates = Array(results.dropFirst().prefix(candidate.deletions.count))
      notes.append("the interval holds the components")
    }
    return Score.Outcome(
      value: value, replicates: replicates,
      note: notes.isEmpty ? nil : notes.joined(separator: "; "))
  }

  /// 100 · Spearman of all pairs, then of those that do not touch each block; empty where there are
  /// fewer than two directions.
  private static func correlations(_ candidate: Candidate) throws -> [Double?] {
    guard let features = try candidate.ordered, let principal = try candidate.principal,
      principal.count > 1
    else { return [] }
    let count = min(components, principal.count)
    let random = CounterRandom(seed: 0, key: "parc")
    let chosen = StratifiedSample.rows(of: features, limit: limit, random: random)
    let deviations = principal.squares.prefix(count).map {
      ($0 / Double(features.rowCount)).squareRoot()
    }
    let units = unitRows(principal.scores(count).rows(chosen), deviations)
    return correlations(
      sortedPairs(
        units, classes: chosen.map { features.classOfRow[$0] },
        blocks: chosen.map { features.blockOfRow[$0] }))
  }

  /// Rows divided by deviations, less their mean over components, of length one or zero.
  private static func unitRows(_ rows: Matrix, _ deviations: [Double]) -> Matrix {
    var units = rows
    let width = rows.columns
    units.values.withUnsafeMutableBufferPointer { values in
      for row in 0..<rows.rows {
        let row = UnsafeMutableBufferPointer(rebasing: values[row * width..<(row + 1) * width])
        var mean = 0.0
        for column in 0..<width {
          row[column] /= deviations[column]
          mean += row[column] / Double(width)
        }
        var square = 0.0
        for column in 0..<width {
          row[column] -= mean
          square += row[column] * row[column]
        }
        let factor = square > 1e-20 ? 1 / square.squareRoot() : 0
        for column in 0..<width { row[column] *= factor }
      }
    }
    return units
  }

  /// The pairs i < j by distance: (distance · 2⁴⁰, whether the labels are the same, both blocks) in
  /// one word, so that one sort serves the whole and every block.
  private static func sortedPairs(_ units: Matrix, classes: [Int], blocks: [Int]) -> [UInt64] {
    let count = units.rows
    var pairs = [UInt64](repeating: 0, count: count * (count - 1) / 2)
    let height = 256
    pairs.withUnsafeMutableBufferPointer { pairs in
      for first in stride(from: 0, to: count, by: height) {
        let last = min(first + height, count)
        let products = LinearAlgebra.multiply(
          units.rows(Array(first..<last)), transposed: false, units, transposed: true)
        products.values.withUnsafeBufferPointer { products in
          Parallel.forEach(last - first) { offset in
            let i = first + offset
            var place = i * (2 * count - i - 1) / 2
            for j in (i + 1)..<max(count, i + 1) {
              let distance = min(max(1 - products[offset * count + j], 0), 2)
              pairs[place] =
                UInt64((distance * 0x1p40).rounded()) << 9
                | (classes[i] == classes[j] ? 1 << 8 : 0) | UInt64(blocks[i]) << 4
                | UInt64(blocks[j])
              place += 1
            }
          }
        }
      }
    }
    pairs.sort()
    return pairs
  }

  /// 100 · Spearman of all pairs, then of those that do not touch each block.
  private static func correlations(_ pairs: [UInt64]) -> [Double?] {
    var ranks = [RankSums](repeating: RankSums(), count: Jackknife.blocks + 1)
    var begin = 0
    while begin < pairs.count {
      var end = begin
      // Pairs of this distance, all of them and of one label, and those of them in each block.
      var (tied, alike) = (0, 0)
      var touched = [Int](repeating: 0, count: Jackknife.blocks)
      var touchedAlike = touched
      repeat {
        let same = Int(pairs[end] >> 8) & 1
        let (a, b) = (Int(pairs[end] >> 4) & 15, Int(pairs[end]) & 15)
        (tied, alike) = (tied + 1, alike + same)
        (touched[a], touchedAlike[a]) = (touched[a] + 1, touchedAlike[a] + same)
        if a != b { (touched[b], touchedAlike[b]) = (touched[b] + 1, touchedAlike[b] + same) }
        end += 1
      } while end < pairs.count && pairs[end] >> 9 == pairs[begin] >> 9
      ranks[0].add(tied, alike)
      for block in 0..<Jackknife.blocks {
        ranks[block + 1].add(tied - touched[block], alike - touchedAlike[block])
      }
      begin = end
    }
    return ranks.map(\.correlation)
  }

  /// What Spearman's coefficient with a variable of two values needs, taken in ascending order.
  private struct RankSums {
    private var count = 0.0
    private var alike = 0.0
    private var rankSum = 0.0
    private var tieSum = 0.0

    /// Adds `tied` pairs of one distance, `same` of them with the same label.
    mutating func add(_ tied: Int, _ same: Int) {
      let (tied, same) = (Double(tied), Double(same))
      rankSum += same * (count + (tied + 1) / 2)
      tieSum += tied * tied * tied - tied
      count += tied
      alike += same
    }

    /// 100 ρ; nil where one of the variables does not vary.
    var correlation: Double? {
      let square = (count * count * count - count - tieSum) / 12
      let spread = alike * (count - alike) / count
      guard square > 0, spread > 0 else { return nil }
      let covariance = alike * (count + 1) / 2 - rankSum
      return 100 * covariance / (square * spread).squareRoot()
    }
  }
}
