internal import Foundation

/// Labels that are likely wrong, and those that are doubtful, by a probe and by the neighbours.
///
/// A label is *likely* wrong when three witnesses agree: it lies off the diagonal of the confident
/// joint (`ConfidentLearning`), its margin is at most −0.7, and of the ten nearest pictures in other
/// folds most have the suggested class and at most two its own. It is *doubtful* when it lies off the
/// diagonal otherwise, or when the probe prefers another class and at most one neighbour shares it.
///
/// Of fifteen labels swapped at random in data sets of 1,500 to 2,300 pictures, by EfficientNet-Lite0's
/// features: the likely hold 8 to 13 among 16 (where a probe names 98 % rightly) to 57 (85 %), the
/// likely and the doubtful together 13 to 15. What is found in real data is in `benchmarks/profiles.md`.
package struct LabelDoubts: Sendable {
  /// A row and the class that it looks like.
  package typealias Doubt = (row: Int, suggested: Int, margin: Float)
  /// The likely wrong, the least margin first.
  package private(set) var likely: [Doubt] = []
  /// The doubtful, likewise.
  package private(set) var doubtful: [Doubt] = []

  private static let neighbours = 10
  /// A class with fewer pictures has no label doubted.
  private static let minimumClass = 5

  /// - Parameters:
  ///   - probabilities: out of fold, N × C.
  ///   - labels: the N given labels.
  ///   - fold: the fold of each row; neighbours are looked for in the others.
  package init(probabilities: [[Float]], labels: [Int], fold: [Int], space: FeatureSpace) {
    let counts = labels.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    let confident = Dictionary(
      uniqueKeysWithValues: ConfidentLearning(probabilities: probabilities, labels: labels).issues
        .map { ($0.row, $0.suggested) })
    for (row, answer) in probabilities.enumerated()
    where counts[labels[row], default: 0] >= Self.minimumClass {
      let label = labels[row]
      guard let other = answer.indices.filter({ $0 != label }).max(by: { answer[$0] < answer[$1] })
      else { continue }
      let margin = answer[label] - answer[other]
      guard confident[row] != nil || margin < 0 else { continue }
      let votes = space.votes(of: row, labels: labels, neighbours: Self.neighbours) {
        fold[$0] == fold[row]
      }
      let own = votes[label, default: 0]
      let suggested = confident[row] ?? other
      let doubt = (row, suggested, margin)
      let most = votes.values.max() ?? 0
      if confident[row] != nil, margin <= -0.7, own <= 2, votes[suggested, default: 0] == most {
        likely.append(doubt)
      } else if confident[row] != nil || own <= 1 {
        doubtful.append(doubt)
      }
    }
    likely.sort { ($0.margin, $0.row) < ($1.margin, $1.row) }
    doubtful.sort { ($0.margin, $0.row) < ($1.margin, $1.row) }
  }
}
