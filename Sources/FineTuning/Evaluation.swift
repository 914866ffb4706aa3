import Foundation
import Transferability

/// How well a model names a set of labelled images.
public struct Evaluation: Codable, Sendable, Equatable {
  /// The share named rightly (top-1), in `[0, 1]`.
  public var accuracy: Double
  /// The 95 % interval of `accuracy` for this many images (Wilson's score interval).
  public var accuracyInterval: [Double]
  /// The mean over classes of the share named rightly, over classes that occur.
  public var meanClassAccuracy: Double
  /// The mean cross-entropy, in nats.
  public var loss: Double
  /// How many images were evaluated.
  public var count: Int
  /// How many images of class `row` were called `column`.
  public var confusion: [[Int]]

  /// Evaluates class probabilities against labels.
  ///
  /// - Parameters:
  ///   - probabilities: one row of `classCount` probabilities per image.
  ///   - labels: the true class of each row.
  /// - Precondition: as many rows as labels, at least one.
  public init(probabilities: [[Float]], labels: [Int], classCount: Int) {
    precondition(probabilities.count == labels.count && !labels.isEmpty)
    var confusion = [[Int]](repeating: [Int](repeating: 0, count: classCount), count: classCount)
    var loss = 0.0
    for (row, label) in zip(probabilities, labels) {
      let named = row.indices.max { row[$0] < row[$1] } ?? 0
      confusion[label][named] += 1
      loss -= log(Double(max(row[label], 1e-30)))
    }
    let right = (0..<classCount).reduce(0) { $0 + confusion[$1][$1] }
    let shares = confusion.enumerated().compactMap { index, row -> Double? in
      let total = row.reduce(0, +)
      return total == 0 ? nil : Double(row[index]) / Double(total)
    }
    count = labels.count
    accuracy = Double(right) / Double(labels.count)
    accuracyInterval = wilsonInterval(successes: right, of: labels.count)
    meanClassAccuracy = shares.reduce(0, +) / Double(shares.count)
    self.loss = loss / Double(labels.count)
    self.confusion = confusion
  }
}
