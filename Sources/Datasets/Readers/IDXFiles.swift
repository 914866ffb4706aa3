internal import Archives
internal import Foundation

extension DatasetReader {
  /// IDX files: MNIST, Fashion-MNIST, KMNIST, EMNIST.
  static let idxFiles = DatasetReader { (source) throws(DatasetError) in
    switch source.kind {
    case .folder(let folder):
      return try IDXFiles(folder.files.compactMap(IDXFiles.Name.init), source)?.dataset()
    case .file:
      guard let name = IDXFiles.Name(source.name) else { return nil }
      // The other files of the set lie beside the one that was named.
      let names = try Folder(reading: source.root.path).files.compactMap(IDXFiles.Name.init)
      return try IDXFiles(names.filter { $0.set == name.set }, source)?.dataset()
    case .files: return nil
    }
  }
}

/// Grey pictures of one size from the IDX files of MNIST and its kin.
///
/// Files: `train-images-idx3-ubyte` and `train-labels-idx1-ubyte`, and the same with `t10k` or `test`
/// for `train`; each plain or with `.gz`, the dash before `idx` also as a dot, with a name in front
/// such as `emnist-letters-`. Several such names in one folder are several sets. EMNIST's pictures
/// are stored with rows and columns exchanged and are turned upright.
///
/// - Reference: http://yann.lecun.com/exdb/mnist, "File formats"; Cohen et al. 2017,
///   arXiv:1702.05373 (EMNIST).
private struct IDXFiles {
  /// The parts of a file's name.
  struct Name {
    let file: String
    /// What stands in front, such as "emnist-letters"; empty for MNIST's own names.
    let set: String
    let split: Split
    let isImages: Bool

    init?(_ file: String) {
      guard
        let match = try? /(?i)^(.*?)-?(train|t10k|test)-(images|labels)[-.]idx[13]-ubyte(\.gz)?$/
          .wholeMatch(in: file)
      else { return nil }
      self.file = file
      set = match.1.lowercased()
      split = match.2.lowercased() == "train" ? .train : .test
      isImages = match.3.lowercased() == "images"
    }
  }

  private let source: DataSource
  private let names: [Name]
  private let set: String
  private let folder: String

  /// The set that the names make, or nil where none is that of pictures.
  ///
  /// - Throws: `.unsupported` where they belong to several sets.
  init?(_ names: [Name], _ source: DataSource) throws(DatasetError) {
    guard let first = names.first(where: \.isImages) else { return nil }
    let sets = Set(names.map { $0.set.isEmpty ? "without a name" : $0.set }).sorted()
    guard sets.count == 1 else {
      throw .file(
        source.path,
        .unsupported(
          "it holds \(sets.count) sets (\(sets.prefix(6).joined(separator: ", "))); give a file of"
            + " the one that is meant, such as \(first.file)"))
    }
    self.names = names
    self.source = source
    set = first.set
    folder = source.root.path + "/"
  }

  /// The data set of what is there: training, test or both.
  func dataset() throws(DatasetError) -> Dataset {
    var assembly = DatasetAssembly(source)
    if case .file = source.kind {
      assembly.name = set.isEmpty ? source.root.path.lastComponent : set
    }
    let classNames = classNames
    assembly.classOrder = classNames.sorted { $0.key < $1.key }.map(\.value)
    let present = [Split.train, .test].compactMap { split in
      let here = names.filter { $0.split == split }
      return here.first(where: \.isImages).map {
        (split: split, images: $0.file, labels: here.first { !$0.isImages }?.file)
      }
    }
    var packed = RawPictures(
      files: present.flatMap { [$0.images] + ($0.labels.map { [$0] } ?? []) }
        .map { URL(fileURLWithPath: folder + $0) },
      typeName: "idx")
    for (split, images, labels) in present {
      guard let labels else {
        throw .file(
          folder + images, .unsupported("its file of labels (idx1) must lie beside it"))
      }
      let pictures = try array(images, dimensions: 3)
      let classes = try array(labels, dimensions: 1)
      guard pictures.sizes[0] == classes.sizes[0] else {
        throw .file(
          folder + images,
          .malformed(
            "it holds \(pictures.sizes[0]) pictures and \(labels) \(classes.sizes[0]) labels")
        )
      }
      let first = packed.count
      let isTransposed = set.hasPrefix("emnist")
      let (height, width) =
        isTransposed
        ? (pictures.sizes[2], pictures.sizes[1]) : (pictures.sizes[1], pictures.sizes[2])
      packed.append(
        RawPictures.Block(
          bytes: pictures.values, stride: height * width, count: pictures.sizes[0], width: width,
          height: height, layout: isTransposed ? .greyTransposed : .grey))
      assembly.pictures += classes.values.withBytes { labels in
        labels.enumerated().map { index, label in
          LabelledPicture(
            id: "\(split.rawValue)/\(PackedNumber.text(index))",
            className: classNames[Int(label)] ?? String(label), split: split, record: first + index)
        }
      }
    }
    assembly.packed = packed
    return try assembly.dataset()
  }

  private func array(_ file: String, dimensions: Int) throws(DatasetError) -> IDXArray {
    do throws(FileError.Problem) {
      let mapping = try FileMapping(URL(fileURLWithPath: folder + file))
      return try IDXArray(SharedBytes(mapping), dimensions: dimensions)
    } catch {
      throw .file(folder + file, error)
    }
  }

  /// Names of labels, which IDX files have none of.
  ///
  /// EMNIST has a table beside them ("label code code"), and Fashion-MNIST's are known from its
  /// publication.
  ///
  /// - Reference: Xiao, Rasul, Vollgraf 2017, arXiv:1708.07747.
  private var classNames: [Int: String] {
    if let table = try? String(contentsOfFile: folder + set + "-mapping.txt", encoding: .utf8) {
      let pairs = table.split(whereSeparator: \.isNewline).compactMap { line in
        let numbers = line.split(separator: " ").compactMap { Int($0) }
        let code = numbers.dropFirst().first.flatMap { UInt8(exactly: $0) }
        return code.map { (numbers[0], String(UnicodeScalar($0))) }
      }
      return Dictionary(pairs) { first, _ in first }
    }
    let name = set + source.root.path.lastComponent.lowercased()
    guard name.contains("fashion") else { return [:] }
    let fashion = [
      "t-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag",
      "ankle-boot",
    ]
    return Dictionary(uniqueKeysWithValues: zip(0..., fashion))
  }
}
