package import Archives

/// One file of CIFAR in the binary version: records of one label byte (CIFAR-10) or of a coarse and a
/// fine one (CIFAR-100), and 3 × 32 × 32 levels, red first, rows from the top.
///
/// - Reference: Krizhevsky 2009, "Learning multiple layers of features from tiny images"; its page
///   "The CIFAR-10 dataset", section "Binary version".
package struct CIFARBatch: Sendable {
  /// Rows and columns of a picture.
  package static let side = 32

  /// The labels: `0..<10`, or the fine ones, `0..<100`.
  package let labels: [UInt8]
  /// Bytes before the levels of a record.
  package let labelByteCount: Int
  /// Bytes of a record.
  package let recordByteCount: Int

  /// Reads the labels of a file.
  ///
  /// - Parameter isFine: whether the file is one of CIFAR-100.
  /// - Throws: `.truncated` where the length is no multiple of a record's, `.malformed` where a label
  ///   is too large.
  package init(_ file: SharedBytes, isFine: Bool) throws(FileError.Problem) {
    let labelByteCount = isFine ? 2 : 1
    let size = labelByteCount + 3 * CIFARBatch.side * CIFARBatch.side
    self.labelByteCount = labelByteCount
    recordByteCount = size
    guard file.count > 0, file.count.isMultiple(of: size) else {
      throw .truncated(
        "its \(file.count) bytes are no multiple of the \(size) that a CIFAR picture takes")
    }
    labels = try file.withBytes { (bytes) throws(FileError.Problem) in
      let limits: [UInt8] = isFine ? [20, 100] : [10]
      return try (0..<bytes.count / size).map { (record) throws(FileError.Problem) in
        for (index, limit) in limits.enumerated() where bytes[record * size + index] >= limit {
          throw .malformed(
            "picture \(record) has the label \(bytes[record * size + index]), beyond \(limit - 1)")
        }
        return bytes[record * size + labelByteCount - 1]
      }
    }
  }
}
