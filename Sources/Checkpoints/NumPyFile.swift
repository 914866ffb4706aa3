public import Foundation
internal import Networks
internal import Tensors

/// Reads and writes NumPy's npy and npz files.
///
/// Arrays of objects, which are pickles, are refused; so are structured ones.
public enum NumPyFile {
  /// Reads one array from an npy file.
  ///
  /// - Throws: ``CheckpointError`` naming the file.
  public static func readArray(_ file: URL) throws(CheckpointError) -> NumPyArray {
    try naming(file) { () throws(CheckpointError.Problem) in
      let mapping = try FileMapping(file)
      return try withExtendedLifetime(mapping) { () throws(CheckpointError.Problem) in
        try parse(mapping.bytes)
      }
    }
  }

  /// Reads every array of an npz file, stored or deflated, by its name without `.npy`.
  ///
  /// - Throws: ``CheckpointError`` naming the file and the array.
  public static func readArchive(_ file: URL) throws(CheckpointError) -> [String: NumPyArray] {
    try naming(file) { () throws(CheckpointError.Problem) in
      let mapping = try FileMapping(file)
      return try withExtendedLifetime(mapping) { () throws(CheckpointError.Problem) in
        try parseArchive(mapping.bytes)
      }
    }
  }

  /// Writes one array as an npy file; it appears only once it is complete.
  public static func write(_ array: NumPyArray, to file: URL) throws(CheckpointError) {
    try AtomicFile.write(to: file) { (output) throws(CheckpointError.Problem) in
      try array.withContents { (header, body) throws(CheckpointError.Problem) in
        try output.append(header)
        try output.append(body)
      }
    }
  }

  /// Writes arrays as an npz archive of stored entries, in the given order.
  ///
  /// The file appears only once it is complete. Equal contents make equal files.
  public static func write(
    _ arrays: [(name: String, array: NumPyArray)], to file: URL
  ) throws(CheckpointError) {
    try AtomicFile.write(to: file) { (output) throws(CheckpointError.Problem) in
      var archive = ZipWriter()
      for (name, array) in arrays {
        try array.withContents { (header, body) throws(CheckpointError.Problem) in
          try archive.append(name + ".npy", header: header, body: body, to: &output)
        }
      }
      try archive.finish(&output)
    }
  }

  // MARK: Parsing

  package static func parse(
    _ bytes: UnsafeRawBufferPointer
  ) throws(CheckpointError.Problem) -> NumPyArray {
    var reader = ByteReader(bytes)
    let header = try NumPyHeader(&reader)
    let count = try header.checkSize(available: reader.remaining)
    let body = try reader.take(reader.remaining, "its elements")
    let elements = NumPyElements(header: header, bytes: body, count: count)
    return NumPyArray(shape: header.shape, try elements.decoded())
  }

  package static func parseArchive(
    _ bytes: UnsafeRawBufferPointer
  ) throws(CheckpointError.Problem) -> [String: NumPyArray] {
    guard ZipArchive.matches(bytes) else {
      throw bytes.count < 22
        ? .truncated("it has only \(bytes.count) bytes") : .malformed("it is not an npz archive")
    }
    let archive = try ZipArchive(bytes)
    var arrays: [String: NumPyArray] = [:]
    for entry in archive.entries where entry.name.hasSuffix(".npy") {
      arrays[String(entry.name.dropLast(4))] = try inPart(entry.name) {
        () throws(CheckpointError.Problem) in
        try archive.withBytes(of: entry) { (bytes) throws(CheckpointError.Problem) in
          try parse(bytes)
        }
      }
    }
    return arrays
  }

  /// The numeric arrays of an archive as weights; only their headers are read.
  static func weights(
    _ archive: ZipArchive, of mapping: FileMapping
  ) throws(CheckpointError.Problem) -> WeightFile {
    var weights = WeightFile(format: .npz)
    let contents = ZipContents(archive, of: mapping)
    for entry in archive.entries where entry.name.hasSuffix(".npy") {
      let header = try inPart(entry.name) { () throws(CheckpointError.Problem) in
        try archive.withPrefix(of: entry, count: NumPyHeader.longest) {
          (bytes) throws(CheckpointError.Problem) in
          var reader = ByteReader(bytes)
          let header = try NumPyHeader(&reader)
          try header.checkSize(available: entry.count - reader.offset)
          return header
        }
      }
      guard let type = header.type.scalarType else { continue }
      weights.tensors[String(entry.name.dropLast(4))] = StoredTensor(
        shape: header.shape, type: type
      ) { () throws(CheckpointError.Problem) in
        try contents.withBytes(of: entry) { (bytes) throws(CheckpointError.Problem) in
          try inPart(entry.name) { () throws(CheckpointError.Problem) in try tensor(bytes) }
        }
      }
    }
    return weights
  }

  /// The numbers of an npy file, rounded to Float32.
  private static func tensor(
    _ bytes: UnsafeRawBufferPointer
  ) throws(CheckpointError.Problem) -> Tensor {
    var reader = ByteReader(bytes)
    let header = try NumPyHeader(&reader)
    guard let type = header.type.scalarType, !header.type.isBigEndian || type.byteCount == 1 else {
      guard let tensor = try parse(bytes).tensor else {
        throw .unsupported("it holds text and no numbers")
      }
      return tensor
    }
    let elements = StridedElements(
      type: type, shape: header.shape, order: header.isFortranOrder ? .fortran : .c)
    let body = try reader.take(reader.remaining, "its elements")
    return try elements.tensor(from: body, named: "its array")
  }
}
