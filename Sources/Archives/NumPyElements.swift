/// The elements of an npy file on their way between its bytes and Swift's types.
struct NumPyElements {
  var header: NumPyHeader
  var bytes: UnsafeRawBufferPointer
  var count: Int

  /// Every element in C order, whatever order and byte order the file has.
  func decoded() throws(FileError.Problem) -> NumPyArray.Elements {
    let type = header.type
    switch (type.kind, type.byteCount) {
    case ("f", 2): return .float32(gathered { ScalarType.half(load($0)) })
    case ("f", 4): return .float32(gathered { Float(bitPattern: load($0)) })
    case ("f", 8): return .float64(gathered { Double(bitPattern: load($0)) })
    case ("i", 1): return .int64(gathered { Int64(load($0) as Int8) })
    case ("i", 2): return .int64(gathered { Int64(load($0) as Int16) })
    case ("i", 4): return .int64(gathered { Int64(load($0) as Int32) })
    case ("i", 8): return .int64(gathered { load($0) as Int64 })
    case ("u", 1): return .int64(gathered { Int64(load($0) as UInt8) })
    case ("b", 1): return .int64(gathered { load($0) as UInt8 == 0 ? 0 : 1 })
    case ("u", 2): return .int64(gathered { Int64(load($0) as UInt16) })
    case ("u", 4): return .int64(gathered { Int64(load($0) as UInt32) })
    case ("u", 8):
      let values = gathered { load($0) as UInt64 }
      guard values.allSatisfy({ $0 <= Int64.max }) else {
        throw .unsupported("it holds integers beyond 2^63; save them as int64 or float64")
      }
      return .int64(values.map { Int64($0) })
    case ("S", _): return .strings(gathered { byteString($0) })
    case ("U", _): return .strings(gathered { unicodeString($0) })
    default: throw .unsupported("its NumPy type is not a plain number, Boolean or text")
    }
  }

  /// Reads elements at their offsets in bytes, in C order.
  private func gathered<T>(_ element: (Int) -> T) -> [T] {
    let size = header.type.byteCount
    guard header.isFortranOrder, header.shape.count > 1 else {
      return (0..<count).map { element($0 * size) }
    }
    var strides = [Int](repeating: 1, count: header.shape.count)
    for i in strides.indices.dropFirst() { strides[i] = strides[i - 1] * header.shape[i - 1] }
    return (0..<count).map { position in
      var rest = position
      var source = 0
      for axis in header.shape.indices.reversed() {
        source += rest % header.shape[axis] * strides[axis]
        rest /= header.shape[axis]
      }
      return element(source * size)
    }
  }

  private func load<T: FixedWidthInteger>(_ offset: Int) -> T {
    let value = bytes.loadUnaligned(fromByteOffset: offset, as: T.self)
    return header.type.isBigEndian ? T(bigEndian: value) : T(littleEndian: value)
  }

  private func byteString(_ offset: Int) -> String {
    let element = bytes[offset..<(offset + header.type.byteCount)]
    let length = element.lastIndex { $0 != 0 }.map { $0 + 1 - offset } ?? 0
    return String(decoding: element.prefix(length), as: UTF8.self)
  }

  private func unicodeString(_ offset: Int) -> String {
    var scalars = String.UnicodeScalarView()
    var pending = 0
    for i in 0..<(header.type.byteCount / 4) {
      let value: UInt32 = load(offset + 4 * i)
      // Zeros at the end are padding; zeros before another character are part of the text.
      guard value != 0 else {
        pending += 1
        continue
      }
      for _ in 0..<pending { scalars.append("\0") }
      pending = 0
      scalars.append(Unicode.Scalar(value) ?? "\u{FFFD}")
    }
    return String(scalars)
  }
}

extension NumPyArray {
  /// Hands over the npy header and the elements as little-endian bytes.
  func withContents(
    _ body: ([UInt8], UnsafeRawBufferPointer) throws(FileError.Problem) -> Void
  ) throws(FileError.Problem) {
    func lend<T>(_ descriptor: String, _ values: [T]) throws(FileError.Problem) {
      var failure: FileError.Problem?
      values.withUnsafeBytes { raw in
        do throws(FileError.Problem) {
          try body(NumPyHeader.bytes(descriptor: descriptor, shape: shape), raw)
        } catch { failure = error }
      }
      if let failure { throw failure }
    }
    switch elements {
    case .float32(let values): try lend("<f4", values)
    case .float64(let values): try lend("<f8", values)
    case .int64(let values): try lend("<i8", values)
    case .strings(let values):
      let width = max(1, values.map(\.unicodeScalars.count).max() ?? 1)
      var codes = [UInt32](repeating: 0, count: values.count * width)
      for (row, string) in values.enumerated() {
        for (column, scalar) in string.unicodeScalars.enumerated() {
          codes[row * width + column] = scalar.value
        }
      }
      try lend("<U\(width)", codes)
    }
  }
}
