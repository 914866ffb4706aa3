internal import Archives
internal import Foundation
internal import Images

/// Grey pictures of one size from the IDX files of MNIST and its kin, kept in memory.
///
/// Files: `train-images-idx3-ubyte`, `train-labels-idx1-ubyte`, `t10k-images-…`, `t10k-labels-…`,
/// each plain or with `.gz`, the dash before `idx` also as a dot.
///
/// - Reference: http://yann.lecun.com/exdb/mnist, "File formats".
struct IDXPictures: Sendable {
  private struct Block: Sendable {
    let width: Int
    let height: Int
    let pixels: [UInt8]
  }

  private var blocks: [Split: Block] = [:]

  /// The picture of one record.
  func image(_ record: Int, split: Split) -> Image {
    // A validation split is set aside from the training file.
    guard let block = blocks[split] ?? blocks[.train] else {
      preconditionFailure("IDX: no \(split.rawValue) pictures")
    }
    let size = block.width * block.height
    return Image(
      width: block.width, height: block.height,
      grey: block.pixels[record * size..<(record + 1) * size])
  }

  /// The data set of the IDX files among `files`, or nil where there are none.
  static func dataset(in root: URL, files: [String]) throws(DatasetError) -> Dataset? {
    var pictures = IDXPictures()
    var samples: [Sample] = []
    for (split, prefix) in [(Split.train, "train"), (.test, "t10k")] {
      guard let imagesName = name(prefix + "-images", "idx3-ubyte", among: files) else { continue }
      let imagesPath = root.path + "/" + imagesName
      guard let labelsName = name(prefix + "-labels", "idx1-ubyte", among: files) else {
        throw .malformedIDX(path: imagesPath, detail: "its file of labels is not beside it")
      }
      let images = try read(imagesPath, dimensions: 3)
      let labels = try read(root.path + "/" + labelsName, dimensions: 1)
      guard images.sizes[0] == labels.sizes[0] else {
        throw .malformedIDX(
          path: imagesPath,
          detail: "\(images.sizes[0]) pictures and \(labels.sizes[0]) labels")
      }
      pictures.blocks[split] = Block(
        width: images.sizes[2], height: images.sizes[1], pixels: images.values)
      samples += labels.values.enumerated().map { index, label in
        let number = String(index)
        let padded = String(repeating: "0", count: max(0, 5 - number.count)) + number
        return Sample(
          id: "\(split.rawValue)/\(padded)", label: Int(label), split: split, record: index)
      }
    }
    guard !samples.isEmpty else { return nil }
    let classCount = (samples.map(\.label).max() ?? 0) + 1
    return Dataset(
      name: root.standardizedFileURL.lastPathComponent, root: root,
      classNames: classNames(classCount, folder: root.standardizedFileURL.lastPathComponent),
      samples: samples, packed: pictures)
  }

  /// IDX files name no classes; Fashion-MNIST's are known from its publication.
  private static func classNames(_ count: Int, folder: String) -> [String] {
    if count == 10 && folder.lowercased().contains("fashion") {
      return [
        "t-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag",
        "ankle-boot",
      ]
    }
    return (0..<count).map(String.init)
  }

  private static func name(_ stem: String, _ kind: String, among files: [String]) -> String? {
    ["-", "."].flatMap { [stem + $0 + kind, stem + $0 + kind + ".gz"] }.first(where: files.contains)
  }

  /// Reads unsigned bytes of a given number of dimensions; every size is checked against the data.
  private static func read(
    _ path: String, dimensions: Int
  ) throws(DatasetError) -> (sizes: [Int], values: [UInt8]) {
    func malformed(_ detail: String) -> DatasetError { .malformedIDX(path: path, detail: detail) }
    var bytes: [UInt8]
    do {
      bytes = try FileBytes.read(path)
    } catch {
      guard case .unreadable(_, let reason) = error else { throw malformed("\(error)") }
      throw .unreadable(path: path, reason: reason)
    }
    let start = 4 + 4 * dimensions
    if path.hasSuffix(".gz") {
      // The header says how long the rest must be, so a bomb is never unpacked.
      guard let header = Gzip.inflate(bytes, upTo: start) else { throw malformed("damaged gzip") }
      let total = try sizes(header, dimensions: dimensions, path: path).reduce(1, *) + start
      guard let unpacked = Gzip.inflate(bytes, upTo: total) else { throw malformed("damaged gzip") }
      bytes = unpacked
    }
    let sizes = try sizes(bytes, dimensions: dimensions, path: path)
    let count = sizes.reduce(1, *)
    guard bytes.count >= start + count else {
      throw malformed("cut short: \(bytes.count) of \(start + count) bytes")
    }
    return (sizes, Array(bytes[start..<start + count]))
  }

  private static func sizes(
    _ bytes: [UInt8], dimensions: Int, path: String
  ) throws(DatasetError) -> [Int] {
    guard bytes.count >= 4 + 4 * dimensions, bytes[0] == 0, bytes[1] == 0, bytes[2] == 8,
      bytes[3] == UInt8(dimensions)
    else {
      throw .malformedIDX(
        path: path, detail: "its header is not that of \(dimensions)-dimensional bytes")
    }
    let sizes = (0..<dimensions).map { i in
      bytes[4 + 4 * i..<8 + 4 * i].reduce(0) { $0 << 8 | Int($1) }
    }
    // Ten billion pixels are beyond any data set of this kind and beyond memory.
    guard sizes.allSatisfy({ $0 > 0 }), sizes.reduce(1.0, { $0 * Double($1) }) < 1e10 else {
      throw .malformedIDX(path: path, detail: "impossible sizes \(sizes)")
    }
    return sizes
  }
}
