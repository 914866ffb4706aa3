/// A contiguous Float32 array with a shape, row-major: the last axis changes fastest.
///
/// Images are [B, H, W, C], embeddings [N, D]. A value: copies share memory until one is written to
/// (copy-on-write over `FloatStorage`). An empty shape is a scalar (count 1); an axis of 0 makes an
/// empty tensor.
public struct Tensor: Sendable {
  /// Length of each axis.
  public let shape: [Int]

  /// The floats; at least `count` of them.
  package private(set) var storage: FloatStorage

  /// Zeros of the given shape.
  ///
  /// - Precondition: no axis is negative.
  public init(shape: [Int]) {
    self.init(shape: shape, storage: FloatStorage(count: Tensor.count(of: shape)))
  }

  /// The given values, row-major.
  ///
  /// - Precondition: `values.count` is the product of `shape`.
  public init(shape: [Int], values: [Float]) {
    let count = Tensor.count(of: shape)
    precondition(
      values.count == count, "Tensor: \(values.count) values don't fill the shape \(shape)")
    let storage = FloatStorage(uninitializedCount: count)
    values.withUnsafeBufferPointer { source in
      guard let base = source.baseAddress else { return }
      storage.pointer.update(from: base, count: count)
    }
    self.init(shape: shape, storage: storage)
  }

  /// A tensor over an existing storage, without a copy.
  ///
  /// - Precondition: the storage holds exactly the product of `shape` floats.
  public init(shape: [Int], storage: FloatStorage) {
    precondition(
      storage.count == Tensor.count(of: shape),
      "Tensor: a storage of \(storage.count) floats doesn't fit the shape \(shape)")
    self.shape = shape
    self.storage = storage
  }

  /// Number of elements of a shape: the product of its axes (1 for a scalar).
  public static func count(of shape: [Int]) -> Int {
    shape.reduce(1) { product, axis in
      precondition(axis >= 0, "Tensor: negative axis in the shape \(shape)")
      return product * axis
    }
  }

  /// Number of elements.
  public var count: Int { storage.count }

  /// The elements, row-major, copied into an array.
  public var values: [Float] { withUnsafeBufferPointer { Array($0) } }

  /// Length of the first axis (1 for a scalar).
  public var rowCount: Int { shape.first ?? 1 }

  /// Elements per row: the product of all axes but the first.
  public var rowLength: Int { Tensor.count(of: Array(shape.dropFirst())) }

  /// The same elements under another shape; shares memory.
  ///
  /// - Precondition: the products of both shapes are equal.
  public func reshaped(to shape: [Int]) -> Tensor { Tensor(shape: shape, storage: storage) }

  /// Row `index` of the first axis as a tensor of its own (a copy), shape without the first axis.
  public func row(_ index: Int) -> Tensor {
    precondition(
      shape.count >= 1 && index >= 0 && index < rowCount, "Tensor: row \(index) of \(shape)")
    return rows(index..<(index + 1)).reshaped(to: Array(shape.dropFirst()))
  }

  /// Rows `range` of the first axis (a copy), shape [range.count, …].
  public func rows(_ range: Range<Int>) -> Tensor {
    precondition(
      shape.count >= 1 && range.lowerBound >= 0 && range.upperBound <= rowCount,
      "Tensor: rows \(range) of \(shape)")
    let length = rowLength
    let result = FloatStorage(uninitializedCount: range.count * length)
    result.pointer.update(
      from: storage.pointer + range.lowerBound * length, count: range.count * length)
    return Tensor(shape: [range.count] + shape.dropFirst(), storage: result)
  }

  /// One element by its index in row-major order.
  public subscript(flat index: Int) -> Float {
    get {
      precondition(index >= 0 && index < count, "Tensor: element \(index) of \(count)")
      return storage.pointer[index]
    }
    set {
      precondition(index >= 0 && index < count, "Tensor: element \(index) of \(count)")
      makeUnique()
      storage.pointer[index] = newValue
    }
  }

  /// Calls `body` with all elements; the pointer is valid during the call only.
  public func withUnsafeBufferPointer<R, E: Error>(
    _ body: (UnsafeBufferPointer<Float>) throws(E) -> R
  ) throws(E) -> R {
    // The local reference keeps the storage alive through the call.
    let storage = storage
    defer { withExtendedLifetime(storage) {} }
    return try body(UnsafeBufferPointer(storage.buffer))
  }

  /// Calls `body` with all elements for writing, after taking a copy if the memory is shared.
  public mutating func withUnsafeMutableBufferPointer<R, E: Error>(
    _ body: (UnsafeMutableBufferPointer<Float>) throws(E) -> R
  ) throws(E) -> R {
    makeUnique()
    let storage = storage
    defer { withExtendedLifetime(storage) {} }
    return try body(storage.buffer)
  }

  private mutating func makeUnique() {
    if !isKnownUniquelyReferenced(&storage) { storage = storage.copy() }
  }
}

extension Tensor: Equatable {
  /// Whether shapes and all elements are equal (as floats: NaN ≠ NaN, −0 = 0).
  public static func == (a: Tensor, b: Tensor) -> Bool {
    a.shape == b.shape && zip(a.storage.buffer, b.storage.buffer).allSatisfy { $0 == $1 }
  }
}
