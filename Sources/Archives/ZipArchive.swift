internal import CZlib

/// The entries of a zip file, found through its central directory (zip64 included).
///
/// Names are as stored. Every offset and length is checked against the file before use, and a
/// deflated entry may not announce more bytes than deflate could have made of what is there.
package struct ZipArchive: @unchecked Sendable {
  /// One file inside the archive.
  package struct Entry: Sendable {
    /// Its path inside the archive.
    package let name: String
    /// Length once unpacked.
    package let count: Int
    fileprivate let packedCount: Int
    package let isDeflated: Bool
    fileprivate let checksum: UInt32
    fileprivate let headerOffset: Int
  }

  /// Entries in the order of the central directory.
  package let entries: [Entry]
  private let bytes: UnsafeRawBufferPointer

  /// Whether a file begins like a zip archive.
  package static func matches(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.starts(with: [0x50, 0x4B, 0x03, 0x04]) || bytes.starts(with: [0x50, 0x4B, 0x05, 0x06])
  }

  /// Reads the central directory.
  ///
  /// The bytes must outlive the archive.
  package init(_ bytes: UnsafeRawBufferPointer) throws(FileError.Problem) {
    self.bytes = bytes
    let directory = try ZipArchive.findDirectory(bytes)
    var reader = ByteReader(bytes, at: directory.offset)
    var entries: [Entry] = []
    // An entry takes at least 46 bytes, so the announced number cannot make us reserve too much.
    guard directory.entryCount <= reader.remaining / 46 else {
      throw .truncated("its zip directory announces \(directory.entryCount) entries")
    }
    entries.reserveCapacity(directory.entryCount)
    for _ in 0..<directory.entryCount {
      entries.append(try ZipArchive.readEntry(&reader))
    }
    self.entries = entries
  }

  /// The length of the archive itself.
  package var byteCount: Int { bytes.count }

  /// The entry of that name, if there is one.
  package func entry(named name: String) -> Entry? { entries.first { $0.name == name } }

  /// Hands over an entry's bytes, in place where they are stored and inflated where deflated; their
  /// CRC-32 is checked.
  package func withBytes<R>(
    of entry: Entry, _ body: (UnsafeRawBufferPointer) throws(FileError.Problem) -> R
  ) throws(FileError.Problem) -> R {
    guard entry.isDeflated else { return try body(try storedBytes(of: entry)) }
    return try inflated(entry).lend(body)
  }

  /// Hands over the first bytes of an entry, as many as are there up to `count`.
  ///
  /// Their checksum is that of the whole entry and thus not known to be right.
  package func withPrefix<R>(
    of entry: Entry, count: Int,
    _ body: (UnsafeRawBufferPointer) throws(FileError.Problem) -> R
  ) throws(FileError.Problem) -> R {
    let packed = try locate(entry)
    guard entry.isDeflated else {
      return try body(UnsafeRawBufferPointer(rebasing: packed.prefix(count)))
    }
    return try inflated(packed, entry, count: min(count, entry.count)).lend(body)
  }

  /// Bytes of a stored entry where they lie; their CRC-32 is checked.
  package func storedBytes(of entry: Entry) throws(FileError.Problem) -> UnsafeRawBufferPointer {
    let bytes = try locate(entry)
    try check(bytes, entry)
    return bytes
  }

  /// Checks that the entry's bytes are all there.
  package func checkPresence(of entry: Entry) throws(FileError.Problem) { _ = try locate(entry) }

  /// A deflated entry, inflated; its CRC-32 is checked.
  func inflated(_ entry: Entry) throws(FileError.Problem) -> InflatedBytes {
    let result = try inflated(try locate(entry), entry, count: entry.count)
    try result.lend { (bytes) throws(FileError.Problem) in try check(bytes, entry) }
    return result
  }

  private func inflated(
    _ packed: UnsafeRawBufferPointer, _ entry: Entry, count: Int
  ) throws(FileError.Problem) -> InflatedBytes {
    let (limit, overflow) = packed.count.multipliedReportingOverflow(by: 1032)
    guard !overflow, entry.count <= limit + 64 else {
      throw .malformed("'\(entry.name)' announces more bytes than its compressed data can hold")
    }
    let result = InflatedBytes(count: count)
    try inflate(packed, into: result.storage, entry)
    return result
  }

  // MARK: Directory

  private static func findDirectory(
    _ bytes: UnsafeRawBufferPointer
  ) throws(FileError.Problem) -> (offset: Int, entryCount: Int) {
    // The end record is 22 bytes plus a comment of at most 65,535.
    let lowest = max(0, bytes.count - 22 - 65_535)
    var position = bytes.count - 22
    while position >= lowest {
      if bytes[position] == 0x50,
        bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self).littleEndian == 0x0605_4B50
      {
        return try readEnd(bytes, at: position)
      }
      position -= 1
    }
    throw .truncated("its zip directory, which stands at the end, is missing")
  }

  private static func readEnd(
    _ bytes: UnsafeRawBufferPointer, at position: Int
  ) throws(FileError.Problem) -> (offset: Int, entryCount: Int) {
    var end = ByteReader(bytes, at: position + 10)
    var entryCount = Int(try end.integer(UInt16.self, "zip end record"))
    var size = Int(try end.integer(UInt32.self, "zip end record"))
    var offset = Int(try end.integer(UInt32.self, "zip end record"))
    if position >= 20, entryCount == 0xFFFF || size == 0xFFFF_FFFF || offset == 0xFFFF_FFFF {
      var locator = ByteReader(bytes, at: position - 20)
      if try locator.integer(UInt32.self, "zip64 locator") == 0x0706_4B50 {
        _ = try locator.integer(UInt32.self, "zip64 locator")
        let at = try length(try locator.integer(UInt64.self, "zip64 locator"), "zip64 end record")
        guard at <= bytes.count else { throw .truncated("its zip64 end record lies past the end") }
        var record = ByteReader(bytes, at: at)
        guard try record.integer(UInt32.self, "zip64 end record") == 0x0606_4B50 else {
          throw .malformed("its zip64 end record is not where it should be")
        }
        _ = try record.take(28, "zip64 end record")
        entryCount = try length(try record.integer(UInt64.self, "zip64 end record"), "entry count")
        size = try length(try record.integer(UInt64.self, "zip64 end record"), "directory")
        offset = try length(try record.integer(UInt64.self, "zip64 end record"), "directory")
      }
    }
    guard offset <= position, size <= position - offset else {
      throw .malformed("its zip directory lies outside the file")
    }
    return (offset, entryCount)
  }

  private static func length(
    _ value: UInt64, _ what: String
  ) throws(FileError.Problem) -> Int {
    guard let count = Int(exactly: value) else {
      throw .malformed("the length of its \(what) is out of range")
    }
    return count
  }

  private static func readEntry(
    _ reader: inout ByteReader
  ) throws(FileError.Problem) -> Entry {
    let what = "zip directory"
    guard try reader.integer(UInt32.self, what) == 0x0201_4B50 else {
      throw .malformed("its zip directory holds an entry without a signature")
    }
    _ = try reader.take(4, what)
    let flags = try reader.integer(UInt16.self, what)
    let method = try reader.integer(UInt16.self, what)
    _ = try reader.take(4, what)
    let checksum = try reader.integer(UInt32.self, what)
    let packed32 = try reader.integer(UInt32.self, what)
    let count32 = try reader.integer(UInt32.self, what)
    let nameCount = Int(try reader.integer(UInt16.self, what))
    let extraCount = Int(try reader.integer(UInt16.self, what))
    let commentCount = Int(try reader.integer(UInt16.self, what))
    _ = try reader.take(8, what)
    let offset32 = try reader.integer(UInt32.self, what)
    let name = try text(try reader.take(nameCount, what), "a name in its zip directory")
    var extra = ByteReader(try reader.take(extraCount, what))
    _ = try reader.take(commentCount, what)
    guard flags & 1 == 0 else {
      throw .unsupported("'\(name)' is encrypted; unpack and save it without a password")
    }
    guard method == 0 || method == 8 else {
      throw .unsupported(
        "'\(name)' uses zip compression method \(method); only stored and deflated are read")
    }
    var count = Int(count32)
    var packed = Int(packed32)
    var offset = Int(offset32)
    while extra.remaining >= 4 {
      let tag = try extra.integer(UInt16.self, what)
      let size = Int(try extra.integer(UInt16.self, what))
      // PyTorch pads with an extra field, and some writers leave its tail ragged.
      guard size <= extra.remaining else { break }
      var field = ByteReader(try extra.take(size, what))
      guard tag == 1 else { continue }
      if count32 == 0xFFFF_FFFF { count = try length(try field.integer(UInt64.self, what), name) }
      if packed32 == 0xFFFF_FFFF { packed = try length(try field.integer(UInt64.self, what), name) }
      if offset32 == 0xFFFF_FFFF { offset = try length(try field.integer(UInt64.self, what), name) }
    }
    guard method == 8 || count == packed else {
      throw .malformed("'\(name)' is stored but has two different lengths")
    }
    return Entry(
      name: name, count: count, packedCount: packed, isDeflated: method == 8, checksum: checksum,
      headerOffset: offset)
  }

  // MARK: Contents

  private func locate(_ entry: Entry) throws(FileError.Problem) -> UnsafeRawBufferPointer {
    guard entry.headerOffset <= bytes.count else {
      throw .truncated("'\(entry.name)' lies past the end")
    }
    var reader = ByteReader(bytes, at: entry.headerOffset)
    guard try reader.integer(UInt32.self, entry.name) == 0x0403_4B50 else {
      throw .malformed("'\(entry.name)' has no header where the zip directory points")
    }
    _ = try reader.take(22, entry.name)
    let nameCount = Int(try reader.integer(UInt16.self, entry.name))
    let extraCount = Int(try reader.integer(UInt16.self, entry.name))
    _ = try reader.take(nameCount + extraCount, entry.name)
    return try reader.take(entry.packedCount, "'\(entry.name)'")
  }

  private func check(
    _ data: UnsafeRawBufferPointer, _ entry: Entry
  ) throws(FileError.Problem) {
    let actual = crc32_z(
      0, data.baseAddress?.assumingMemoryBound(to: UInt8.self), data.count)
    guard data.isEmpty || UInt32(truncatingIfNeeded: actual) == entry.checksum else {
      throw .malformed("the checksum of '\(entry.name)' is wrong")
    }
  }

  private func inflate(
    _ packed: UnsafeRawBufferPointer, into unpacked: UnsafeMutableRawBufferPointer, _ entry: Entry
  ) throws(FileError.Problem) {
    // Of an entry that is wanted whole the end must follow; a prefix ends where there is no more room.
    let isWhole = unpacked.count == entry.count
    guard let result = Inflation(packed, .none, into: unpacked, seeksEnd: isWhole) else {
      throw .unreadable("zlib cannot start")
    }
    guard result.isAtEnd || !isWhole, result.written == unpacked.count else {
      throw .malformed("'\(entry.name)' does not unpack to its announced \(entry.count) bytes")
    }
  }
}

/// What an entry unpacks to, freed with the last reference.
final class InflatedBytes: Sendable {
  nonisolated(unsafe) let storage: UnsafeMutableRawBufferPointer

  init(count: Int) {
    storage = .allocate(byteCount: count, alignment: 64)
  }

  deinit { storage.deallocate() }

  /// Hands over the bytes, which are not written to once they are unpacked.
  func lend<R>(
    _ body: (UnsafeRawBufferPointer) throws(FileError.Problem) -> R
  ) throws(FileError.Problem) -> R {
    defer { withExtendedLifetime(self) {} }
    return try body(UnsafeRawBufferPointer(storage))
  }
}
