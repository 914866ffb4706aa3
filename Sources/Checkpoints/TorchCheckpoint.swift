public import Foundation
public import Networks
internal import Tensors

/// Reads what `torch.save` wrote: zip archives (since PyTorch 1.6) and the legacy pickle stream, and
/// bare pickles of NumPy arrays.
///
/// No Python is run, and nothing in the file can make code run: see ``PickleMachine``. Shared
/// storages, strided and transposed tensors are gathered into dense tensors; every element type is
/// rounded to Float32.
public enum TorchCheckpoint {
  /// The state dict of a file, under the file's own names.
  ///
  /// It is the file's dictionary of tensors, or the one that it keeps under `state_dict`, `model` or
  /// the like.
  ///
  /// - Throws: ``CheckpointError``; `.refused` names the Python object of a pickle that asks for
  ///   anything but tensors, numbers, strings and containers.
  public static func read(_ file: URL) throws(CheckpointError) -> StateDict {
    try naming(file) { () throws(CheckpointError.Problem) in
      let mapping = try FileMapping(file)
      let bytes = mapping.bytes
      guard !bytes.isEmpty else { throw .truncated("it is empty") }
      if ZipArchive.matches(bytes) {
        return try parse(try ZipArchive(bytes), of: mapping).tensors.read()
      }
      guard PickleMachine.mayBegin(bytes) else { throw .unsupported("it is not a PyTorch file") }
      return try parsePickle(mapping).tensors.read()
    }
  }

  /// The number with which legacy files begin, as a pickled integer.
  private static let legacyMagic: [UInt8] = [
    0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E,
  ]

  // MARK: Zip

  static func parse(
    _ archive: ZipArchive, of mapping: FileMapping
  ) throws(CheckpointError.Problem) -> WeightFile {
    guard
      let main = archive.entries.first(where: {
        $0.name == "data.pkl" || $0.name.hasSuffix("/data.pkl")
      })
    else { throw .unsupported("it is a zip archive without PyTorch's data.pkl") }
    let folder = String(main.name.dropLast("data.pkl".count))
    let names = Dictionary(
      archive.entries.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    guard names[folder + "constants.pkl"] == nil else {
      throw .unsupported(
        "it is a TorchScript program; save model.state_dict() from Python instead")
    }
    if let order = names[folder + "byteorder"] {
      let isLittle = try archive.withBytes(of: order) { (bytes) throws(CheckpointError.Problem) in
        bytes.elementsEqual("little".utf8)
      }
      guard isLittle else {
        throw .unsupported("it was saved on a big-endian machine; save it again on a common one")
      }
    }
    return try archive.withBytes(of: main) { (pickle) throws(CheckpointError.Problem) in
      var machine = PickleMachine(pickle)
      let root = try machine.run()
      let tree = try TensorTree(root, machine.heap)
      let contents = ZipContents(archive, of: mapping)
      return try tree.weights(format: .torchZip, of: mapping) {
        (tensor, name) throws(CheckpointError.Problem) in
        let storage = machine.heap.storages[tensor.storage]
        guard let entry = names["\(folder)data/\(storage.key)"] else {
          throw .truncated("the storage \(storage.key) of '\(name)' is missing")
        }
        try archive.checkPresence(of: entry)
        let view = try TensorView(tensor, of: storage, byteCount: entry.count, named: name)
        return view.stored { (body) throws(CheckpointError.Problem) in
          try contents.withBytes(of: entry, body)
        }
      }
    }
  }

  // MARK: Legacy

  static func parsePickle(_ mapping: FileMapping) throws(CheckpointError.Problem) -> WeightFile {
    let bytes = mapping.bytes
    guard bytes.starts(with: legacyMagic) else {
      if bytes.count < legacyMagic.count, legacyMagic.starts(with: bytes) {
        throw .truncated("it ends within its first number")
      }
      return try parseBarePickle(mapping)
    }
    var machine = PickleMachine(bytes, at: legacyMagic.count)
    guard case .integer(1001) = try machine.run() else {
      throw .unsupported("it has a legacy protocol other than 1001")
    }
    try checkSystem(try machine.run(), machine.heap)
    let root = try machine.run()
    let list = try machine.run()
    guard let keys = machine.heap.elements(list) else {
      throw .malformed("its list of storages is missing")
    }
    var types: [String: ScalarType] = [:]
    for storage in machine.heap.storages { types[storage.key] = storage.type }
    var storages: [String: Range<Int>] = [:]
    var reader = ByteReader(bytes, at: machine.endOffset)
    for key in keys {
      guard let name = key.text, let type = types[name] else {
        throw .malformed("its list of storages names one that no tensor uses")
      }
      let announced = try reader.integer(Int64.self, "the length of storage \(name)")
      guard let count = Int(exactly: announced), count >= 0,
        case let (size, overflow) = count.multipliedReportingOverflow(by: type.byteCount), !overflow
      else { throw .malformed("storage \(name) announces an impossible length") }
      let start = reader.offset
      _ = try reader.take(size, "storage \(name)")
      storages[name] = start..<reader.offset
    }
    let tree = try TensorTree(root, machine.heap)
    return try tree.weights(format: .torchLegacy, of: mapping) {
      (tensor, name) throws(CheckpointError.Problem) in
      let storage = machine.heap.storages[tensor.storage]
      guard let range = storages[storage.key] else {
        throw .truncated("the storage of '\(name)' is missing")
      }
      let view = try TensorView(tensor, of: storage, byteCount: range.count, named: name)
      return view.stored { (body) throws(CheckpointError.Problem) in
        try body(UnsafeRawBufferPointer(rebasing: mapping.bytes[range]))
      }
    }
  }

  private static func checkSystem(
    _ value: PickleValue, _ heap: PickleHeap
  ) throws(CheckpointError.Problem) {
    guard case .dictionary(let index) = value else {
      throw .malformed("its description of the system that saved it is missing")
    }
    for (key, value) in heap.dictionaries[index] where key.text == "little_endian" {
      guard value.integer == 1 else {
        throw .unsupported("it was saved on a big-endian machine; save it again on a common one")
      }
    }
  }

  private static func parseBarePickle(
    _ mapping: FileMapping
  ) throws(CheckpointError.Problem) -> WeightFile {
    var machine = PickleMachine(mapping.bytes)
    let root: PickleValue
    do throws(CheckpointError.Problem) {
      root = try machine.run()
    } catch {
      if case .refused = error { throw error }
      // Protocols 0 and 1 have no signature: what cannot be read may be any text.
      guard mapping.bytes.first == 0x80 else {
        throw .unsupported(
          "its first bytes are those of no weight file (safetensors, PyTorch or NumPy)")
      }
      throw error
    }
    guard machine.endOffset == mapping.bytes.count else {
      throw .malformed(
        "\(mapping.bytes.count - machine.endOffset) bytes follow the end of its pickle")
    }
    let tree = try TensorTree(root, machine.heap)
    return try tree.weights(format: .numPyPickle, of: mapping) {
      (_, name) throws(CheckpointError.Problem) in
      throw .malformed("the tensor '\(name)' has no storage")
    }
  }
}

/// The part of a storage that is a tensor, checked against the length of the storage.
private struct TensorView: Sendable {
  let elements: StridedElements
  /// The part of the storage in which the elements are counted.
  let range: Range<Int>
  let name: String

  init(
    _ tensor: PickledTensor, of storage: PickledStorage, byteCount: Int, named name: String
  ) throws(CheckpointError.Problem) {
    let size = storage.type.byteCount
    let (announced, overflow) = storage.count.multipliedReportingOverflow(by: size)
    guard !overflow, byteCount >= announced else {
      throw .truncated("the storage of '\(name)' holds \(byteCount) bytes, not \(announced)")
    }
    range = (storage.viewOffset * size)..<announced
    elements = StridedElements(
      type: tensor.type, offset: tensor.offset, shape: tensor.shape, strides: tensor.strides)
    self.name = name
    try elements.check(byteCount: range.count, named: name)
  }

  /// The tensor, read when asked for from the bytes that `lend` hands over.
  func stored(
    _ lend:
      @escaping @Sendable (
        (UnsafeRawBufferPointer) throws(CheckpointError.Problem) -> Tensor
      ) throws(CheckpointError.Problem) -> Tensor
  ) -> StoredTensor {
    StoredTensor(shape: elements.shape, type: elements.type) {
      () throws(CheckpointError.Problem) in
      try lend { (bytes) throws(CheckpointError.Problem) in
        try elements.tensor(from: UnsafeRawBufferPointer(rebasing: bytes[range]), named: name)
      }
    }
  }
}
