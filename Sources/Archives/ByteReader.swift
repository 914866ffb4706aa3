/// Reads little-endian numbers and byte ranges in order, never past the end.
package struct ByteReader {
  /// What is being read.
  package let bytes: UnsafeRawBufferPointer
  /// Where the next read begins.
  package private(set) var offset: Int

  /// Starts at the first byte.
  package init(_ bytes: UnsafeRawBufferPointer, at offset: Int = 0) {
    precondition(offset >= 0 && offset <= bytes.count, "reader starts outside its bytes")
    self.bytes = bytes
    self.offset = offset
  }

  /// How many bytes are left.
  package var remaining: Int { bytes.count - offset }

  /// A number of any fixed width, little-endian.
  package mutating func integer<T: FixedWidthInteger>(
    _ type: T.Type, _ what: @autoclosure () -> String
  ) throws(FileError.Problem) -> T {
    let size = MemoryLayout<T>.size
    guard remaining >= size else { throw truncation(needed: size, what()) }
    defer { offset += size }
    return T(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: T.self))
  }

  /// The next `count` bytes, without a copy.
  package mutating func take(
    _ count: Int, _ what: @autoclosure () -> String
  ) throws(FileError.Problem) -> UnsafeRawBufferPointer {
    guard count >= 0 else { throw .malformed("\(what()) has a negative length") }
    guard remaining >= count else { throw truncation(needed: count, what()) }
    defer { offset += count }
    return UnsafeRawBufferPointer(rebasing: bytes[offset..<(offset + count)])
  }

  /// Bytes up to a line feed, which is consumed and not returned.
  package mutating func line(
    _ what: @autoclosure () -> String
  ) throws(FileError.Problem) -> UnsafeRawBufferPointer {
    guard let end = bytes[offset...].firstIndex(of: UInt8(ascii: "\n")) else {
      throw .truncated("\(what()) has no end")
    }
    defer { offset = end + 1 }
    return UnsafeRawBufferPointer(rebasing: bytes[offset..<end])
  }

  private func truncation(needed: Int, _ what: String) -> FileError.Problem {
    .truncated("\(what) needs \(needed) bytes at offset \(offset) but only \(remaining) are left")
  }
}

/// UTF-8 text, or a sentence about what should have been text.
package func text(
  _ bytes: UnsafeRawBufferPointer, _ what: @autoclosure () -> String
) throws(FileError.Problem) -> String {
  guard let string = String(validating: bytes, as: UTF8.self) else {
    throw .malformed("\(what()) is not valid UTF-8")
  }
  return string
}

/// The number of elements of a shape, or nil when a length is negative or the product overflows.
package func elementCount(of shape: [Int]) -> Int? {
  guard shape.allSatisfy({ $0 >= 0 }) else { return nil }
  var count = 1
  // Lengths beside a zero must be possible too, for others will multiply them.
  for length in shape where length > 0 {
    let (product, overflow) = count.multipliedReportingOverflow(by: length)
    guard !overflow else { return nil }
    count = product
  }
  return shape.contains(0) ? 0 : count
}

extension [UInt8] {
  /// Lends the bytes to a body with typed errors.
  package func withBytes<R>(
    _ body: (UnsafeRawBufferPointer) throws(FileError.Problem) -> R
  ) throws(FileError.Problem) -> R {
    var result: Result<R, FileError.Problem>?
    withUnsafeBytes { raw in
      result = Result { () throws(FileError.Problem) in try body(raw) }
    }
    guard let result else { preconditionFailure("withUnsafeBytes always calls its body") }
    return try result.get()
  }
}
