public import Datasets

/// What a data set is like: the value behind `graft profile --json`.
///
/// Balance and images per class are those of the training split, or of everything where there is no
/// training split; damaged pictures count as samples there, and `readableCount` says how many are
/// not.
public struct DatasetProfile: Codable, Sendable, Hashable {
  /// "graft.profile/1".
  public var schema = "graft.profile/1"
  /// The name of the root folder.
  public var name: String
  /// The path of the root folder as given.
  public var path: String
  /// The classes, sorted.
  public var classNames: [String]
  /// Samples in all.
  public var sampleCount: Int
  /// Samples that could be decoded.
  public var readableCount: Int
  /// The splits that hold samples: train, validation, test.
  public var splits: [SplitProfile]
  /// How evenly the classes are filled.
  public var balance: ClassBalance
  /// Classes with fewer than `ClassBalance.fewShotLimit` training images.
  public var fewShotClasses: [String]
  /// Ids of up to three readable pictures of each class, in the order of `classNames`.
  public var examples: [[String]]
  /// Columns of the decoded pictures, upright; nil without any.
  public var widths: Spread?
  /// Rows of the decoded pictures, upright.
  public var heights: Spread?
  /// Width / height of the decoded pictures.
  public var aspects: Spread?
  /// The share of decoded pictures whose pixels are all grey, 0…1; nil without any.
  public var greyShare: Double?
  /// How many decoded pictures each format has, by its short name ("jpeg", "png"), and
  /// "idx" for those that lie inside larger files.
  public var fileTypes: [String: Int]
  /// How many pictures are the same as others.
  public var duplicates: DuplicateCounts
  /// The network whose features were looked at; nil without one.
  public var model: String?
  /// What more labels would bring; nil without a network or with too few pictures.
  public var projection: SizeProjection?
  /// What to know and do, most severe first.
  public var findings: [DataFinding]

  /// The number of findings of a code.
  public func count(of code: DataFinding.Code) -> Int {
    findings.count { $0.code == code }
  }
}

/// One split of a data set.
public struct SplitProfile: Codable, Sendable, Hashable {
  /// Which.
  public var split: Split
  /// Samples in it.
  public var count: Int
  /// Samples of each class, in the order of the class names.
  public var classCounts: [Int]
}

/// Smallest, middle and largest of some numbers.
public struct Spread: Codable, Sendable, Hashable {
  /// The smallest.
  public var minimum: Double
  /// The middle one; of an even number the mean of the two in the middle.
  public var median: Double
  /// The largest.
  public var maximum: Double

  /// The spread of some numbers, or nil of none.
  ///
  /// Cost: a sort.
  public init?(_ values: [Double]) {
    guard !values.isEmpty else { return nil }
    let sorted = values.sorted()
    let middle = sorted.count / 2
    minimum = sorted[0]
    median = sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    maximum = sorted[sorted.count - 1]
  }
}
