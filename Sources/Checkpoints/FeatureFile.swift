public import Foundation
internal import Tensors

/// A file of features from Graft or any other tool, opened: labels are read, features are not yet.
///
/// - `.npz`: `features` `[N, D]`, `labels` `[N]` (integers or text), optionally `source_probabilities`
///   `[N, S]`, `class_names` `[C]` and `model` (one text).
/// - `.safetensors`: the same but for text, which that format can't hold; `model` and `labels_file` are
///   looked for in its metadata.
/// - `.npy`: the features alone; the labels come from a file of their own.
public struct FeatureFile: Sendable {
  /// The file.
  public let file: URL
  /// What the features are of, where the file says so.
  public let model: String?
  /// The features, `[N, D]`.
  public let features: StoredRows
  /// The class of each row, as text.
  public let labels: LabelColumn
  /// Probabilities of the source classes, `[N, S]`.
  public let sourceProbabilities: StoredRows?

  /// Opens a file as far as shapes and labels.
  ///
  /// - Parameter labels: a file of labels (`LabelColumn.read`), which comes before those of the file.
  /// - Throws: `CheckpointError` naming the file and the array that is missing or doesn't fit.
  public static func open(_ file: URL, labels: URL? = nil) throws(CheckpointError) -> FeatureFile {
    let given: LabelColumn? = if let labels { try LabelColumn.read(labels) } else { nil }
    return try naming(file) { () throws(CheckpointError.Problem) in
      try parse(try FileMapping(file), of: file, labels: given)
    }
  }

  /// Opens a file that is mapped already.
  package static func parse(
    _ mapping: FileMapping, of file: URL, labels given: LabelColumn?
  ) throws(CheckpointError.Problem) -> FeatureFile {
    guard !mapping.bytes.isEmpty else { throw .truncated("it is empty") }
    let parts = try Parts(mapping)
    guard let features = parts.features else {
      throw .unsupported(
        "it holds no 'features' [N, D]; it holds \(parts.names.joined(separator: ", "))")
    }
    guard features.count > 0, features.width > 0 else {
      throw .unsupported(
        "'features' has the shape [\(features.count), \(features.width)]; it must not be empty")
    }
    guard let column = given ?? parts.labels else {
      throw .unsupported(
        "it holds no 'labels' [N], the class of each row of 'features'; name a file of them with "
          + "--labels")
    }
    guard column.count == features.count else {
      throw .unsupported(
        "there are \(column.count) labels\(given == nil ? "" : " in the file of labels"), but "
          + "'features' has \(features.count) rows")
    }
    if let probabilities = parts.sourceProbabilities, probabilities.count != features.count {
      throw .unsupported(
        "'source_probabilities' has \(probabilities.count) rows, but 'features' has "
          + "\(features.count)")
    }
    return FeatureFile(
      file: file, model: parts.model, features: features, labels: column,
      sourceProbabilities: parts.sourceProbabilities)
  }

  /// What a file holds, before it is known to fit together.
  private struct Parts {
    var names: [String] = []
    var model: String?
    var features: StoredRows?
    var labels: LabelColumn?
    var sourceProbabilities: StoredRows?

    init(_ mapping: FileMapping) throws(CheckpointError.Problem) {
      let bytes = mapping.bytes
      if bytes.starts(with: NumPyHeader.magic) {
        names = ["one array"]
        features = try NumPyFile.rows(bytes, offset: 0, of: mapping, named: "the array")
      } else if ZipArchive.matches(bytes) {
        try readArchive(try ZipArchive(bytes), mapping)
      } else if bytes.count > 9, bytes[8] == UInt8(ascii: "{") {
        try readSafeTensors(mapping)
      } else {
        throw .unsupported(
          "it is no file of features; give a NumPy archive (.npz), a NumPy array (.npy) or a "
            + "safetensors file")
      }
    }

    private mutating func readArchive(
      _ archive: ZipArchive, _ mapping: FileMapping
    ) throws(CheckpointError.Problem) {
      var classNames: [String]?
      var labelArray: NumPyArray?
      for entry in archive.entries where entry.name.hasSuffix(".npy") {
        let name = String(entry.name.dropLast(4))
        names.append(name)
        switch name {
        case "features":
          features = try NumPyFile.rows(entry, of: archive, in: mapping, named: name)
        case "source_probabilities":
          sourceProbabilities = try NumPyFile.rows(entry, of: archive, in: mapping, named: name)
        case "labels", "class_names", "model":
          let array = try inPart(entry.name) { () throws(CheckpointError.Problem) in
            try archive.withBytes(of: entry) { (bytes) throws(CheckpointError.Problem) in
              try NumPyFile.parse(bytes)
            }
          }
          if name == "labels" { labelArray = array }
          if name == "class_names" { classNames = array.strings }
          if name == "model" { model = array.strings?.first }
        default: break
        }
      }
      if let labelArray { labels = try LabelColumn(labelArray, names: classNames) }
    }

    private mutating func readSafeTensors(
      _ mapping: FileMapping
    ) throws(CheckpointError.Problem) {
      // Checks the whole layout; the header is read again for where the tensors lie.
      let weights = try SafeTensors.parse(mapping)
      names = weights.tensors.names
      model = weights.metadata["model"]
      var reader = ByteReader(mapping.bytes)
      let length = Int(try reader.integer(UInt64.self, "its header length"))
      let header = try SafeTensors.Header(try reader.take(length, "its header"))
      func rows(_ name: String) throws(CheckpointError.Problem) -> StoredRows? {
        guard let entry = header.tensors[name] else { return nil }
        guard entry.shape.count == 2 else {
          throw .unsupported(
            "'\(name)' must be a table of numbers, but has the shape \(entry.shape)")
        }
        return StoredRows(
          mapping, offset: reader.offset + entry.begin, type: entry.type, count: entry.shape[0],
          width: entry.shape[1])
      }
      features = try rows("features")
      sourceProbabilities = try rows("source_probabilities")
      guard let entry = header.tensors["labels"] else { return }
      let start = reader.offset + entry.begin
      let bytes = UnsafeRawBufferPointer(
        rebasing: mapping.bytes[start..<(reader.offset + entry.end)])
      guard entry.shape.count == 1, let integers = entry.type.integers(bytes) else {
        throw .unsupported(
          "'labels' must be one axis of integers, but is \(entry.type.rawValue) of the shape "
            + "\(entry.shape)")
      }
      labels = LabelColumn(integers: integers, names: nil)
    }
  }
}

extension NumPyFile {
  /// The rows of a table in an archive's entry; what is stored is not copied.
  static func rows(
    _ entry: ZipArchive.Entry, of archive: ZipArchive, in mapping: FileMapping, named name: String
  ) throws(CheckpointError.Problem) -> StoredRows {
    try inPart(entry.name) { () throws(CheckpointError.Problem) in
      try archive.withBytes(of: entry) { (bytes) throws(CheckpointError.Problem) in
        let whole = mapping.bytes
        if let base = bytes.baseAddress, let first = whole.baseAddress, !entry.isDeflated {
          let table = try rows(bytes, offset: base - first, of: mapping, named: "'\(name)'")
          mapping.release(bytes)
          return table
        }
        return StoredRows(try table(bytes, named: "'\(name)'"))
      }
    }
  }

  /// The rows of an npy file that lies at `offset` of a mapped one.
  static func rows(
    _ bytes: UnsafeRawBufferPointer, offset: Int, of mapping: FileMapping, named name: String
  ) throws(CheckpointError.Problem) -> StoredRows {
    var reader = ByteReader(bytes)
    let header = try NumPyHeader(&reader)
    try header.checkSize(available: reader.remaining)
    guard header.shape.count == 2 else { return StoredRows(try table(bytes, named: name)) }
    guard let type = header.type.scalarType, !header.isFortranOrder,
      !header.type.isBigEndian || type.byteCount == 1
    else { return StoredRows(try table(bytes, named: name)) }
    return StoredRows(
      mapping, offset: offset + reader.offset, type: type, count: header.shape[0],
      width: header.shape[1])
  }

  private static func table(
    _ bytes: UnsafeRawBufferPointer, named name: String
  ) throws(CheckpointError.Problem) -> Tensor {
    let array = try parse(bytes)
    guard let tensor = array.tensor, tensor.shape.count == 2 else {
      throw .unsupported("\(name) must be a table of numbers, but has the shape \(array.shape)")
    }
    return tensor
  }
}

extension ScalarType {
  /// Little-endian integers as they are; nil for other types.
  func integers(_ bytes: UnsafeRawBufferPointer) -> [Int]? {
    func all<T: FixedWidthInteger>(_: T.Type) -> [Int] {
      (0..<(bytes.count / MemoryLayout<T>.size)).map {
        Int(
          truncatingIfNeeded: T(
            littleEndian: bytes.loadUnaligned(
              fromByteOffset: $0 * MemoryLayout<T>.size, as: T.self)))
      }
    }
    return switch self {
    case .int64: all(Int64.self)
    case .int32: all(Int32.self)
    case .int16: all(Int16.self)
    case .int8: all(Int8.self)
    case .uint64: all(UInt64.self)
    case .uint32: all(UInt32.self)
    case .uint16: all(UInt16.self)
    case .uint8, .bool: all(UInt8.self)
    case .float64, .float32, .float16, .bfloat16: nil
    }
  }
}
