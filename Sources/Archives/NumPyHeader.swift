/// The header of an npy file: element type, order and shape.
///
/// - Reference: NumPy, `numpy.lib.format` (versions 1.0 to 3.0).
package struct NumPyHeader {
  /// `\x93NUMPY`.
  package static let magic: [UInt8] = [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]

  /// The type of every element.
  package var type: NumPyType
  /// Whether the first axis varies fastest.
  package var isFortranOrder: Bool
  /// Lengths of the axes.
  package var shape: [Int]

  /// Reads a header and leaves the reader at the first element.
  package init(_ reader: inout ByteReader) throws(FileError.Problem) {
    guard try reader.take(6, "its NumPy header").elementsEqual(NumPyHeader.magic) else {
      throw .malformed("it does not begin as a NumPy array does")
    }
    let major = try reader.integer(UInt8.self, "its NumPy header")
    _ = try reader.integer(UInt8.self, "its NumPy header")
    let count: Int
    switch major {
    case 1: count = Int(try reader.integer(UInt16.self, "its NumPy header"))
    case 2, 3: count = Int(try reader.integer(UInt32.self, "its NumPy header"))
    default: throw .unsupported("its NumPy format version \(major) is unknown")
    }
    let literal = try text(try reader.take(count, "its NumPy header"), "its NumPy header")
    var scanner = LiteralScanner(literal)
    var type: NumPyType?
    var isFortranOrder: Bool?
    var shape: [Int]?
    try scanner.expect("{")
    while !scanner.accept("}") {
      let key = try scanner.string()
      try scanner.expect(":")
      switch key {
      case "descr":
        guard scanner.isAtString else {
          throw .unsupported("it is a structured NumPy array; save its columns one by one")
        }
        type = try NumPyType(code: try scanner.string())
      case "fortran_order": isFortranOrder = try scanner.boolean()
      case "shape": shape = try scanner.tuple()
      default: throw .malformed("its NumPy header holds the unknown key '\(key.prefix(40))'")
      }
      if !scanner.accept(",") {
        try scanner.expect("}")
        break
      }
    }
    guard let type, let isFortranOrder, let shape else {
      throw .malformed("its NumPy header lacks descr, fortran_order or shape")
    }
    self.type = type
    self.isFortranOrder = isFortranOrder
    self.shape = shape
  }

  /// More bytes than the header of any array of numbers takes.
  package static let longest = 1 << 16

  /// Checks that as many bytes follow as the shape and the type announce.
  ///
  /// - Returns: The number of elements.
  @discardableResult
  package func checkSize(available: Int) throws(FileError.Problem) -> Int {
    guard let count = elementCount(of: shape),
      case let (size, overflow) = count.multipliedReportingOverflow(by: type.byteCount), !overflow
    else { throw .malformed("its shape \(shape) is impossible") }
    guard size <= available else {
      throw .truncated("an array of shape \(shape) needs \(size) bytes but \(available) are left")
    }
    guard size == available else {
      throw .malformed("\(available - size) bytes follow its last element")
    }
    // Elements of no width (empty strings) take no bytes: the file justifies none of them.
    guard type.byteCount > 0 || count <= 1 << 20 else {
      throw .malformed("its shape \(shape) is impossible")
    }
    return count
  }

  /// The bytes before the elements of a dense array, padded so that the elements are aligned to 64.
  static func bytes(descriptor: String, shape: [Int]) -> [UInt8] {
    let lengths = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
    var literal = Array(
      "{'descr': '\(descriptor)', 'fortran_order': False, 'shape': (\(lengths)), }".utf8)
    while !(10 + literal.count + 1).isMultiple(of: 64) { literal.append(UInt8(ascii: " ")) }
    literal.append(UInt8(ascii: "\n"))
    var bytes = magic + [1, 0]
    bytes.append(little: UInt16(literal.count))
    return bytes + literal
  }
}

/// Just enough of Python's literals for an npy header.
private struct LiteralScanner {
  private let bytes: [UInt8]
  private var position = 0

  init(_ text: String) { bytes = Array(text.utf8) }

  private static let problem = FileError.Problem.malformed(
    "its NumPy header is not the dictionary that NumPy prescribes")

  private mutating func skipSpaces() {
    while position < bytes.count, bytes[position] == 0x20 || bytes[position] == 0x0A {
      position += 1
    }
  }

  mutating func accept(_ character: Unicode.Scalar) -> Bool {
    skipSpaces()
    guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  mutating func expect(_ character: Unicode.Scalar) throws(FileError.Problem) {
    guard accept(character) else { throw Self.problem }
  }

  var isAtString: Bool {
    var copy = self
    return copy.accept("'") || copy.accept("\"")
  }

  mutating func string() throws(FileError.Problem) -> String {
    let quote: Unicode.Scalar = accept("'") ? "'" : "\""
    if quote == "\"" { try expect("\"") }
    guard let end = bytes[position...].firstIndex(of: UInt8(ascii: quote)) else {
      throw Self.problem
    }
    defer { position = end + 1 }
    return String(decoding: bytes[position..<end], as: UTF8.self)
  }

  mutating func boolean() throws(FileError.Problem) -> Bool {
    skipSpaces()
    for (word, value) in [("True", true), ("False", false)]
    where bytes[position...].starts(with: word.utf8) {
      position += word.utf8.count
      return value
    }
    throw Self.problem
  }

  mutating func tuple() throws(FileError.Problem) -> [Int] {
    try expect("(")
    var lengths: [Int] = []
    while !accept(")") {
      skipSpaces()
      let digits = bytes[position...].prefix { (0x30...0x39).contains($0) }
      guard let length = Int(String(decoding: digits, as: UTF8.self)), lengths.count < 64 else {
        throw Self.problem
      }
      lengths.append(length)
      position += digits.count
      // Files written by Python 2 say 3L.
      _ = accept("L")
      if !accept(",") {
        try expect(")")
        break
      }
    }
    return lengths
  }
}
