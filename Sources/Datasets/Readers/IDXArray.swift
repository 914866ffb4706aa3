package import Archives

/// Unsigned bytes with their sizes, as IDX files hold them.
///
/// - Reference: http://yann.lecun.com/exdb/mnist, "File formats".
package struct IDXArray: Sendable {
  /// Lengths of the axes, all positive.
  package let sizes: [Int]
  /// The product of the sizes as bytes, in C order; what follows in the file is ignored.
  package let values: SharedBytes

  /// Reads a file, plain or gzipped; every size is checked against the data before memory is asked
  /// for.
  ///
  /// - Throws: `.malformed` or `.truncated`.
  package init(_ file: SharedBytes, dimensions: Int) throws(FileError.Problem) {
    let start = 4 + 4 * dimensions
    var bytes = file
    if file.withBytes({ Gzip.matches($0) }) {
      // The header says how long the rest must be, so a bomb is never unpacked.
      guard let header = Gzip.inflate(file, upTo: start) else { throw IDXArray.damagedGzip }
      let sizes = try IDXArray.sizes(header, dimensions: dimensions)
      guard let all = Gzip.inflate(file, upTo: sizes.reduce(1, *) + start) else {
        throw IDXArray.damagedGzip
      }
      bytes = all
    }
    sizes = try IDXArray.sizes(bytes, dimensions: dimensions)
    let end = start + sizes.reduce(1, *)
    guard bytes.count >= end else {
      throw .truncated("its header announces \(end) bytes and \(bytes.count) are there")
    }
    values = bytes[start..<end]
  }

  private static let damagedGzip = FileError.Problem.malformed("its gzip data cannot be unpacked")

  private static func sizes(
    _ bytes: SharedBytes, dimensions: Int
  ) throws(FileError.Problem) -> [Int] {
    try bytes.withBytes { (bytes) throws(FileError.Problem) in
      guard bytes.count >= 4 + 4 * dimensions else {
        throw .truncated("it has only \(bytes.count) bytes")
      }
      guard bytes.starts(with: [0, 0, 8, UInt8(dimensions)]) else {
        throw .malformed(
          "its header is not that of an IDX file of \(dimensions)-dimensional unsigned bytes")
      }
      let sizes = (0..<dimensions).map { i in
        bytes[4 + 4 * i..<8 + 4 * i].reduce(0) { $0 << 8 | Int($1) }
      }
      // Ten billion pixels are beyond any data set of this kind and beyond memory.
      guard sizes.allSatisfy({ $0 > 0 }), sizes.reduce(1.0, { $0 * Double($1) }) < 1e10 else {
        throw .malformed("it announces the impossible sizes \(sizes)")
      }
      return sizes
    }
  }
}
