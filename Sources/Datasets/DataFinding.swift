/// Something about a data set that its owner should know; a value, never a reason to stop.
public struct DataFinding: Codable, Sendable, Hashable {
  /// What kind of thing was found.
  public enum Code: String, Codable, Sendable, Hashable, CaseIterable {
    /// Files of one split and class with the same pixels.
    case duplicateExact = "duplicate-exact"
    /// The same pixels in more than one split.
    case leakage
    /// The same pixels under more than one class.
    case labelConflict = "label-conflict"
    /// A picture that is damaged, cut short, empty or too large to decode.
    case corrupt
    /// A file that the system would not let us read.
    case unreadable
    /// A file that a manifest lists and that is not there.
    case missingFile = "missing-file"
    /// A picture in a format that is recognised and not read.
    case unsupportedFormat = "unsupported-format"
    /// A file without picture data.
    case notAnImage = "not-an-image"
    /// Classes of very different sizes.
    case imbalance
    /// A class with few training pictures.
    case fewShotClass = "few-shot-class"
    /// A class folder without pictures.
    case emptyClass = "empty-class"
    /// A class that a split lacks.
    case missingClass = "missing-class"
    /// Something beside the class folders that was left out.
    case leftOut = "left-out"
  }

  /// How much it matters.
  public enum Severity: String, Codable, Sendable, Hashable, CaseIterable {
    /// Good to know.
    case info
    /// Likely to cost accuracy or to mislead the evaluation a little.
    case warning
    /// Spoils the training or the evaluation unless it is put right.
    case error
  }

  /// What kind of thing was found.
  public var code: Code
  /// How much it matters.
  public var severity: Severity
  /// One or two sentences: what was found and what to do.
  public var message: String
  /// The files concerned, relative to the data set's root, sorted unless said otherwise.
  public var paths: [String]

  /// A finding from its parts.
  public init(code: Code, severity: Severity, message: String, paths: [String] = []) {
    self.code = code
    self.severity = severity
    self.message = message
    self.paths = paths
  }
}
