public import Foundation
public import Images

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
  /// Stable name: the path relative to the data set's root, or `train/00017` for IDX records.
  public let id: String
  /// 0-based index in `Dataset.classNames`.
  public let label: Int
  /// The part that it plays.
  public internal(set) var split: Split
  /// What it shares with other samples of the data set, which a split must not part: a patient, a
  /// video, an object; nil where the data say nothing.
  public let group: String?
  /// Index of the record in a packed file; -1 for a file of its own.
  let record: Int

  init(id: String, label: Int, split: Split, group: String? = nil, record: Int = -1) {
    self.id = id
    self.label = label
    self.split = split
    self.group = group
    self.record = record
  }
}

/// A labelled set of pictures: names and labels now, pixels when asked for.
///
/// A folder without `train`, `val` or `test` folders opens as one `train` split; `split(…)` then
/// sets samples aside.
public struct Dataset: Sendable {
  /// The name of the root folder.
  public let name: String
  /// The folder that `Sample.id` is relative to.
  public let root: URL
  /// The classes, sorted; a sample's label is an index here.
  public let classNames: [String]
  /// The samples, sorted by split (train, validation, test), class and id.
  public internal(set) var samples: [Sample]
  /// Ids of samples that show the same thing, beyond what `Sample.group` says; see
  /// `keeping(together:)`.
  var ties: [[String]] = []
  /// What was noticed on the way: empty classes, things left out, classes too small to split.
  public internal(set) var findings: [DataFinding]
  /// Files below the class folders that are not JPEG or PNG, relative to the root, sorted.
  public let otherFiles: [String]
  /// The packed pictures, where the data set is not made of image files.
  let packed: IDXPictures?

  init(
    name: String, root: URL, classNames: [String], samples: [Sample],
    findings: [DataFinding] = [], otherFiles: [String] = [], packed: IDXPictures? = nil
  ) {
    self.name = name
    self.root = root
    self.classNames = classNames
    self.samples = samples
    self.findings = findings
    self.otherFiles = otherFiles
    self.packed = packed
  }

  /// Opens a folder: a folder per class (nested folders allowed), optionally below `train`, `val`
  /// and `test` folders; or the IDX files of MNIST and its kin, plain or gzipped.
  ///
  /// Hidden files are ignored, endings may be in any case, symbolic links are followed. Files are
  /// listed, not decoded: a damaged picture shows when it is loaded, or in a profile.
  ///
  /// - Throws: `DatasetError`.
  public static func open(_ root: URL) throws(DatasetError) -> Dataset {
    let path = root.path
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      // A link that leads nowhere or in a circle exists and cannot be followed.
      if (try? FileManager.default.attributesOfItem(atPath: path)) != nil {
        throw .unreadable(path: path, reason: "a link that leads nowhere")
      }
      throw .notFound(path: path)
    }
    guard isFolder.boolValue else { throw .notAFolder(path: path) }
    let folder = try Folder(reading: path)
    let packed = try IDXPictures.dataset(in: root, files: folder.files)
    let dataset =
      if let packed { packed } else { try ClassFolders.dataset(in: root, folder: folder) }
    guard dataset.classNames.count > 1 else {
      throw .oneClass(path: path, className: dataset.classNames.first ?? "")
    }
    return dataset
  }

  /// The splits that hold samples, in the order train, validation, test.
  public var splits: [Split] {
    Split.allCases.filter { split in samples.contains { $0.split == split } }
  }

  /// How many samples each class has, by label; of one split or of all.
  public func classCounts(in split: Split? = nil) -> [Int] {
    var counts = [Int](repeating: 0, count: classNames.count)
    for sample in samples where split == nil || sample.split == split {
      counts[sample.label] += 1
    }
    return counts
  }

  /// The data set with the samples of one split only; classes and labels stay.
  public func subset(of split: Split) -> Dataset {
    var result = self
    result.samples = samples.filter { $0.split == split }
    return result
  }

  /// The data set with the samples at these indices, in this order; classes and labels stay.
  public func subset(at indices: [Int]) -> Dataset {
    var result = self
    result.samples = indices.map { samples[$0] }
    return result
  }

  /// The path of a sample's file, or nil where it is a record of a packed file.
  public func url(of sample: Sample) -> URL? {
    sample.record < 0 ? root.appendingPathComponent(sample.id) : nil
  }

  /// Decodes a sample's picture, upright, 8-bit RGB.
  ///
  /// - Parameter shorterSide: see `ImageDecoder.decode`; lets large photographs decode faster.
  /// - Throws: `ImageError`, naming the file.
  public func loadImage(
    _ sample: Sample, shorterSideAtLeast shorterSide: Int? = nil,
    limits: ImageLimits = ImageLimits()
  ) throws(ImageError) -> Image {
    try loadImageWithHeader(sample, shorterSideAtLeast: shorterSide, limits: limits).image
  }

  /// Decodes a sample's picture and tells what its file's header said; nil for packed records.
  public func loadImageWithHeader(
    _ sample: Sample, shorterSideAtLeast shorterSide: Int? = nil,
    limits: ImageLimits = ImageLimits()
  ) throws(ImageError) -> (image: Image, header: ImageHeader?) {
    if let packed, sample.record >= 0 {
      return (packed.image(sample.record, split: sample.split), nil)
    }
    let path = root.appendingPathComponent(sample.id).path
    return try ImageDecoder.decodeWithHeader(
      FileBytes.read(path), name: path, shorterSideAtLeast: shorterSide, limits: limits)
  }
}
