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
    guard let count = elementCount(of: header.shape),
      case let (size, overflow) = count.multipliedReportingOverflow(by: header.type.byteCount),
      !overflow
    else { throw .malformed("its shape \(header.shape) is impossible") }
    let body = try reader.take(size, "an array of shape \(header.shape)")
    guard reader.remaining == 0 else {
      throw .malformed("\(reader.remaining) bytes follow its last element")
    }
    // Elements of no width (empty strings) take no bytes: the file justifies none of them.
    guard header.type.byteCount > 0 || count <= 1 << 20 else {
      throw .malformed("its shape \(header.shape) is impossible")
    }
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
      arrays[String(entry.name.dropLast(4))] = try inEntry(entry.name) {
        () throws(CheckpointError.Problem) in
        try archive.withBytes(of: entry) { (bytes) throws(CheckpointError.Problem) in
          try parse(bytes)
        }
      }
    }
    return arrays
  }

  /// The arrays of an archive as weights.
  static func weights(_ archive: ZipArchive) throws(CheckpointError.Problem) -> WeightFile {
    var weights = WeightFile(
      format: .npz, tensors: StateDict(), scalarTypes: [:], metadata: [:])
    for entry in archive.entries where entry.name.hasSuffix(".npy") {
      let name = String(entry.name.dropLast(4))
      try archive.withBytes(of: entry) { (bytes) throws(CheckpointError.Problem) in
        let array = try inEntry(entry.name) { () throws(CheckpointError.Problem) in
          try parse(bytes)
        }
        guard let tensor = array.tensor else { return }
        var reader = ByteReader(bytes)
        weights.scalarTypes[name] = try NumPyHeader(&reader).type.scalarType
        weights.tensors[name] = tensor
      }
    }
    return weights
  }

  private static func inEntry<R>(
    _ name: String, _ body: () throws(CheckpointError.Problem) -> R
  ) throws(CheckpointError.Problem) -> R {
    do { return try body() } catch {
      switch error {
      case .truncated(let what): throw .truncated("in '\(name)', \(what)")
      case .malformed(let what): throw .malformed("in '\(name)', \(what)")
      case .unsupported(let what): throw .unsupported("in '\(name)', \(what)")
      default: throw error
      }
    }
  }
}
