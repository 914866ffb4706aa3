internal import Tensors

/// The few calls that a pickle may make, each done here.
extension PickleMachine {
  /// REDUCE: a function's name and its arguments are replaced by what the function would return.
  mutating func reduce() throws(CheckpointError.Problem) {
    let arguments = try pop()
    let function = try pop()
    guard case .global(let name) = function, case .tuple(let index) = arguments else {
      throw .malformed("its pickle calls something that is not a function")
    }
    try call(name, heap.tuples[index])
  }

  private mutating func call(
    _ name: PickleGlobal, _ arguments: [PickleValue]
  ) throws(CheckpointError.Problem) {
    switch name {
    case .orderedDictionary: try makeDictionary(arguments)
    case .set: pushList(try copy(arguments.first))
    case .size: pushTuple(try copy(arguments.first))
    case .device: stack.append(arguments.first ?? .none)
    case .encodeText: stack.append(try encode(arguments))
    case .rebuildTensor: try makeTensor(arguments)
    case .rebuildParameter:
      guard let tensor = arguments.first, case .tensor = tensor else {
        throw .malformed("its pickle makes a parameter of something that is not a tensor")
      }
      stack.append(tensor)
    case .numPyReconstruct:
      heap.arrays.append(PickledArray())
      stack.append(.array(heap.arrays.count - 1))
    case .numPyFromBuffer: try makeArray(arguments)
    case .numPyTypeClass: try makeNumPyType(arguments)
    case .numPyScalar: stack.append(try scalar(arguments))
    case .storageClass, .numPyArrayClass:
      throw .malformed("its pickle calls a class that only describes data")
    }
  }

  /// BUILD: completes an object with its state.
  mutating func build() throws(CheckpointError.Problem) {
    let state = try pop()
    let object = try pop()
    switch object {
    case .dictionary:
      // An OrderedDict's own attributes, such as the module versions in `_metadata`: not needed.
      break
    case .numPyType(let index):
      // (version, byte order, …): only the order matters to plain numbers.
      guard let fields = heap.elements(state), fields.count >= 2, let order = fields[1].text else {
        throw .malformed("its pickle describes a NumPy type in an unknown way")
      }
      heap.numPyTypes[index].isBigEndian = order == ">"
    case .array(let index):
      guard let fields = heap.elements(state), fields.count == 5,
        let shape = heap.counts(fields[1]), case .numPyType(let type) = fields[2],
        let isFortranOrder = fields[3].integer
      else { throw .malformed("its pickle describes a NumPy array in an unknown way") }
      heap.arrays[index] = PickledArray(
        type: heap.numPyTypes[type], shape: shape, isFortranOrder: isFortranOrder != 0,
        data: fields[4])
    case .tensor, .list, .tuple, .none: break
    default: throw .malformed("its pickle sets the state of something that has none")
    }
    stack.append(object)
  }

  /// BINPERSID: PyTorch names a storage by ("storage", class, key, device, count[, view]).
  mutating func persistentObject(_ id: PickleValue) throws(CheckpointError.Problem) {
    guard case .tuple(let index) = id else {
      throw .malformed("its pickle names a storage in an unknown way")
    }
    let fields = heap.tuples[index]
    guard fields.count >= 5, fields[0].text == "storage",
      case .global(.storageClass(let type)) = fields[1], let key = fields[2].text,
      let count = fields[4].count
    else { throw .malformed("its pickle names a storage in an unknown way") }
    var storage = PickledStorage(key: key, type: type, count: count)
    if fields.count > 5, let view = heap.elements(fields[5]) {
      guard view.count == 3, let offset = view[1].count, let viewCount = view[2].count,
        offset <= count, viewCount <= count - offset
      else { throw .malformed("its pickle names a view that its storage cannot hold") }
      storage.viewOffset = offset
    }
    heap.storages.append(storage)
    stack.append(.storage(heap.storages.count - 1))
  }

  private mutating func copy(
    _ argument: PickleValue?
  ) throws(CheckpointError.Problem) -> [PickleValue] {
    let elements = argument.flatMap { heap.elements($0) } ?? []
    try charge(elements.count)
    return elements
  }

  /// Counts elements that a call copies: a pickle that copies more than it holds is no checkpoint.
  private mutating func charge(_ count: Int) throws(CheckpointError.Problem) {
    copiedCount += count
    guard copiedCount <= reader.bytes.count else {
      throw .malformed("its pickle copies the same values over and over")
    }
  }

  private mutating func makeDictionary(
    _ arguments: [PickleValue]
  ) throws(CheckpointError.Problem) {
    var keysAndValues: [PickleValue] = []
    if let pairs = arguments.first {
      guard let elements = heap.elements(pairs) else {
        throw .malformed("its pickle makes a dictionary of something that is not a list")
      }
      try charge(elements.count)
      for element in elements {
        guard let pair = heap.elements(element), pair.count == 2 else {
          throw .malformed("its pickle makes a dictionary of something that is not pairs")
        }
        keysAndValues += pair
      }
    }
    pushDictionary(keysAndValues)
  }

  /// `_rebuild_tensor[_v2|_v3](storage, offset, size, stride, requires_grad, hooks, dtype)`.
  private mutating func makeTensor(
    _ arguments: [PickleValue]
  ) throws(CheckpointError.Problem) {
    guard arguments.count >= 4, case .storage(let storage) = arguments[0],
      let offset = arguments[1].count, let shape = heap.counts(arguments[2]),
      let strides = heap.counts(arguments[3]), shape.count == strides.count
    else { throw .malformed("its pickle describes a tensor in an unknown way") }
    var type = heap.storages[storage].type
    if arguments.count >= 7, case .scalarType(let given) = arguments[6] { type = given }
    heap.tensors.append(
      PickledTensor(storage: storage, type: type, offset: offset, shape: shape, strides: strides))
    stack.append(.tensor(heap.tensors.count - 1))
  }

  /// `numpy.dtype("f4", align, copy)`.
  private mutating func makeNumPyType(
    _ arguments: [PickleValue]
  ) throws(CheckpointError.Problem) {
    guard let code = arguments.first?.text else {
      throw .malformed("its pickle describes a NumPy type in an unknown way")
    }
    heap.numPyTypes.append(try NumPyType(code: code))
    stack.append(.numPyType(heap.numPyTypes.count - 1))
  }

  /// `_frombuffer(buffer, dtype, shape, order)`, protocol 5.
  private mutating func makeArray(_ arguments: [PickleValue]) throws(CheckpointError.Problem) {
    guard arguments.count == 4, case .numPyType(let type) = arguments[1],
      let shape = heap.counts(arguments[2]), let order = arguments[3].text
    else { throw .malformed("its pickle describes a NumPy array in an unknown way") }
    heap.arrays.append(
      PickledArray(
        type: heap.numPyTypes[type], shape: shape, isFortranOrder: order == "F",
        data: arguments[0]))
    stack.append(.array(heap.arrays.count - 1))
  }

  /// `_codecs.encode(text, "latin1")`: how protocol 2 spells the bytes of an array.
  private mutating func encode(
    _ arguments: [PickleValue]
  ) throws(CheckpointError.Problem) -> PickleValue {
    guard arguments.count == 2, case .string(let string) = arguments[0],
      let encoding = arguments[1].text, ["latin1", "latin-1"].contains(encoding)
    else { throw .malformed("its pickle spells bytes in an unknown encoding") }
    try charge(string.utf8.count)
    var made: [UInt8] = []
    made.reserveCapacity(string.utf8.count)
    for scalar in string.unicodeScalars {
      guard scalar.value < 256 else { throw .malformed("its pickle spells bytes beyond latin1") }
      made.append(UInt8(scalar.value))
    }
    return .madeBytes(made)
  }

  /// `scalar(dtype, bytes)`: a single NumPy number, such as a best accuracy.
  private func scalar(_ arguments: [PickleValue]) throws(CheckpointError.Problem) -> PickleValue {
    guard arguments.count == 2, case .numPyType(let index) = arguments[0] else {
      throw .malformed("its pickle describes a NumPy number in an unknown way")
    }
    let array = PickledArray(type: heap.numPyTypes[index], data: arguments[1])
    // Strings, dates and the like are harmless and no part of any weight.
    guard heap.numPyTypes[index].scalarType != nil,
      let value = try array.number()
    else { return .opaque }
    return .real(value)
  }
}
