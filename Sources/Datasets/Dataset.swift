public import Foundation
public import Images

/// A labelled set of pictures: names and labels now, pixels when asked for.
///
/// Data that say nothing of splits open as one `train` split; `split(…)` then sets samples aside.
public struct Dataset: Sendable {
  /// The name of the folder or file that was opened, without its ending.
  public let name: String
  /// What was opened, as it was given.
  public let path: String
  /// The folder that `Sample.id` is relative to.
  public let root: URL
  /// The classes; a sample's label is an index here.
  ///
  /// Sorted by name, by number where the data give numbers, or in the order that the data themselves
  /// state.
  public let classNames: [String]
  /// The samples, sorted by split (train, validation, test), class and id; pictures inside larger
  /// files by split and place.
  public internal(set) var samples: [Sample]
  /// Ids of samples that show the same thing, beyond what `Sample.group` says; see
  /// `keeping(together:)`.
  var ties: [[String]] = []
  /// What was noticed on the way: empty classes, things left out, classes too small to split.
  public internal(set) var findings: [DataFinding]
  /// What lies among the pictures and is not JPEG or PNG, named as samples are, sorted.
  public let otherFiles: [String]
  /// How its pictures are decoded, by whoever asks for them.
  public var decoding = DecodingOptions()
  /// Where loaders keep decoded pictures between epochs and commands, if anywhere.
  public var store: PictureStore?
  /// What holds the pictures, where the data set is not made of image files.
  let packed: (any PackedPictures)?

  init(
    name: String, path: String, root: URL, classNames: [String], samples: [Sample],
    findings: [DataFinding] = [], otherFiles: [String] = [], packed: (any PackedPictures)? = nil
  ) {
    self.name = name
    self.path = path
    self.root = root
    self.classNames = classNames
    self.samples = samples
    self.findings = findings
    self.otherFiles = otherFiles
    self.packed = packed
  }

  /// Opens what people keep labelled pictures in.
  ///
  /// - a folder per class (nested folders allowed), optionally below `train`, `val` and `test`;
  /// - a manifest, `.csv` or `.tsv`, that lists files, classes, splits and groups;
  /// - IDX files (MNIST and its kin, also `.gz`): their folder or one of them;
  /// - CIFAR-10 and CIFAR-100 in the binary version: the folder, or its `.tar` or `.tar.gz`;
  /// - tar shards as WebDataset names them: a folder, one file, or a pattern with braces;
  /// - an `.npz` file with pictures and labels.
  ///
  /// Files are listed, not decoded: a damaged picture shows when it is loaded, or in a profile.
  /// Hidden files are ignored, endings may be in any case, symbolic links are followed.
  ///
  /// - Throws: `DatasetError`.
  public static func open(_ place: URL) throws(DatasetError) -> Dataset {
    let source = try DataSource(place)
    for reader in DatasetReader.all {
      guard let dataset = try reader.read(source) else { continue }
      guard dataset.classNames.count > 1 else {
        throw .oneClass(path: source.path, className: dataset.classNames.first ?? "")
      }
      return dataset
    }
    throw ForeignData.error(source)
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

  /// Where a sample's file is, or nil where it is a part of a larger file.
  public func url(of sample: Sample) -> URL? {
    sample.record < 0 ? URL(fileURLWithPath: filePath(sample.id), isDirectory: false) : nil
  }

  /// The files that hold the pictures, where these are parts of larger files; else none.
  public var packedFiles: [URL] { packed?.files ?? [] }

  /// What the pictures are, where they have no header of their own: "idx", "cifar" or "npz".
  public var packedTypeName: String? { packed?.typeName }

  /// The first bytes of one of `otherFiles`, fewer than `count` where it is shorter; nil where it
  /// cannot be read.
  package func start(ofOther path: String, count: Int) -> [UInt8]? {
    if let packed { return packed.start(ofOther: path, count: count) }
    return try? FileBytes.read(filePath(path), limit: count)
  }

  /// Decodes a sample's picture as `decoding` says, upright, 8-bit RGB.
  ///
  /// - Parameter shorterSide: see `ImageDecoder.decode`; lets large photographs decode faster.
  /// - Throws: `ImageError`, naming the file.
  public func loadImage(
    _ sample: Sample, shorterSideAtLeast shorterSide: Int? = nil
  ) throws(ImageError) -> Image {
    try loadImageWithHeader(sample, shorterSideAtLeast: shorterSide).image
  }

  /// Decodes a sample's picture and tells what its header said; nil for pictures that have none.
  public func loadImageWithHeader(
    _ sample: Sample, shorterSideAtLeast shorterSide: Int? = nil
  ) throws(ImageError) -> (image: Image, header: ImageHeader?) {
    switch try stored(sample) {
    case .plain(let image): return (image, nil)
    case .encoded(let bytes):
      return try ImageDecoder.decodeWithHeader(
        bytes, name: filePath(sample.id), shorterSideAtLeast: shorterSide,
        background: decoding.background, limits: decoding.limits)
    }
  }

  /// A sample's picture, decoded and then changed as `render` does, from the `store` where it has it.
  ///
  /// - Parameter steps: what `render` does, in words that no other change has.
  func rendered(
    _ sample: Sample, shorterSideAtLeast shorterSide: Int, steps: @autoclosure () -> String,
    render: (Image) -> Image
  ) throws(ImageError) -> Image {
    guard let store, case .encoded(let bytes) = try stored(sample) else {
      return render(try loadImage(sample, shorterSideAtLeast: shorterSide))
    }
    let (decoding, name) = (decoding, filePath(sample.id))
    return try store.image(
      of: bytes, steps: "decoded as \(decoding) at \(shorterSide), \(steps())"
    ) { () throws(ImageError) in
      render(
        try ImageDecoder.decode(
          bytes, name: name, shorterSideAtLeast: shorterSide, background: decoding.background,
          limits: decoding.limits))
    }
  }

  /// A sample's picture as it lies on the disk.
  private func stored(_ sample: Sample) throws(ImageError) -> StoredPicture {
    let path = filePath(sample.id)
    if let packed, sample.record >= 0 {
      return try packed.picture(sample.record, name: path, limits: decoding.limits)
    }
    return .encoded(try FileBytes.read(path, limits: decoding.limits))
  }

  /// Joined as text: a name may hold anything but a slash, which URLs would have to encode.
  private func filePath(_ id: String) -> String {
    id.hasPrefix("/") ? id : root.path + "/" + id
  }
}
