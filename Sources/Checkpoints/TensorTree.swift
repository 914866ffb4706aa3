internal import Networks
internal import Tensors

/// The part of a pickle that holds tensors: which dictionary is the state dict, and what is beside it.
struct TensorTree {
  private enum Leaf {
    case tensor(PickledTensor)
    case array(PickledArray)

    var shape: [Int] {
      switch self {
      case .tensor(let tensor): tensor.shape
      case .array(let array): array.shape
      }
    }
  }

  private var leaves: [(name: String, leaf: Leaf)] = []
  private var container: String?
  private var metadata: [String: String] = [:]

  /// Where training programs keep the weights, the best first: averaged weights are what a
  /// checkpoint's author reports, but plain ones are what `load_state_dict` takes by default.
  private static let containers = [
    "state_dict", "model_state_dict", "model_state", "model", "net", "network", "weights", "params",
    "module", "state_dict_ema", "model_ema_state_dict", "ema_state_dict", "model_ema", "ema",
    "ema_model", "teacher", "student", "target_encoder", "encoder", "backbone", "trunk",
  ]

  /// Finds the dictionary of tensors in what a pickle made.
  init(_ root: PickleValue, _ heap: PickleHeap) throws(CheckpointError.Problem) {
    guard case .dictionary(let rootIndex) = root else {
      throw .unsupported("its pickle holds no dictionary of tensors; save model.state_dict()")
    }
    var index = rootIndex
    // A state dict may lie two levels down, as in {"model": {"state_dict": …}}.
    for _ in 0..<3 {
      let pairs = heap.dictionaries[index]
      if pairs.contains(where: { TensorTree.isLeaf($0.value) || heap.isListOfLeaves($0.value) }) {
        break
      }
      guard let (key, inner) = try TensorTree.nested(pairs, heap) else { break }
      for (name, value) in pairs {
        if let name = name.text, let text = value.shortText { metadata[name] = text }
      }
      container = [container, key].compactMap { $0 }.joined(separator: ".")
      index = inner
    }
    for (key, value) in heap.dictionaries[index] {
      guard let name = key.text ?? key.integer.map(String.init) else { continue }
      try collect(value, name, heap)
      if let text = value.shortText { metadata[name] = text }
    }
    guard !leaves.isEmpty else {
      throw .unsupported("its pickle holds no tensors; save model.state_dict()")
    }
  }

  /// Describes every tensor; `store` says where a tensor's storage lies and checks that it fits.
  ///
  /// Tensors may share a storage or repeat its elements, but not so often that a short file fills the
  /// memory: together they may hold eight elements for every byte of the file.
  func weights(
    format: WeightFile.Format, of mapping: FileMapping,
    store: (PickledTensor, String) throws(CheckpointError.Problem) -> StoredTensor
  ) throws(CheckpointError.Problem) -> WeightFile {
    var weights = WeightFile(format: format, metadata: metadata, container: container)
    var elements = 0
    for (name, leaf) in leaves {
      elements = elements.addingReportingOverflow(elementCount(of: leaf.shape) ?? .max).partialValue
      guard elements >= 0, elements / 8 <= mapping.bytes.count else {
        throw .malformed("its tensors share their storages too often to be weights")
      }
      guard weights.tensors[name] == nil else {
        throw .malformed("it holds two tensors named '\(name)'")
      }
      switch leaf {
      case .tensor(let tensor): weights.tensors[name] = try store(tensor, name)
      case .array(let array): weights.tensors[name] = try array.stored(named: name, in: mapping)
      }
    }
    return weights
  }

  private mutating func collect(
    _ value: PickleValue, _ name: String, _ heap: PickleHeap
  ) throws(CheckpointError.Problem) {
    switch value {
    case .tensor(let index): leaves.append((name, .tensor(heap.tensors[index])))
    case .array(let index): leaves.append((name, .array(heap.arrays[index])))
    case .list, .tuple:
      // A layer as [weight, bias]: one level only, deeper lists are no weights.
      for (position, element) in (heap.elements(value) ?? []).enumerated() {
        if TensorTree.isLeaf(element) { try collect(element, "\(name).\(position)", heap) }
      }
    default: break
    }
  }

  private static func nested(
    _ pairs: [(key: PickleValue, value: PickleValue)], _ heap: PickleHeap
  ) throws(CheckpointError.Problem) -> (String, Int)? {
    var found: [String: Int] = [:]
    for (key, value) in pairs {
      if let name = key.text, case .dictionary(let index) = value { found[name] = index }
    }
    for name in containers {
      if let index = found[name] { return (name, index) }
    }
    let withTensors = found.filter { entry in
      heap.dictionaries[entry.value].contains { isLeaf($0.value) }
    }
    guard withTensors.count <= 1 else {
      let names = withTensors.keys.sorted().joined(separator: ", ")
      throw .unsupported(
        "its pickle holds several dictionaries of tensors (\(names)); save the one that you mean")
    }
    return withTensors.first.map { ($0.key, $0.value) }
  }

  private static func isLeaf(_ value: PickleValue) -> Bool {
    switch value {
    case .tensor, .array: true
    default: false
    }
  }
}

extension PickleHeap {
  /// Whether a value is a list that begins with a tensor.
  fileprivate func isListOfLeaves(_ value: PickleValue) -> Bool {
    switch elements(value)?.first {
    case .tensor, .array: true
    default: false
    }
  }
}
