internal import CZlib

/// Writes a zip archive of stored (uncompressed) entries, with zip64 fields where lengths need them.
package struct ZipWriter {
  private struct Entry {
    var name: [UInt8]
    var checksum: UInt32
    var count: Int
    var offset: Int
  }
  private var entries: [Entry] = []

  /// An archive without entries.
  package init() {}

  /// Appends one entry made of consecutive parts; the last part may be large and is not copied.
  package mutating func append(
    _ name: String, header: [UInt8], body: UnsafeRawBufferPointer, to file: inout AtomicFile
  ) throws(FileError.Problem) {
    var checksum = header.withUnsafeBufferPointer { crc32_z(0, $0.baseAddress, $0.count) }
    if let base = body.baseAddress, body.count > 0 {
      checksum = crc32_z(checksum, base.assumingMemoryBound(to: UInt8.self), body.count)
    }
    let entry = Entry(
      name: Array(name.utf8), checksum: UInt32(truncatingIfNeeded: checksum),
      count: header.count + body.count, offset: file.count)
    entries.append(entry)
    var local: [UInt8] = []
    // Sizes stand in a zip64 field always, so that entries of any length look the same.
    local.append(little: UInt32(0x0403_4B50))
    local.append(contentsOf: ZipWriter.common(entry))
    local.append(little: UInt16(20))
    local.append(contentsOf: entry.name)
    local.append(little: UInt16(1))
    local.append(little: UInt16(16))
    local.append(little: UInt64(entry.count))
    local.append(little: UInt64(entry.count))
    try file.append(local)
    try file.append(header)
    try file.append(body)
  }

  /// Appends the central directory; nothing may follow.
  package func finish(_ file: inout AtomicFile) throws(FileError.Problem) {
    let start = file.count
    var directory: [UInt8] = []
    for entry in entries {
      directory.append(little: UInt32(0x0201_4B50))
      directory.append(little: UInt16(45))
      directory.append(contentsOf: ZipWriter.common(entry))
      directory.append(little: UInt16(28))
      directory.append(contentsOf: [UInt8](repeating: 0, count: 10))
      directory.append(little: UInt32.max)
      directory.append(contentsOf: entry.name)
      directory.append(little: UInt16(1))
      directory.append(little: UInt16(24))
      directory.append(little: UInt64(entry.count))
      directory.append(little: UInt64(entry.count))
      directory.append(little: UInt64(entry.offset))
    }
    let size = directory.count
    directory.append(little: UInt32(0x0606_4B50))
    directory.append(little: UInt64(44))
    directory.append(little: UInt16(45))
    directory.append(little: UInt16(45))
    directory.append(little: UInt64(0))
    directory.append(little: UInt64(entries.count))
    directory.append(little: UInt64(entries.count))
    directory.append(little: UInt64(size))
    directory.append(little: UInt64(start))
    directory.append(little: UInt32(0x0706_4B50))
    directory.append(little: UInt32(0))
    directory.append(little: UInt64(start + size))
    directory.append(little: UInt32(1))
    directory.append(little: UInt32(0x0605_4B50))
    directory.append(little: UInt32(0))
    directory.append(little: UInt16(truncatingIfNeeded: min(entries.count, 0xFFFF)))
    directory.append(little: UInt16(truncatingIfNeeded: min(entries.count, 0xFFFF)))
    directory.append(little: UInt32(truncatingIfNeeded: min(size, 0xFFFF_FFFF)))
    directory.append(little: UInt32(truncatingIfNeeded: min(start, 0xFFFF_FFFF)))
    directory.append(little: UInt16(0))
    try file.append(directory)
  }

  /// The fields that the local and the central header share, version needed to name length.
  private static func common(_ entry: Entry) -> [UInt8] {
    var fields: [UInt8] = []
    fields.append(little: UInt16(45))
    fields.append(little: UInt16(0))
    fields.append(little: UInt16(0))
    // 1980-01-01 00:00, the earliest date there is: equal contents make equal files.
    fields.append(little: UInt16(0))
    fields.append(little: UInt16(0x21))
    fields.append(little: entry.checksum)
    fields.append(little: UInt32.max)
    fields.append(little: UInt32.max)
    fields.append(little: UInt16(entry.name.count))
    return fields
  }
}

extension [UInt8] {
  /// Appends a number, least significant byte first.
  package mutating func append<T: FixedWidthInteger>(little value: T) {
    Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
  }
}
