/// Weighted Kendall τ: how well two orders agree, where the top counts most.
///
///     τ_w = ⟨x, y⟩ / √(⟨x, x⟩ ⟨y, y⟩),   ⟨x, y⟩ = Σ_{i<j} w_ij sgn(x_i − x_j) sgn(y_i − y_j),
///     w_ij = 1/(r_i + 1) + 1/(r_j + 1)
///
/// with r the rank of an item, 0 first. Two conventions about r are in use and differ by up to 0.3 on
/// published tables, so that a τ_w without its convention says little. Both equal `scipy.stats.
/// weightedtau` to rounding, ties included: tied pairs add nothing above and lessen what is below.
/// - Reference: Vigna, "A weighted correlation index for rankings with ties", WWW 2015, eq. 4 and §4.2.
public enum WeightedTau {
  /// Whose ranks weigh.
  public enum Convention: String, Sendable, Codable, CaseIterable {
    /// The mean of both: ranks by score (ties by accuracy) and by accuracy (ties by score); SFDA,
    /// TLlib and LogME report this, `weightedtau(score, accuracy)`.
    case both
    /// Ranks by accuracy, ties by score: the networks that are best in truth weigh most; Model-Spider
    /// reports this, `weightedtau(accuracy, score, rank=None)`.
    case accuracy
  }

  /// τ_w in −1…1 of scores and accuracies of the same items; nil for fewer than two items, numbers
  /// that are not finite, and where all scores or all accuracies are equal.
  ///
  /// - Precondition: as many scores as accuracies.
  /// - Complexity: O(n²).
  public static func value(
    scores: [Double], accuracies: [Double], _ convention: Convention
  ) -> Double? {
    precondition(scores.count == accuracies.count, "a score for each accuracy")
    guard (scores + accuracies).allSatisfy(\.isFinite) else { return nil }
    guard let byAccuracy = value(accuracies, scores) else { return nil }
    guard convention == .both else { return byAccuracy }
    return value(scores, accuracies).map { (byAccuracy + $0) / 2 }
  }

  /// τ_w with ranks by the first list, ties by the second, and last by place, the later one first.
  private static func value(_ first: [Double], _ second: [Double]) -> Double? {
    let order = first.indices.sorted { a, b in
      if first[a] != first[b] { return first[a] > first[b] }
      if second[a] != second[b] { return second[a] > second[b] }
      return a > b
    }
    var weights = [Double](repeating: 0, count: first.count)
    for (rank, item) in order.enumerated() { weights[item] = 1 / Double(rank + 1) }
    var (agreement, ofFirst, ofSecond) = (0.0, 0.0, 0.0)
    for i in first.indices {
      for j in 0..<i {
        let weight = weights[i] + weights[j]
        let a = sign(first[i], first[j])
        let b = sign(second[i], second[j])
        agreement += weight * a * b
        ofFirst += weight * a * a
        ofSecond += weight * b * b
      }
    }
    guard ofFirst > 0, ofSecond > 0 else { return nil }
    return agreement / (ofFirst * ofSecond).squareRoot()
  }

  private static func sign(_ a: Double, _ b: Double) -> Double { a > b ? 1 : (a < b ? -1 : 0) }
}
