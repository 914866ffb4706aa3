package import Tensors

/// A tensor that still lies in a file: its shape is known, its values are read when asked for.
///
/// Whatever can be checked without touching the values has been checked, so that asking fails only
/// where the values themselves are damaged (a checksum, a deflated entry).
public struct StoredTensor: Sendable {
  /// The shape, in PyTorch's layout once a ``NameMapping`` has seen it.
  public let shape: [Int]
  /// The element type in the file; nil where the file's own differ, or have none here.
  public let type: ScalarType?
  private let load: @Sendable () throws(CheckpointError.Problem) -> Tensor

  /// A tensor whose values a closure reads, each time anew.
  init(
    shape: [Int], type: ScalarType?,
    _ load: @escaping @Sendable () throws(CheckpointError.Problem) -> Tensor
  ) {
    self.shape = shape
    self.type = type
    self.load = load
  }

  /// A tensor that is in memory already.
  package init(_ tensor: Tensor) {
    self.init(shape: tensor.shape, type: .float32) { tensor }
  }

  /// The number of elements.
  public var count: Int { shape.reduce(1, *) }

  /// Reads the values, rounded to Float32.
  package func tensor() throws(CheckpointError.Problem) -> Tensor { try load() }

  /// The same elements in the same order under another shape.
  ///
  /// - Precondition: the products of both shapes are equal.
  func reshaped(to shape: [Int]) -> StoredTensor {
    changed(to: shape) { $0.reshaped(to: shape) }
  }

  /// What a change of the values makes of the tensor.
  func changed(
    to shape: [Int], _ change: @escaping @Sendable (Tensor) -> Tensor
  ) -> StoredTensor {
    let load = load
    return StoredTensor(shape: shape, type: type) { () throws(CheckpointError.Problem) in
      change(try load())
    }
  }
}
