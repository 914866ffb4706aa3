public import Networks
internal import Synchronization
package import Tensors

/// The tensors of a file by name, in the file's order, none of them read yet.
public struct TensorTable: Sendable {
  /// The names, in the order in which they were first set.
  public private(set) var names: [String] = []
  private var tensors: [StoredTensor] = []
  private var places: [String: Int] = [:]

  /// An empty table.
  public init() {}

  /// A table of tensors that are in memory already.
  public init(_ state: StateDict) {
    for (name, tensor) in state.entries { self[name] = StoredTensor(tensor) }
  }

  /// A table of tensors of zeros, for names and shapes that come without values.
  package init(shapes: [(name: String, shape: [Int])]) {
    for (name, shape) in shapes { self[name] = .zeros(shape) }
  }

  /// The number of entries.
  public var count: Int { names.count }

  /// The entries in order.
  public var entries: [(name: String, tensor: StoredTensor)] {
    zip(names, tensors).map { ($0, $1) }
  }

  /// The tensor of a name; nil where there is none.
  ///
  /// Setting nil changes nothing.
  public internal(set) subscript(name: String) -> StoredTensor? {
    get { places[name].map { tensors[$0] } }
    set {
      guard let newValue else { return }
      if let place = places[name] {
        tensors[place] = newValue
      } else {
        places[name] = names.count
        names.append(name)
        tensors.append(newValue)
      }
    }
  }

  /// Names and shapes in order.
  var shapes: [(name: String, shape: [Int])] { zip(names, tensors).map { ($0, $1.shape) } }

  /// Reads every tensor, several at a time.
  ///
  /// - Throws: the problem of the first tensor, in order, that cannot be read.
  package func read() throws(CheckpointError.Problem) -> StateDict {
    let failures = Mutex<[Int: CheckpointError.Problem]>([:])
    let results = Mutex<[Tensor?]>(Array(repeating: nil, count: count))
    Parallel.forEach(count) { index in
      do throws(CheckpointError.Problem) {
        let tensor = try tensors[index].tensor()
        results.withLock { $0[index] = tensor }
      } catch {
        failures.withLock { $0[index] = error }
      }
    }
    if let first = failures.withLock({ $0.min { $0.key < $1.key } }) { throw first.value }
    let read = results.withLock { $0 }
    return StateDict(zip(names, read).compactMap { name, tensor in tensor.map { (name, $0) } })
  }
}
