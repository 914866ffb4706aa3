internal import Tensors

/// One value that a pickle can build here.
///
/// Containers live in the ``PickleHeap`` and are named by their index: a pickle may nest them a
/// million deep or into themselves, and neither can then exhaust the stack or leak.
package enum PickleValue {
  case none
  case bool(Bool)
  case integer(Int64)
  case real(Double)
  case string(String)
  /// Bytes of the file itself, and Python 2 strings.
  case bytes(UnsafeRawBufferPointer)
  /// Bytes that had to be made, such as those of `_codecs.encode`.
  case madeBytes([UInt8])
  case tuple(Int)
  case list(Int)
  case dictionary(Int)
  case global(PickleGlobal)
  case scalarType(ScalarType)
  case storage(Int)
  case tensor(Int)
  case numPyType(Int)
  case array(Int)
  /// An integer beyond 64 bits or another harmless value that no weight needs.
  case opaque

  /// The text of a string, or of bytes that are UTF-8.
  var text: String? {
    switch self {
    case .string(let string): string
    case .bytes(let bytes): String(validating: bytes, as: UTF8.self)
    case .madeBytes(let bytes): String(validating: bytes, as: UTF8.self)
    default: nil
    }
  }

  /// The value of an integer or of a Boolean.
  var integer: Int? {
    switch self {
    case .integer(let value): Int(value)
    case .bool(let value): value ? 1 : 0
    default: nil
    }
  }

  /// The value of an integer that counts something.
  var count: Int? { integer.flatMap { $0 >= 0 ? $0 : nil } }

  /// Numbers, strings and Booleans as they would be printed; nil for everything else.
  var shortText: String? {
    switch self {
    case .bool(let value): value ? "True" : "False"
    case .integer(let value): String(value)
    case .real(let value): String(value)
    case .string(let value): value.count <= 200 ? value : nil
    default: nil
    }
  }
}

/// A run of elements in a checkpoint, by the key under which its bytes are kept.
package struct PickledStorage: Sendable {
  var key: String
  var type: ScalarType
  /// Elements in the whole storage under that key, nil until the file says so (legacy views).
  var count: Int
  /// Where a view into the storage starts, in elements; legacy files only.
  var viewOffset = 0
}

/// A tensor as PyTorch pickles it: a storage, where it starts in it, and its strides.
package struct PickledTensor: Sendable {
  var storage: Int
  var type: ScalarType
  var offset: Int
  var shape: [Int]
  var strides: [Int]
}

/// A NumPy array as pickled: its elements are bytes of the pickle.
package struct PickledArray {
  var type: NumPyType?
  var shape: [Int] = []
  var isFortranOrder = false
  var data: PickleValue = .none

  /// The elements rounded to Float32, in C order, as a tensor that is read when asked for.
  func stored(
    named name: String, in mapping: FileMapping
  ) throws(CheckpointError.Problem) -> StoredTensor {
    guard let type, let scalarType = type.scalarType else {
      throw .unsupported("the array '\(name)' does not hold real numbers; convert it first")
    }
    guard !type.isBigEndian || type.byteCount == 1 else {
      throw .unsupported("the array '\(name)' is big-endian; convert it with astype('<f4')")
    }
    let elements = StridedElements(
      type: scalarType, shape: shape, order: isFortranOrder ? .fortran : .c)
    switch data {
    case .bytes(let bytes):
      try elements.check(byteCount: bytes.count, named: name)
      let bytes = PickledBytes(bytes: bytes, mapping: mapping)
      return StoredTensor(shape: shape, type: scalarType) { () throws(CheckpointError.Problem) in
        try elements.tensor(from: bytes.bytes, named: name)
      }
    case .madeBytes(let made):
      try elements.check(byteCount: made.count, named: name)
      return StoredTensor(shape: shape, type: scalarType) { () throws(CheckpointError.Problem) in
        try made.withBytes { (raw) throws(CheckpointError.Problem) in
          try elements.tensor(from: raw, named: name)
        }
      }
    default: throw .malformed("the array '\(name)' has no elements")
    }
  }

  /// The number of an array of one element.
  func number() throws(CheckpointError.Problem) -> Double? {
    guard let scalarType = type?.scalarType, type?.isBigEndian == false || type?.byteCount == 1
    else { return nil }
    let elements = StridedElements(type: scalarType, shape: [], order: .c)
    switch data {
    case .bytes(let bytes):
      return try elements.tensor(from: bytes, named: "a number").values.first.map(Double.init)
    case .madeBytes(let made):
      return try made.withBytes { (raw) throws(CheckpointError.Problem) in
        try elements.tensor(from: raw, named: "a number").values.first.map(Double.init)
      }
    default: throw .malformed("a number in its pickle has no bytes")
    }
  }
}

/// Bytes of a pickle that lies in a mapped file.
private struct PickledBytes: @unchecked Sendable {
  let bytes: UnsafeRawBufferPointer
  let mapping: FileMapping
}

/// Everything that a pickle made, held by index.
package struct PickleHeap {
  var tuples: [[PickleValue]] = []
  var lists: [[PickleValue]] = []
  var dictionaries: [[(key: PickleValue, value: PickleValue)]] = []
  var storages: [PickledStorage] = []
  var tensors: [PickledTensor] = []
  var numPyTypes: [NumPyType] = []
  var arrays: [PickledArray] = []

  /// The elements of a tuple or a list.
  func elements(_ value: PickleValue) -> [PickleValue]? {
    switch value {
    case .tuple(let index): tuples[index]
    case .list(let index): lists[index]
    default: nil
    }
  }

  /// A tuple of lengths, as shapes and strides are.
  func counts(_ value: PickleValue) -> [Int]? {
    // NumPy allows 64 dimensions, PyTorch fewer.
    guard let elements = elements(value), elements.count <= 64 else { return nil }
    var counts: [Int] = []
    for element in elements {
      guard let count = element.count else { return nil }
      counts.append(count)
    }
    return counts
  }
}
