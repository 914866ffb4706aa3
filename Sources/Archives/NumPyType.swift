/// A NumPy element type: kind, width and byte order, as in `"<f4"`.
package struct NumPyType: Sendable, Equatable {
  /// `f`, `i`, `u`, `b` (Boolean), `U` (UTF-32 text) or `S` (bytes).
  package var kind: Character
  /// Bytes per element.
  package var byteCount: Int
  /// Whether the most significant byte comes first.
  package var isBigEndian = false

  /// Reads a code such as `f4`, `<f4`, `>i8`, `|b1` or `<U12`.
  package init(code: String) throws(FileError.Problem) {
    var rest = code[...]
    if let first = rest.first, "<>|=".contains(first) {
      isBigEndian = first == ">"
      rest = rest.dropFirst()
    }
    let problem = FileError.Problem.unsupported(
      "the NumPy type '\(code.prefix(40))' is not a plain number, Boolean or text; convert it first"
    )
    guard let kind = rest.first, "fiubUS".contains(kind),
      let length = Int(rest.dropFirst()), length >= 0, length <= 1 << 28
    else { throw problem }
    self.kind = kind
    byteCount = kind == "U" ? length * 4 : length
    guard "US".contains(kind) || scalarType != nil else { throw problem }
  }

  /// The number type, nil for text.
  package var scalarType: ScalarType? {
    switch (kind, byteCount) {
    case ("f", 2): .float16
    case ("f", 4): .float32
    case ("f", 8): .float64
    case ("i", 1): .int8
    case ("i", 2): .int16
    case ("i", 4): .int32
    case ("i", 8): .int64
    case ("u", 1): .uint8
    case ("u", 2): .uint16
    case ("u", 4): .uint32
    case ("u", 8): .uint64
    case ("b", 1): .bool
    default: nil
    }
  }
}
