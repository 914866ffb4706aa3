internal import Foundation

/// Finds labels that are likely wrong from probabilities that a classifier gave without having seen
/// them.
///
/// With p(j | x) out of fold and ỹ the given label, the threshold of class j is
/// t_j = mean of p(j | x) over {x : ỹ = j}; a picture is counted in the confident joint at (ỹ, j) for
/// the j of largest probability among those with p(j | x) ≥ t_j. What lies off the diagonal is a
/// candidate; candidates are ranked by the normalised margin p(ỹ | x) − max_{k ≠ ỹ} p(k | x), the
/// least first.
///
/// A classifier that is often wrong has many candidates that are rightly labelled; `LabelDoubts` asks
/// for more.
///
/// - Reference: Northcutt, Jiang & Chuang, Confident learning: estimating uncertainty in dataset
///   labels, JAIR 70, 2021, eq. 1–3 and §3.2 (here "confident joint" pruning, ranked by margin).
package struct ConfidentLearning: Sendable {
  /// A label that is likely wrong.
  package struct Issue: Sendable, Hashable {
    /// The row.
    package let row: Int
    /// The class that it looks like.
    package let suggested: Int
    /// p(ỹ | x) − p(suggested | x), −1…1.
    package let margin: Float
  }

  /// The candidates, the least margin first.
  package let issues: [Issue]

  /// - Parameters:
  ///   - probabilities: N rows of C class probabilities, each from a classifier that did not see it.
  ///   - labels: the N given labels, 0..<C.
  package init(probabilities: [[Float]], labels: [Int]) {
    let classCount = probabilities.first?.count ?? 0
    var sums = [Double](repeating: 0, count: classCount)
    var counts = [Int](repeating: 0, count: classCount)
    for (row, label) in zip(probabilities, labels) {
      sums[label] += Double(row[label])
      counts[label] += 1
    }
    let thresholds = zip(sums, counts).map { $1 > 0 ? Float($0 / Double($1)) : .infinity }
    var issues: [Issue] = []
    for (place, (row, label)) in zip(probabilities, labels).enumerated() {
      var confident: Int?
      for candidate in 0..<classCount where row[candidate] >= thresholds[candidate] {
        if confident.map({ row[candidate] > row[$0] }) ?? true { confident = candidate }
      }
      guard let confident, confident != label else { continue }
      let other = (0..<classCount).filter { $0 != label }.map { row[$0] }.max() ?? 0
      issues.append(Issue(row: place, suggested: confident, margin: row[label] - other))
    }
    self.issues = issues.sorted { ($0.margin, $0.row) < ($1.margin, $1.row) }
  }
}
