/// Reads Python's pickle format (protocols 0 to 5) without Python.
///
/// It pushes numbers, strings and containers, and knows the few functions of ``PickleGlobal`` by
/// which PyTorch and NumPy describe tensors. Any other name ends the reading with an error, before
/// anything is done with it: there is nothing here that could run code.
///
/// Memory is proportional to the pickle: every opcode makes at most one value.
package struct PickleMachine {
  /// What the pickle has made.
  package var heap = PickleHeap()
  var reader: ByteReader
  var stack: [PickleValue] = []
  var copiedCount = 0
  private var marks: [Int] = []
  private var memo: [UInt64: PickleValue] = [:]

  /// Prepares to read a pickle at an offset.
  ///
  /// The bytes must outlive the machine and its values.
  package init(_ bytes: UnsafeRawBufferPointer, at offset: Int = 0) {
    reader = ByteReader(bytes, at: offset)
  }

  /// Whether a file may be a pickle: protocol 2 and later announce themselves, older ones begin with a
  /// container or with the name of what they call.
  package static func mayBegin(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard let first = bytes.first else { return false }
    return first == 0x80 || "(c]})i".utf8.contains(first)
  }

  /// Where the pickle ended, once ``run()`` is through.
  package var endOffset: Int { reader.offset }

  /// Follows the opcodes to the end of the pickle and returns its one value.
  package mutating func run() throws(CheckpointError.Problem) -> PickleValue {
    stack = []
    marks = []
    memo = [:]
    while true {
      let opcode = try reader.integer(UInt8.self, "its pickle")
      if opcode == UInt8(ascii: ".") { return try pop() }
      try step(opcode)
    }
  }

  private mutating func step(_ opcode: UInt8) throws(CheckpointError.Problem) {
    switch Character(UnicodeScalar(opcode)) {
    case "\u{80}": _ = try number(UInt8.self)
    case "\u{95}": _ = try number(UInt64.self)
    case "(": marks.append(stack.count)
    case "0": _ = try pop()
    case "1": _ = try popMark()
    case "2": stack.append(try top())
    case "N": stack.append(.none)
    case "\u{88}": stack.append(.bool(true))
    case "\u{89}": stack.append(.bool(false))
    case "K": stack.append(.integer(Int64(try number(UInt8.self))))
    case "M": stack.append(.integer(Int64(try number(UInt16.self))))
    case "J": stack.append(.integer(Int64(try number(Int32.self))))
    case "I", "L": stack.append(try decimalInteger())
    case "\u{8A}": stack.append(try long(Int(try number(UInt8.self))))
    case "\u{8B}": stack.append(try long(Int(try number(Int32.self))))
    case "F": stack.append(try decimalReal())
    case "G": stack.append(.real(Double(bitPattern: try number(UInt64.self).byteSwapped)))
    case "S", "V": stack.append(try quotedString())
    case "T": stack.append(.bytes(try bytes(Int(try number(Int32.self)))))
    case "U", "C": stack.append(.bytes(try bytes(Int(try number(UInt8.self)))))
    case "B": stack.append(.bytes(try bytes(Int(try number(UInt32.self)))))
    case "\u{8E}", "\u{96}": stack.append(.bytes(try bytes(try longLength())))
    case "X": stack.append(try string(Int(try number(UInt32.self))))
    case "\u{8C}": stack.append(try string(Int(try number(UInt8.self))))
    case "\u{8D}": stack.append(try string(try longLength()))
    case "]", "\u{8F}": pushList([])
    case "l", "\u{91}": pushList(try popMark())
    case "a": try extend(with: [try pop()])
    case "e", "\u{90}": try extend(with: try popMark())
    case ")": pushTuple([])
    case "t": pushTuple(try popMark())
    case "\u{85}": pushTuple(try popLast(1))
    case "\u{86}": pushTuple(try popLast(2))
    case "\u{87}": pushTuple(try popLast(3))
    case "}": pushDictionary([])
    case "d": pushDictionary(try popMark())
    case "s": try setItems(try popLast(2))
    case "u": try setItems(try popMark())
    case "g", "h", "j": try recall(try memoKey(opcode))
    case "p", "q", "r": memo[try memoKey(opcode)] = try top()
    case "\u{94}": memo[UInt64(memo.count)] = try top()
    case "c": stack.append(try PickleGlobal.value(module: try word(), name: try word()))
    case "\u{93}": try stackGlobal()
    case "R": try reduce()
    case "b": try build()
    case "Q": try persistentObject(try pop())
    case "P": throw .unsupported("its pickle names objects outside of the file")
    case "i": throw .refused(global: "\(try word()).\(try word())")
    case "o", "\u{81}", "\u{92}":
      throw .unsupported(
        "its pickle makes instances of Python classes; save model.state_dict() instead")
    case "\u{82}", "\u{83}", "\u{84}":
      throw .refused(global: "of extension registry number \(try number(UInt8.self))")
    default:
      throw .malformed("its pickle holds the unknown opcode \(opcode) at \(reader.offset - 1)")
    }
  }

  // MARK: The stack

  mutating func pop() throws(CheckpointError.Problem) -> PickleValue {
    guard stack.count > (marks.last ?? 0), let value = stack.popLast() else { throw .underflow }
    return value
  }

  private mutating func popLast(_ count: Int) throws(CheckpointError.Problem) -> [PickleValue] {
    guard stack.count - (marks.last ?? 0) >= count else { throw .underflow }
    defer { stack.removeLast(count) }
    return Array(stack.suffix(count))
  }

  private mutating func popMark() throws(CheckpointError.Problem) -> [PickleValue] {
    guard let mark = marks.popLast() else { throw .underflow }
    defer { stack.removeLast(stack.count - mark) }
    return Array(stack[mark...])
  }

  private func top() throws(CheckpointError.Problem) -> PickleValue {
    guard stack.count > (marks.last ?? 0), let value = stack.last else { throw .underflow }
    return value
  }

  // MARK: Containers

  mutating func pushTuple(_ elements: [PickleValue]) {
    heap.tuples.append(elements)
    stack.append(.tuple(heap.tuples.count - 1))
  }

  mutating func pushList(_ elements: [PickleValue]) {
    heap.lists.append(elements)
    stack.append(.list(heap.lists.count - 1))
  }

  mutating func pushDictionary(
    _ keysAndValues: [PickleValue]
  ) {
    heap.dictionaries.append([])
    let index = heap.dictionaries.count - 1
    addPairs(keysAndValues, to: index)
    stack.append(.dictionary(index))
  }

  private mutating func addPairs(_ keysAndValues: [PickleValue], to index: Int) {
    for i in stride(from: 0, to: keysAndValues.count - 1, by: 2) {
      heap.dictionaries[index].append((keysAndValues[i], keysAndValues[i + 1]))
    }
  }

  private mutating func extend(with elements: [PickleValue]) throws(CheckpointError.Problem) {
    guard case .list(let index) = try top() else {
      throw .malformed("its pickle appends to something that is not a list")
    }
    heap.lists[index].append(contentsOf: elements)
  }

  private mutating func setItems(
    _ keysAndValues: [PickleValue]
  ) throws(CheckpointError.Problem) {
    guard case .dictionary(let index) = try top() else {
      throw .malformed("its pickle sets items of something that is not a dictionary")
    }
    guard keysAndValues.count.isMultiple(of: 2) else {
      throw .malformed("its pickle sets a key without a value")
    }
    addPairs(keysAndValues, to: index)
  }

  // MARK: Names and references

  private mutating func memoKey(_ opcode: UInt8) throws(CheckpointError.Problem) -> UInt64 {
    switch Character(UnicodeScalar(opcode)) {
    case "h", "q": return UInt64(try number(UInt8.self))
    case "j", "r": return UInt64(try number(UInt32.self))
    default:
      guard let key = UInt64(try word()) else {
        throw .malformed("its pickle holds a reference that is not a number")
      }
      return key
    }
  }

  private mutating func recall(_ key: UInt64) throws(CheckpointError.Problem) {
    guard let value = memo[key] else {
      throw .malformed("its pickle refers to a value number \(key) that it never made")
    }
    stack.append(value)
  }

  private mutating func stackGlobal() throws(CheckpointError.Problem) {
    let names = try popLast(2)
    guard let module = names[0].text, let name = names[1].text else {
      throw .malformed("its pickle names a Python object by something that is not text")
    }
    stack.append(try PickleGlobal.value(module: module, name: name))
  }

  // MARK: Literals

  private mutating func number<T: FixedWidthInteger>(
    _ type: T.Type
  ) throws(CheckpointError.Problem) -> T {
    try reader.integer(type, "its pickle")
  }

  private mutating func bytes(
    _ count: Int
  ) throws(CheckpointError.Problem) -> UnsafeRawBufferPointer {
    try reader.take(count, "a string in its pickle")
  }

  private mutating func string(_ count: Int) throws(CheckpointError.Problem) -> PickleValue {
    let raw = try bytes(count)
    // Python lets lone surrogates through; such a string can still not be a tensor's name.
    return .string(String(decoding: raw, as: UTF8.self))
  }

  private mutating func longLength() throws(CheckpointError.Problem) -> Int {
    guard let count = Int(exactly: try number(UInt64.self)) else {
      throw .malformed("its pickle holds a string of impossible length")
    }
    return count
  }

  private mutating func word() throws(CheckpointError.Problem) -> String {
    try text(try reader.line("a line in its pickle"), "a line in its pickle")
  }

  private mutating func long(_ count: Int) throws(CheckpointError.Problem) -> PickleValue {
    let raw = try bytes(count)
    guard count <= 8 else { return .opaque }
    var value: UInt64 = (raw.last ?? 0) >= 0x80 ? .max : 0
    for byte in raw.reversed() { value = value << 8 | UInt64(byte) }
    return .integer(Int64(bitPattern: value))
  }

  private mutating func decimalInteger() throws(CheckpointError.Problem) -> PickleValue {
    var digits = try word()
    if digits == "00" { return .bool(false) }
    if digits == "01" { return .bool(true) }
    if digits.hasSuffix("L") { digits.removeLast() }
    return Int64(digits).map(PickleValue.integer) ?? .opaque
  }

  private mutating func decimalReal() throws(CheckpointError.Problem) -> PickleValue {
    guard let value = Double(try word()) else {
      throw .malformed("its pickle holds a number that is none")
    }
    return .real(value)
  }

  /// Protocol 0 strings: quoted, or bare with escapes; names of tensors need no escapes.
  private mutating func quotedString() throws(CheckpointError.Problem) -> PickleValue {
    var raw = try reader.line("a string in its pickle")[...]
    if let first = raw.first, first == UInt8(ascii: "'") || first == UInt8(ascii: "\""),
      raw.count >= 2, raw.last == first
    {
      raw = raw.dropFirst().dropLast()
    }
    return raw.contains(UInt8(ascii: "\\"))
      ? .opaque : .bytes(UnsafeRawBufferPointer(rebasing: raw))
  }
}

extension CheckpointError.Problem {
  /// A pickle that takes from its stack what it never put there.
  static let underflow = CheckpointError.Problem.malformed("its pickle takes from an empty stack")
}
