/// One header block of a tar archive whose checksum is right.
struct TarHeader {
  /// What follows the header.
  enum Kind: Sendable {
    /// A regular file.
    case file
    /// A link, folder or device: nothing follows, whatever the size says.
    case withoutData
    /// GNU's long name of the next entry.
    case longName
    /// pax's records about the next entry.
    case extended
    /// A file with holes in GNU's old format.
    case sparse
    /// Something that is passed over.
    case other
  }

  let kind: Kind
  /// Whether what follows says something of the entry after it: names, records, a long link's target.
  let isPreamble: Bool
  /// The name, the prefix of ustar included.
  let name: String
  /// The bytes that follow; nil where the field is no number, or negative.
  let size: Int?

  /// Reads 512 bytes; nil where their checksum is wrong.
  init?(_ block: UnsafeRawBufferPointer) {
    guard let announced = TarHeader.number(block[148..<156]) else { return nil }
    // The checksum is taken with its own field as spaces; old archives summed signed bytes.
    var (sum, signed) = (0, 0)
    for (index, byte) in block.enumerated() {
      let value = (148..<156).contains(index) ? 0x20 : byte
      sum += Int(value)
      signed += Int(Int8(bitPattern: value))
    }
    guard announced == sum || announced == signed else { return nil }
    let short = TarHeader.text(block[0..<100])
    // "ustar" with a zero is POSIX's; GNU's own format uses the field of the prefix otherwise.
    let prefix =
      block[257..<263].elementsEqual(Array("ustar\0".utf8)) ? TarHeader.text(block[345..<500]) : ""
    name = prefix.isEmpty ? short : prefix + "/" + short
    size = TarHeader.number(block[124..<136])
    let type = block[156]
    isPreamble = "KLgxX".utf8.contains(type)
    switch type {
    case UInt8(ascii: "0"), UInt8(ascii: "7"), 0: kind = name.hasSuffix("/") ? .withoutData : .file
    case UInt8(ascii: "1")...UInt8(ascii: "6"): kind = .withoutData
    case UInt8(ascii: "L"): kind = .longName
    case UInt8(ascii: "x"), UInt8(ascii: "X"): kind = .extended
    case UInt8(ascii: "S"): kind = .sparse
    default: kind = .other
    }
  }

  private static func text(_ field: Slice<UnsafeRawBufferPointer>) -> String {
    String(decoding: field.prefix { $0 != 0 }, as: UTF8.self)
  }

  /// Octal digits between spaces and zeros, or, with the top bit set, a big-endian number.
  private static func number(_ field: Slice<UnsafeRawBufferPointer>) -> Int? {
    guard let first = field.first else { return nil }
    if first == 0x80 {
      var value = 0
      for byte in field.dropFirst() {
        guard value <= Int.max >> 8 else { return nil }
        value = value << 8 | Int(byte)
      }
      return value
    }
    let digits = field.drop { $0 == 0x20 }.prefix { $0 != 0x20 && $0 != 0 }
    guard digits.allSatisfy({ (0x30...0x37).contains($0) }), digits.count <= 20 else { return nil }
    return digits.reduce(0) { $0 << 3 | Int($1 - 0x30) }
  }
}

/// What headers before an entry's own say of it.
struct TarExtension {
  var name: String?
  var size: Int?
  var isSparse = false

  /// Reads pax's records, "LENGTH KEY=VALUE\n", where the length counts itself.
  mutating func read(_ content: UnsafeRawBufferPointer) throws(FileError.Problem) {
    let malformed = FileError.Problem.malformed("an extended tar header is not made of records")
    var rest = content[...]
    // Some writers pad with zeros.
    while let first = rest.first, first != 0 {
      let digits = rest.prefix { $0 != 0x20 }
      guard digits.count <= 7, let length = Int(String(decoding: digits, as: UTF8.self)),
        length > digits.count + 1, length <= rest.count
      else { throw malformed }
      let record = rest.prefix(length).dropFirst(digits.count + 1)
      guard record.last == 0x0A, let equals = record.firstIndex(of: 0x3D) else { throw malformed }
      let value = String(decoding: record[(equals + 1)...].dropLast(), as: UTF8.self)
      switch String(decoding: record[..<equals], as: UTF8.self) {
      case "path": name = value
      case "size":
        guard let number = Int(value), number >= 0 else { throw malformed }
        size = number
      case let key where key.hasPrefix("GNU.sparse."): isSparse = true
      default: break
      }
      rest = rest.dropFirst(length)
    }
  }
}
