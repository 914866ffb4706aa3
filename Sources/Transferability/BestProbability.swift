import Foundation
internal import Tensors

/// How probable it is that each network is the best by a score, from what deleting blocks changed.
///
/// Scores are drawn around their values from the multivariate t distribution with B − 1 degrees of
/// freedom whose covariance is the jackknife's, Σ_ij = (B − 1)/B Σ_b d_ib d_jb with d the replicate
/// less its mean: normal draws would trust a covariance of ten blocks too much. Networks that saw the
/// same labels in the same order share their blocks, and so what they have in common cancels; others
/// are drawn independently.
/// - Reference: Efron & Tibshirani 1993, §11.5 (covariance); Goldstein & Spiegelhalter, J. Royal
///   Statistical Society A 159 (1996), §5 (probabilities of ranks by simulation).
enum BestProbability {
  /// Draws; the probabilities are right to ±0.007 (95 %).
  static let draws = 20_000

  /// One network: its value, its replicates, and the number of the group that shares blocks.
  struct Contender {
    let value: Double
    let replicates: [Double?]
    let group: Int
  }

  /// A probability for each network, 1 in all; nil where any has no replicates and there is a rival.
  ///
  /// - Complexity: O(draws · networks · blocks).
  static func values(_ contenders: [Contender], seed: UInt64) -> [Double]? {
    guard contenders.count > 1 else { return contenders.map { _ in 1 } }
    var deviations: [[Double]] = []
    for contender in contenders {
      let replicates = contender.replicates.compactMap { $0 }
      guard replicates.count > 1, replicates.count == contender.replicates.count else { return nil }
      let count = Double(replicates.count)
      let mean = replicates.reduce(0, +) / count
      let factor = ((count - 1) / count).squareRoot()
      deviations.append(replicates.map { factor * ($0 - mean) })
    }
    let blocks = deviations.map(\.count).max() ?? 0
    let groups = (contenders.map(\.group).max() ?? 0) + 1
    let random = CounterRandom(seed: seed, key: "best")
    // Numbers for a draw: a normal for each block of each group, and B − 1 for the χ² of each group.
    let perGroup = 2 * blocks - 1
    var firsts = [Double](repeating: 0, count: contenders.count)
    for draw in 0..<draws {
      var best: [Int] = []
      var highest = -Double.infinity
      let start = draw * groups * perGroup
      var noise: [[Double]] = []
      for group in 0..<groups {
        let normals = (0..<perGroup).map {
          random.normal(at: UInt64(start + group * perGroup + $0))
        }
        let square = normals[blocks...].reduce(0) { $0 + $1 * $1 }
        let scale = (Double(blocks - 1) / max(square, 1e-300)).squareRoot()
        noise.append(normals[..<blocks].map { $0 * scale })
      }
      for (index, contender) in contenders.enumerated() {
        var value = contender.value
        for (deviation, normal) in zip(deviations[index], noise[contender.group]) {
          value += deviation * normal
        }
        if value > highest {
          (best, highest) = ([index], value)
        } else if value == highest {
          best.append(index)
        }
      }
      for index in best { firsts[index] += 1 / Double(best.count) }
    }
    return firsts.map { $0 / Double(draws) }
  }
}
