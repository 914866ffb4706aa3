public import Foundation

/// Why features cannot be scored.
public enum TransferabilityError: Error, Sendable, Equatable, LocalizedError,
  CustomStringConvertible
{
  /// There is not a single row.
  case empty(model: String)
  /// Two things that belong together differ in length.
  case lengthMismatch(model: String, what: String, count: Int, expected: Int)
  /// A feature or a probability is NaN or infinite.
  case notFinite(model: String, what: String, row: Int, column: Int)
  /// A source probability is negative.
  case negativeProbability(model: String, row: Int, column: Int)
  /// There is no score of that name.
  case unknownScore(String, known: [String])
  /// A decomposition failed.
  case decomposition(model: String, reason: String)

  /// One sentence for people.
  public var description: String {
    switch self {
    case .empty(let model):
      "\(model): there are no feature rows to score; give a data set with readable images."
    case .lengthMismatch(let model, let what, let count, let expected):
      "\(model): there are \(count) \(what) for \(expected) feature rows; each row needs one."
    case .notFinite(let model, let what, let row, let column):
      "\(model): \(what) hold a NaN or infinite number in row \(row), column \(column) (from 0);"
        + " check the weights and the image behind that row."
    case .negativeProbability(let model, let row, let column):
      "\(model): the source probability in row \(row), column \(column) (from 0) is negative;"
        + " give softmax outputs, not logits."
    case .unknownScore(let name, let known):
      "there is no score named '\(name)'; known are \(known.joined(separator: ", "))."
    case .decomposition(let model, let reason):
      "\(model): the features could not be decomposed (\(reason))."
    }
  }

  /// The same sentence.
  public var errorDescription: String? { description }
}
