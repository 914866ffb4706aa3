public import Tensors

/// Named tensors of a network, in order: what PyTorch calls a state dict.
///
/// Names and layouts are PyTorch's: convolution weights `[out, in / groups, height, width]`, linear
/// weights `[out, in]`. Lookup by name is O(1); removal is O(count).
public struct StateDict: Sendable {
  /// The names, in the order in which they were first set.
  public private(set) var names: [String] = []
  /// In the order of ``names``.
  private var tensors: [Tensor] = []
  private var places: [String: Int] = [:]

  /// An empty state dict.
  public init() {}

  /// A state dict of these entries; a later entry replaces an earlier one of the same name.
  public init(_ entries: some Sequence<(String, Tensor)>) {
    for (name, tensor) in entries { self[name] = tensor }
  }

  /// The number of entries.
  public var count: Int { names.count }

  /// True without entries.
  public var isEmpty: Bool { names.isEmpty }

  /// The entries in order.
  public var entries: [(name: String, tensor: Tensor)] {
    zip(names, tensors).map { ($0, $1) }
  }

  /// The tensor of a name; nil where there is none.
  ///
  /// Setting nil removes the entry.
  public subscript(name: String) -> Tensor? {
    get { places[name].map { tensors[$0] } }
    set {
      switch (places[name], newValue) {
      case (let place?, let tensor?):
        tensors[place] = tensor
      case (nil, let tensor?):
        places[name] = names.count
        names.append(name)
        tensors.append(tensor)
      case (let place?, nil):
        names.remove(at: place)
        tensors.remove(at: place)
        places = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
      case (nil, nil):
        break
      }
    }
  }

  /// Changes the values of an entry in place; an absent one begins as a vector of zeros.
  ///
  /// - Precondition: the entry has `count` values.
  package mutating func update(
    _ name: String, count: Int, _ body: (UnsafeMutablePointer<Float>) -> Void
  ) {
    if places[name] == nil { self[name] = Tensor(shape: [count]) }
    guard let place = places[name] else { return }
    tensors[place].withUnsafeMutableBufferPointer { values in
      precondition(values.count == count, "'\(name)' has \(values.count) values, not \(count)")
      if let base = values.baseAddress { body(base) }
    }
  }

  /// The entries whose names satisfy a condition.
  public func filter(_ isIncluded: (String) -> Bool) -> StateDict {
    StateDict(entries.filter { isIncluded($0.name) }.map { ($0.name, $0.tensor) })
  }

  /// The same tensors under other names; entries for which `rename` gives nil are dropped.
  public func renamed(_ rename: (String) -> String?) -> StateDict {
    StateDict(entries.compactMap { entry in rename(entry.name).map { ($0, entry.tensor) } })
  }

  /// These entries, with those of `other` replacing or following them.
  public func merging(_ other: StateDict) -> StateDict {
    var result = self
    for (name, tensor) in other.entries { result[name] = tensor }
    return result
  }
}
