/// The part that a sample plays.
public enum Split: String, Codable, Sendable, Hashable, CaseIterable {
  /// What is learned from.
  case train
  /// What choices are made on.
  case validation
  /// What is looked at once, at the end.
  case test

  /// The split that a folder's name stands for, or nil: train, training; val, valid, validation;
  /// test, testing, in any case.
  public init?(folderName: String) {
    switch folderName.lowercased() {
    case "train", "training": self = .train
    case "val", "valid", "validation": self = .validation
    case "test", "testing": self = .test
    default: return nil
    }
  }
}

/// One labelled picture of a data set, not yet decoded.
public struct Sample: Sendable, Hashable {
  /// Stable name: the path relative to the data set's root (or an absolute one that a manifest
  /// gives); `FILE/NUMBER` or `FILE/NAME` for pictures inside larger files.
  public let id: String
  /// 0-based index in `Dataset.classNames`.
  public let label: Int
  /// The part that it plays.
  public internal(set) var split: Split
  /// What it has in common with other samples (a patient, an object, a burst of photographs), so
  /// that all of them belong on one side of a split; nil where nothing is known.
  public let group: String?
  /// Index of the picture in `Dataset.packed`; -1 for a file of its own.
  let record: Int

  init(id: String, label: Int, split: Split, group: String? = nil, record: Int = -1) {
    self.id = id
    self.label = label
    self.split = split
    self.group = group
    self.record = record
  }
}
