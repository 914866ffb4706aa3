/// Something about a data set that its owner should know; a value, never a reason to stop.
public struct DataFinding: Codable, Sendable, Hashable {
  /// What kind of thing was found.
  public enum Code: String, Codable, Sendable, Hashable, CaseIterable {
    /// Files of one split and class with the same pixels.
    case duplicateExact = "duplicate-exact"
    /// Files of one split and class that show the same picture, encoded or cut differently.
    case duplicateNear = "duplicate-near"
    /// The same picture, exactly or nearly, in more than one split.
    case leakage
    /// The same picture, exactly or nearly, under more than one class.
    case labelConflict = "label-conflict"
    /// Pictures that look like another class than the one that they are filed under.
    case mislabelled
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
    /// Pictures that are dark even where they are lightest, unlike the others.
    case outlierDark = "outlier-dark"
    /// Pictures that are bright even where they are darkest, unlike the others.
    case outlierBright = "outlier-bright"
    /// Pictures without detail, unlike the others.
    case outlierBlurred = "outlier-blurred"
    /// Pictures that show next to nothing, unlike the others.
    case outlierLowInformation = "outlier-low-information"
    /// Pictures of a size or shape far from the others'.
    case outlierOddSize = "outlier-odd-size"
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
    /// Pictures that a split kept on one side because they belong together.
    case keptTogether = "kept-together"
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
  /// The files concerned, relative to the data set's root, sorted unless said otherwise; the first
  /// `pathLimit` of them.
  public var paths: [String]
  /// How many files are concerned, those beyond `paths` included.
  public var count: Int

  /// The most paths that a finding lists.
  public static let pathLimit = 100

  /// A finding from its parts; of more than `pathLimit` paths the first are kept, and all counted.
  ///
  /// - Parameter count: how many files are concerned where `paths` are only some of them.
  public init(
    code: Code, severity: Severity, message: String, paths: [String] = [], count: Int? = nil
  ) {
    self.code = code
    self.severity = severity
    self.message = message
    self.paths = Array(paths.prefix(Self.pathLimit))
    self.count = count ?? paths.count
  }
}
