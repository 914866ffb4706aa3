internal import Archives
internal import Foundation
internal import Tensors

extension DatasetReader {
  /// An `.npz` file with pictures and labels.
  static let numpyArrays = DatasetReader { (source) throws(DatasetError) in
    guard source.ending == "npz" else { return nil }
    let assembly: DatasetAssembly
    do throws(FileError.Problem) {
      let archive = try NumPyArchive(FileMapping(URL(fileURLWithPath: source.path)))
      assembly = try NumPyPictures(archive, source).assembly
    } catch {
      throw .file(source.path, error)
    }
    return try assembly.dataset()
  }
}

/// The pictures of an `.npz` file: `images` and `labels`, Keras's `x_train` and `y_train`, MedMNIST's
/// `train_images` and `train_labels`, or what `numpy.savez(file, images, labels)` calls them.
///
/// Pictures: `[N, H, W]`, `[N, H, W, 1 or 3]` or `[N, 1 or 3, H, W]`; bytes 0…255, or real numbers
/// 0…1 or 0…255 (0…1 where none is above 1). Labels: `[N]` or `[N, 1]`, integers or text, or `[N, C]`
/// with a single one in each row. `class_names` `[C]` names the integers.
///
/// - Reference: Yang et al. 2023, arXiv:2110.14795 (MedMNIST v2).
struct NumPyPictures {
  /// An array of pictures, its labels, and the split that their names say.
  private struct Part {
    var split: Split
    var images: NumPyArchive.Member
    var labels: NumPyArchive.Member
  }

  private static let imageWords: Set<String> = [
    "images", "image", "imgs", "img", "x", "data", "pixels",
  ]
  private static let labelWords: Set<String> = [
    "labels", "label", "y", "targets", "target",
  ]

  private let archive: NumPyArchive
  private(set) var assembly: DatasetAssembly
  private var packed: RawPictures

  /// Finds the arrays and checks them against each other.
  init(_ archive: NumPyArchive, _ source: DataSource) throws(FileError.Problem) {
    self.archive = archive
    assembly = DatasetAssembly(source)
    packed = RawPictures(files: [URL(fileURLWithPath: source.path)], typeName: "npz")
    if let names = archive.members.first(where: {
      ["class_names", "label_names", "classes"].contains($0.name)
    }) {
      assembly.classOrder = try archive.array(names).strings ?? []
    }
    for part in try parts() { try add(part) }
    assembly.packed = packed
  }

  // MARK: Names

  private func parts() throws(FileError.Problem) -> [Part] {
    var result: [Part] = []
    for member in archive.members {
      let words = Self.words(member.name)
      let isImages =
        member.header.shape.count > 2
        && (words.rest == "arr_0" || Self.imageWords.contains(words.rest))
      guard isImages else { continue }
      let labels = archive.members.first { other in
        let theirs = Self.words(other.name)
        return theirs.split == words.split
          && (words.rest == "arr_0"
            ? theirs.rest == "arr_1" : Self.labelWords.contains(theirs.rest))
      }
      guard let labels else {
        throw .unsupported(
          "'\(member.name)' holds pictures without labels; save these beside it as"
            + " '\(words.split.map { "\($0.rawValue)_" } ?? "")labels'")
      }
      result.append(Part(split: words.split ?? .train, images: member, labels: labels))
    }
    guard result.isEmpty else { return result }
    let names = archive.members.map { "\($0.name) \($0.header.shape)" }.joined(separator: ", ")
    let hasFeatures = archive.members.contains {
      $0.header.shape.count == 2 && ($0.name == "features" || $0.header.type.kind == "f")
    }
    throw .unsupported(
      hasFeatures
        ? "it holds features and no pictures (\(names)); give it to 'graft score --features'"
        : "it holds no pictures with labels (\(names)); save them as images [N, H, W, 3] and"
          + " labels [N]")
  }

  /// "train_images" and "x_train" as a split and what is left of the name.
  private static func words(_ name: String) -> (split: Split?, rest: String) {
    let words = name.lowercased().split(separator: "_").map(String.init)
    let split = words.compactMap { Split(folderName: $0) }.first
    return (split, words.filter { Split(folderName: $0) == nil }.joined(separator: "_"))
  }

  // MARK: Contents

  private mutating func add(_ part: Part) throws(FileError.Problem) {
    let name = part.images.name
    var block = try block(part.images)
    guard block.count > 0 else { throw .unsupported("'\(name)' holds no pictures") }
    let classNames = try classNames(part.labels, count: block.count, images: name)
    // A compressed array is unpacked into memory whole, and may take a thousand times its length.
    guard
      !part.images.entry.isDeflated
        || part.images.entry.count < ProcessInfo.processInfo.physicalMemory / 2
    else {
      throw .unsupported(
        "'\(name)' unpacks to \(part.images.entry.count >> 20) MB, more than half of the memory here;"
          + " save it uncompressed (numpy.savez), and it stays on disk")
    }
    block.bytes = try archive.elements(of: part.images)
    if case .real(let type, _) = block.element {
      block.element = .real(type, scale: try Self.scale(block.bytes, type, name))
    }
    let first = packed.count
    packed.append(block)
    assembly.pictures += classNames.enumerated().map { index, className in
      LabelledPicture(
        id: "\(name)/\(PackedNumber.text(index))", className: className, split: part.split,
        record: first + index)
    }
  }

  /// The layout of an array; its bytes are still to come.
  private func block(
    _ member: NumPyArchive.Member
  ) throws(FileError.Problem) -> RawPictures.Block {
    let (header, name) = (member.header, member.name)
    let shape = header.shape
    let unclear = FileError.Problem.unsupported(
      "'\(name)' has the shape \(shape), and pictures are [N, H, W], [N, H, W, 3] or [N, 3, H, W]")
    let (height, width, layout): (Int, Int, RawPictures.Layout)
    switch (shape.count, shape.count == 4 ? shape[3] : 1, shape.count == 4 ? shape[1] : 0) {
    case (3, _, _): (height, width, layout) = (shape[1], shape[2], .grey)
    case (4, 1, _): (height, width, layout) = (shape[1], shape[2], .grey)
    case (4, 3, _): (height, width, layout) = (shape[1], shape[2], .interleaved)
    case (4, _, 1): (height, width, layout) = (shape[2], shape[3], .grey)
    case (4, _, 3): (height, width, layout) = (shape[2], shape[3], .planar)
    default: throw unclear
    }
    guard height > 0, width > 0 else { throw unclear }
    guard !header.isFortranOrder else {
      throw .unsupported(
        "'\(name)' is stored column by column; save it after numpy.ascontiguousarray")
    }
    let element: RawPictures.Element
    switch (header.type.kind, header.type.byteCount, header.type.scalarType) {
    case ("u", 1, _): element = .byte
    case ("f", _, let type?) where !header.type.isBigEndian: element = .real(type, scale: 1)
    default:
      throw .unsupported(
        "'\(name)' has the NumPy type '\(header.type.kind)\(header.type.byteCount)'; save pictures"
          + " as uint8, 0…255, or float32, 0…1")
    }
    return RawPictures.Block(
      bytes: .empty, stride: height * width * layout.channels * element.byteCount, count: shape[0],
      width: width, height: height, layout: layout, element: element)
  }

  /// What takes real numbers to levels: 255 where none is above 1, else 1.
  private static func scale(
    _ bytes: SharedBytes, _ type: ScalarType, _ name: String
  ) throws(FileError.Problem) -> Float {
    var (low, high) = (Float.infinity, -Float.infinity)
    bytes.withBytes { bytes in
      // In pieces, so that an array of any length takes little memory.
      let piece = 1 << 16
      withUnsafeTemporaryAllocation(of: Float.self, capacity: piece) { values in
        for start in stride(from: 0, to: bytes.count, by: piece * type.byteCount) {
          let end = min(start + piece * type.byteCount, bytes.count)
          let count = (end - start) / type.byteCount
          let part = UnsafeMutableBufferPointer(rebasing: values[..<count])
          type.convert(UnsafeRawBufferPointer(rebasing: bytes[start..<end]), into: part)
          for value in part where value.isFinite {
            (low, high) = (min(low, value), max(high, value))
          }
        }
      }
    }
    guard low >= 0, high <= 255 else {
      throw .unsupported(
        "'\(name)' holds values from \(low) to \(high); save pictures as uint8, 0…255, or float32,"
          + " 0…1")
    }
    return high > 1 ? 1 : 255
  }

  /// The class of each picture.
  private func classNames(
    _ member: NumPyArchive.Member, count: Int, images: String
  ) throws(FileError.Problem) -> [String] {
    let shape = member.header.shape
    guard shape.first == count, shape.count == 1 || shape.count == 2 else {
      throw .unsupported(
        "'\(member.name)' has the shape \(shape), but '\(images)' holds \(count) pictures")
    }
    let array = try archive.array(member)
    if shape.count == 1 || shape[1] == 1, let strings = array.strings { return strings }
    guard let numbers = Self.integers(array) else {
      throw .unsupported("'\(member.name)' must hold integers or text")
    }
    let labels: [Int]
    if shape.count == 1 || shape[1] == 1 {
      labels = numbers
    } else {
      let width = shape[1]
      labels = try (0..<count).map { (row) throws(FileError.Problem) in
        let values = numbers[row * width..<(row + 1) * width]
        guard let one = values.firstIndex(of: 1), values.allSatisfy({ $0 == 0 || $0 == 1 }),
          values.reduce(0, +) == 1
        else {
          throw .unsupported(
            "'\(member.name)' gives row \(row) no class or several; every picture needs one class")
        }
        return one - row * width
      }
    }
    let names = assembly.classOrder
    return labels.map { names.indices.contains($0) ? names[$0] : String($0) }
  }

  /// Whole numbers, of any numeric type.
  private static func integers(_ array: NumPyArray) -> [Int]? {
    if let integers = array.integers { return integers }
    guard let values = array.tensor?.values else { return nil }
    let whole = values.compactMap { Int(exactly: $0) }
    return whole.count == values.count ? whole : nil
  }
}
