internal import Archives
internal import Foundation

extension DatasetReader {
  /// CIFAR-10 and CIFAR-100, binary version: a folder, a file of it, or the tar it comes in.
  static let cifarFiles = DatasetReader { (source) throws(DatasetError) in
    try CIFARFiles(source)?.dataset(source)
  }
}

/// The files of one CIFAR data set, by name.
private struct CIFARFiles {
  /// More than CIFAR takes unpacked (184 MB).
  private static let unpackedLimit = 1 << 29

  private var files: [String: SharedBytes] = [:]
  /// What is on disk: the files themselves, or the tar that holds them.
  private var places: [URL] = []

  /// The files at a place, or nil where they aren't CIFAR's.
  init?(_ source: DataSource) throws(DatasetError) {
    switch source.kind {
    case .folder(let folder):
      let inner = folder.folders.first {
        ["cifar-10-batches-bin", "cifar-100-binary"].contains($0)
      }
      try readFolder(inner.map { source.path + "/" + $0 } ?? source.path)
    case .file where Self.isBatch(source.name): try readFolder(source.root.path)
    case .file(let start):
      let isPacked = Gzip.matches(start)
      let name = source.name.lowercased()
      guard name.hasPrefix("cifar-10"), !name.contains("python"),
        isPacked || TarArchive.matches(start)
      else { return nil }
      try readTar(source.path, isPacked: isPacked)
    case .files: return nil
    }
    guard files.keys.contains(where: Self.isBatch) else { return nil }
    // Others may call their files train.bin: CIFAR-100 says what its labels mean.
    guard !isFine || files["fine_label_names.txt"] != nil else { return nil }
  }

  private static func isBatch(_ name: String) -> Bool {
    name.wholeMatch(of: /data_batch_[0-9]+\.bin|test_batch\.bin|(train|test)\.bin/) != nil
  }

  private static func isWanted(_ name: String) -> Bool {
    isBatch(name) || ["batches.meta.txt", "fine_label_names.txt"].contains(name)
  }

  private var isFine: Bool {
    files.keys.contains { ["train.bin", "test.bin"].contains($0) }
  }

  private mutating func readFolder(_ path: String) throws(DatasetError) {
    for name in try Folder(reading: path).files where Self.isWanted(name) {
      let place = URL(fileURLWithPath: path + "/" + name)
      do throws(FileError.Problem) {
        files[name] = SharedBytes(try FileMapping(place))
      } catch {
        throw .file(place.path, error)
      }
      places.append(place)
    }
  }

  private mutating func readTar(_ path: String, isPacked: Bool) throws(DatasetError) {
    let place = URL(fileURLWithPath: path)
    do throws(FileError.Problem) {
      var bytes = SharedBytes(try FileMapping(place))
      if isPacked {
        guard let unpacked = Gzip.inflate(bytes, upTo: Self.unpackedLimit) else {
          throw .malformed("its gzip data cannot be unpacked")
        }
        bytes = unpacked
      }
      let archive = bytes.withBytes { TarArchive($0) }
      for entry in archive.entries where Self.isWanted(entry.name.lastComponent) {
        files[entry.name.lastComponent] = bytes[entry.offset..<entry.offset + entry.count]
      }
      if let problem = archive.problem, !files.isEmpty { throw problem }
    } catch {
      throw .file(path, error)
    }
    places = [place]
  }

  func dataset(_ source: DataSource) throws(DatasetError) -> Dataset {
    var assembly = DatasetAssembly(source)
    if case .file = source.kind, Self.isBatch(source.name) {
      assembly.name = source.root.path.lastComponent
    }
    assembly.classOrder = classNames
    var packed = RawPictures(files: places, typeName: "cifar")
    for (name, bytes) in files.sorted(by: { $0.key < $1.key }) where Self.isBatch(name) {
      let batch: CIFARBatch
      do throws(FileError.Problem) {
        batch = try CIFARBatch(bytes, isFine: isFine)
      } catch {
        throw .file(places.first { $0.lastPathComponent == name }?.path ?? source.path, error)
      }
      let stem = String(name.dropLast(4))
      let split = name.hasPrefix("test") ? Split.test : .train
      let first = packed.count
      assembly.pictures += batch.labels.enumerated().map { index, label in
        LabelledPicture(
          id: "\(stem)/\(PackedNumber.text(index))",
          className: assembly.classOrder.indices.contains(Int(label))
            ? assembly.classOrder[Int(label)] : String(label),
          split: split, record: first + index)
      }
      packed.append(
        RawPictures.Block(
          bytes: bytes, start: batch.labelByteCount, stride: batch.recordByteCount,
          count: batch.labels.count, width: CIFARBatch.side, height: CIFARBatch.side,
          layout: .planar))
    }
    assembly.packed = packed
    return try assembly.dataset()
  }

  /// The classes in the order of the labels, from the text file beside them; CIFAR-10's are known.
  private var classNames: [String] {
    get {
      guard let bytes = files[isFine ? "fine_label_names.txt" : "batches.meta.txt"] else {
        return [
          "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
        ]
      }
      let text = bytes.withBytes { String(decoding: $0.prefix(1 << 16), as: UTF8.self) }
      return text.split(whereSeparator: \.isNewline).map {
        $0.trimmingCharacters(in: .whitespaces)
      }.filter { !$0.isEmpty }
    }
  }
}
