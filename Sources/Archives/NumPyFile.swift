public import Foundation

/// Reads and writes NumPy's npy and npz files.
///
/// Arrays of objects, which are pickles, are refused; so are structured ones.
public enum NumPyFile {
  /// Reads one array from an npy file.
  ///
  /// - Throws: ``FileError`` naming the file.
  public static func readArray(_ file: URL) throws(FileError) -> NumPyArray {
    try FileMapping.parsing(file) { (bytes) throws(FileError.Problem) in try parse(bytes) }
  }

  /// Reads every array of an npz file, stored or deflated, by its name without `.npy`.
  ///
  /// - Throws: ``FileError`` naming the file and the array.
  public static func readArchive(_ file: URL) throws(FileError) -> [String: NumPyArray] {
    try FileMapping.parsing(file) { (bytes) throws(FileError.Problem) in try parseArchive(bytes) }
  }

  /// Writes one array as an npy file; it appears only once it is complete.
  public static func write(_ array: NumPyArray, to file: URL) throws(FileError) {
    try AtomicFile.write(to: file) { (output) throws(FileError.Problem) in
      try array.withContents { (header, body) throws(FileError.Problem) in
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
  ) throws(FileError) {
    try AtomicFile.write(to: file) { (output) throws(FileError.Problem) in
      var archive = ZipWriter()
      for (name, array) in arrays {
        try array.withContents { (header, body) throws(FileError.Problem) in
          try archive.append(name + ".npy", header: header, body: body, to: &output)
        }
      }
      try archive.finish(&output)
    }
  }

  // MARK: Parsing

  package static func parse(
    _ bytes: UnsafeRawBufferPointer
  ) throws(FileError.Problem) -> NumPyArray {
    var reader = ByteReader(bytes)
    let header = try NumPyHeader(&reader)
    let count = try header.checkSize(available: reader.remaining)
    let body = try reader.take(reader.remaining, "its elements")
    let elements = NumPyElements(header: header, bytes: body, count: count)
    return NumPyArray(shape: header.shape, try elements.decoded())
  }

  package static func parseArchive(
    _ bytes: UnsafeRawBufferPointer
  ) throws(FileError.Problem) -> [String: NumPyArray] {
    guard ZipArchive.matches(bytes) else {
      throw bytes.count < 22
        ? .truncated("it has only \(bytes.count) bytes") : .malformed("it is not an npz archive")
    }
    let archive = try ZipArchive(bytes)
    var arrays: [String: NumPyArray] = [:]
    for entry in archive.entries where entry.name.hasSuffix(".npy") {
      arrays[String(entry.name.dropLast(4))] = try inPart(entry.name) {
        () throws(FileError.Problem) in
        try archive.withBytes(of: entry) { (bytes) throws(FileError.Problem) in
          try parse(bytes)
        }
      }
    }
    return arrays
  }
}
