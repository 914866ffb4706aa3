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
      return try withExtendedLifetime(mapping) { () throws(CheckpointError.Problem) in
        let bytes = mapping.bytes
        guard !bytes.isEmpty else { throw .truncated("it is empty") }
        if ZipArchive.matches(bytes) { return try parse(try ZipArchive(bytes)).tensors }
        guard bytes[0] == 0x80 else { throw .unsupported("it is not a PyTorch file") }
        return try parsePickle(bytes).tensors
      }
    }
  }

  /// The number with which legacy files begin, as a pickled integer.
  private static let legacyMagic: [UInt8] = [
    0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E,
  ]

  // MARK: Zip

  static func parse(_ archive: ZipArchive) throws(CheckpointError.Problem) -> WeightFile {
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
      let builder = TensorBuilder(heap: machine.heap)
      return try tree.weights(format: .torchZip, byteCount: archive.byteCount) {
        (tensor, name) throws(CheckpointError.Problem) in
        let storage = machine.heap.storages[tensor.storage]
        guard let entry = names["\(folder)data/\(storage.key)"] else {
          throw .truncated("the storage \(storage.key) of '\(name)' is missing")
        }
        return try archive.withBytes(of: entry) { (bytes) throws(CheckpointError.Problem) in
          try builder.tensor(tensor, from: bytes, named: name)
        }
      }
    }
  }

  // MARK: Legacy

  static func parsePickle(
    _ bytes: UnsafeRawBufferPointer
  ) throws(CheckpointError.Problem) -> WeightFile {
    guard bytes.starts(with: legacyMagic) else {
      if bytes.count < legacyMagic.count, legacyMagic.starts(with: bytes) {
        throw .truncated("it ends within its first number")
      }
      return try parseBarePickle(bytes)
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
    var storages: [String: UnsafeRawBufferPointer] = [:]
    var reader = ByteReader(bytes, at: machine.endOffset)
    for key in keys {
      guard let name = key.text, let type = types[name] else {
        throw .malformed("its list of storages names one that no tensor uses")
      }
      let announced = try reader.integer(Int64.self, "the length of storage \(name)")
      guard let count = Int(exactly: announced), count >= 0,
        case let (size, overflow) = count.multipliedReportingOverflow(by: type.byteCount), !overflow
      else { throw .malformed("storage \(name) announces an impossible length") }
      storages[name] = try reader.take(size, "storage \(name)")
    }
    let tree = try TensorTree(root, machine.heap)
    let builder = TensorBuilder(heap: machine.heap)
    return try tree.weights(format: .torchLegacy, byteCount: bytes.count) {
      (tensor, name) throws(CheckpointError.Problem) in
      let storage = machine.heap.storages[tensor.storage]
      guard let bytes = storages[storage.key] else {
        throw .truncated("the storage of '\(name)' is missing")
      }
      return try builder.tensor(tensor, from: bytes, named: name)
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
    _ bytes: UnsafeRawBufferPointer
  ) throws(CheckpointError.Problem) -> WeightFile {
    var machine = PickleMachine(bytes)
    let root = try machine.run()
    guard machine.endOffset == bytes.count else {
      throw .malformed("\(bytes.count - machine.endOffset) bytes follow the end of its pickle")
    }
    let tree = try TensorTree(root, machine.heap)
    return try tree.weights(format: .numPyPickle, byteCount: bytes.count) {
      (_, name) throws(CheckpointError.Problem) in
      throw .malformed("the tensor '\(name)' has no storage")
    }
  }
}

/// Turns a pickled tensor and the bytes of its storage into a dense tensor.
private struct TensorBuilder {
  let heap: PickleHeap

  func tensor(
    _ tensor: PickledTensor, from bytes: UnsafeRawBufferPointer, named name: String
  ) throws(CheckpointError.Problem) -> Tensor {
    let storage = heap.storages[tensor.storage]
    let (announced, overflow) = storage.count.multipliedReportingOverflow(
      by: storage.type.byteCount)
    guard !overflow, bytes.count >= announced else {
      throw .truncated("the storage of '\(name)' holds \(bytes.count) bytes, not \(announced)")
    }
    let start = storage.viewOffset * storage.type.byteCount
    let elements = StridedElements(
      type: tensor.type, offset: tensor.offset, shape: tensor.shape, strides: tensor.strides)
    return try elements.tensor(
      from: UnsafeRawBufferPointer(rebasing: bytes[start..<announced]), named: name)
  }
}
