/// The names of `candidates` closest to `name`, nearest first: what an error offers as a correction.
///
/// Distance is Levenshtein's, without regard to case; names further than half their length away are
/// left out. Cost O(candidates × length²).
package func nearestNames(to name: String, among candidates: [String], limit: Int = 3) -> [String] {
  let wanted = Array(name.lowercased().utf8)
  return
    candidates
    .map { (name: $0, distance: editDistance(wanted, Array($0.lowercased().utf8))) }
    .filter { $0.distance <= max(2, wanted.count / 2) }
    .sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }
    .prefix(limit)
    .map(\.name)
}

/// Levenshtein distance of two byte strings.
private func editDistance(_ a: [UInt8], _ b: [UInt8]) -> Int {
  var previous = Array(0...b.count)
  for (i, x) in a.enumerated() {
    var current = [i + 1]
    for (j, y) in b.enumerated() {
      current.append(min(previous[j] + (x == y ? 0 : 1), previous[j + 1] + 1, current[j] + 1))
    }
    previous = current
  }
  return previous[b.count]
}
