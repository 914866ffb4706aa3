/// Archives made by hand, so that tests know every byte of them.
package enum Packing {
  /// gzip data that holds the bytes uncompressed (deflate's stored blocks).
  package static func gzip(_ bytes: [UInt8]) -> [UInt8] {
    [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255] + stored(bytes) + little(crc32(bytes), 4)
      + little(bytes.count, 4)
  }

  /// deflate data made of stored blocks.
  package static func stored(_ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    var rest = bytes[...]
    repeat {
      let block = rest.prefix(0xFFFF)
      rest = rest.dropFirst(block.count)
      result += [rest.isEmpty ? 1 : 0] + little(block.count, 2) + little(~block.count & 0xFFFF, 2)
      result += block
    } while !rest.isEmpty
    return result
  }

  /// The checksum of gzip and zip.
  package static func crc32(_ bytes: [UInt8]) -> Int {
    var value: UInt32 = 0xFFFF_FFFF
    for byte in bytes {
      value ^= UInt32(byte)
      for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
    }
    return Int(~value)
  }

  /// One tar entry: header with checksum, contents, padding.
  ///
  /// - Parameters:
  ///   - type: '0' a file, '5' a folder, 'L' a long name, 'x' pax records, …
  ///   - size: what the header announces; the length of the contents when nil.
  package static func tarEntry(
    _ name: String, _ contents: [UInt8] = [], type: Character = "0", prefix: String = "",
    size: Int? = nil
  ) -> [UInt8] {
    var header = [UInt8](repeating: 0, count: 512)
    func put(_ text: some Sequence<UInt8>, at offset: Int) {
      for (index, byte) in text.enumerated() { header[offset + index] = byte }
    }
    func octal(_ value: Int, _ width: Int) -> [UInt8] {
      let digits = String(value, radix: 8)
      return Array((String(repeating: "0", count: width - digits.count) + digits).utf8)
    }
    put(name.utf8.prefix(100), at: 0)
    put("0000644\0".utf8, at: 100)
    put(octal(size ?? contents.count, 11), at: 124)
    put(octal(0, 11), at: 136)
    put("        ".utf8, at: 148)
    header[156] = type.asciiValue ?? 0x30
    put("ustar\0".utf8, at: 257)
    put("00".utf8, at: 263)
    put(prefix.utf8, at: 345)
    put(octal(header.reduce(0) { $0 + Int($1) }, 6) + [0, 0x20], at: 148)
    let padding = (512 - contents.count % 512) % 512
    return header + contents + [UInt8](repeating: 0, count: padding)
  }

  /// One record of a pax header.
  package static func paxRecord(_ key: String, _ value: String) -> [UInt8] {
    var length = key.utf8.count + value.utf8.count + 3
    while String(length).utf8.count + key.utf8.count + value.utf8.count + 3 != length {
      length = String(length).utf8.count + key.utf8.count + value.utf8.count + 3
    }
    return Array("\(length) \(key)=\(value)\n".utf8)
  }

  /// Entries and the two blocks of zeros that end an archive.
  package static func tar(_ entries: [UInt8]...) -> [UInt8] {
    entries.flatMap { $0 } + [UInt8](repeating: 0, count: 1024)
  }

  /// A zip archive of entries, deflated in stored blocks or not compressed.
  package static func zip(_ entries: [(name: String, bytes: [UInt8])], deflated: Bool) -> [UInt8] {
    var (body, directory) = ([UInt8](), [UInt8]())
    for (name, bytes) in entries {
      let packed = deflated ? stored(bytes) : bytes
      let common =
        little(20, 2) + little(0, 2) + little(deflated ? 8 : 0, 2) + little(0, 4)
        + little(crc32(bytes), 4) + little(packed.count, 4) + little(bytes.count, 4)
        + little(name.utf8.count, 2) + little(0, 2)
      directory +=
        little(0x0201_4B50, 4) + little(20, 2) + common + little(0, 10) + little(body.count, 4)
        + Array(name.utf8)
      body += little(0x0403_4B50, 4) + common + Array(name.utf8) + packed
    }
    return body + directory + little(0x0605_4B50, 4) + little(0, 4) + little(entries.count, 2)
      + little(entries.count, 2) + little(directory.count, 4) + little(body.count, 4) + little(0, 2)
  }

  /// An npy file: a type such as "|u1", a shape, and the elements' bytes.
  package static func npy(_ type: String, _ shape: [Int], _ bytes: [UInt8]) -> [UInt8] {
    let lengths = shape.map { "\($0)," }.joined()
    let header = Array(
      "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(lengths)), }\n".utf8)
    return [0x93] + Array("NUMPY".utf8) + [1, 0] + little(header.count, 2) + header + bytes
  }

  /// A number of so many bytes, the least significant first.
  package static func little(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}
