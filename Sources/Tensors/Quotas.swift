/// Shares a number of places out over classes, in proportion to their sizes.
package enum Quotas {
  /// The places of each class: one for each that has members, the largest first where there is not room
  /// for all; then in proportion to what is left of each, by largest remainder, the earlier class first.
  ///
  /// All members where there are no more than `limit`. In integers throughout.
  ///
  /// - Parameters:
  ///   - counts: members of each class.
  ///   - limit: places in all.
  /// - Complexity: O(C log C).
  package static func proportional(to counts: [Int], limit: Int) -> [Int] {
    guard counts.reduce(0, +) > limit else { return counts }
    let filled = counts.indices.filter { counts[$0] > 0 }
    var quotas = [Int](repeating: 0, count: counts.count)
    for label in filled.sorted(by: { (counts[$0], $1) > (counts[$1], $0) }).prefix(limit) {
      quotas[label] = 1
    }
    let left = limit - quotas.reduce(0, +)
    guard left > 0 else { return quotas }
    let spare = filled.reduce(0) { $0 + counts[$1] - 1 }
    // Whole shares first; what is left goes to the largest remainders.
    for label in filled { quotas[label] += (counts[label] - 1) * left / spare }
    let byRemainder = filled.sorted {
      ((counts[$0] - 1) * left % spare, $1) > ((counts[$1] - 1) * left % spare, $0)
    }
    for label in byRemainder.prefix(limit - quotas.reduce(0, +)) { quotas[label] += 1 }
    return quotas
  }
}
