internal import Tensors

/// A constant of an ONNX graph: an initializer, or what can be computed from constants alone.
///
/// Real numbers are rounded to Float32, whole numbers are kept exactly, and truth values are 0 and 1.
struct ONNXArray: Sendable {
  /// The elements, row-major.
  enum Elements: Sendable {
    /// Real numbers, or whole ones of at most 16 bits, which Float32 holds exactly.
    case floats(FloatStorage)
    case integers([Int])
  }

  let shape: [Int]
  let elements: Elements
  /// The element type in the file, where it comes straight from there.
  var type: ScalarType?

  init(shape: [Int], floats: FloatStorage) {
    self.shape = shape
    elements = .floats(floats)
  }

  init(shape: [Int], floats values: [Float]) {
    let storage = FloatStorage(uninitializedCount: values.count)
    for (i, value) in values.enumerated() { storage.pointer[i] = value }
    self.init(shape: shape, floats: storage)
  }

  init(shape: [Int], integers: [Int]) {
    self.shape = shape
    elements = .integers(integers)
  }

  /// One number.
  init(_ value: Float) { self.init(shape: [], floats: [value]) }

  /// A list of whole numbers.
  init(_ integers: [Int]) { self.init(shape: [integers.count], integers: integers) }

  var count: Int {
    switch elements {
    case .floats(let storage): storage.count
    case .integers(let values): values.count
    }
  }

  var isInteger: Bool { if case .integers = elements { true } else { false } }

  /// The elements as whole numbers; nil where one is none.
  var integers: [Int]? {
    switch elements {
    case .integers(let values): return values
    case .floats(let storage):
      var result: [Int] = []
      result.reserveCapacity(storage.count)
      for value in storage.buffer {
        guard let whole = Int(exactly: value) else { return nil }
        result.append(whole)
      }
      return result
    }
  }

  /// The elements as Float32.
  var floats: FloatStorage {
    switch elements {
    case .floats(let storage): return storage
    case .integers(let values):
      let storage = FloatStorage(uninitializedCount: values.count)
      for (i, value) in values.enumerated() { storage.pointer[i] = Float(value) }
      return storage
    }
  }

  /// The one number of an array of one element.
  var scalar: Float? {
    guard count == 1 else { return nil }
    switch elements {
    case .floats(let storage): return withExtendedLifetime(storage) { $0.pointer[0] }
    case .integers(let values): return Float(values[0])
    }
  }

  /// The elements as Float32 in memory of their own, for what outlives no storage.
  var numbers: [Float] {
    switch elements {
    case .floats(let storage): return withExtendedLifetime(storage) { Array($0.buffer) }
    case .integers(let values): return values.map { Float($0) }
    }
  }

  /// All elements, if they are one number.
  var uniform: Float? {
    let values = numbers
    guard let first = values.first, values.allSatisfy({ $0 == first }) else {
      return nil
    }
    return first
  }

  /// The elements as a tensor of another shape of as many elements; shares memory.
  func tensor(shape: [Int]? = nil) -> Tensor {
    Tensor(shape: shape ?? self.shape, storage: floats)
  }

  /// The same elements under another shape of as many.
  func reshaped(to shape: [Int]) -> ONNXArray {
    switch elements {
    case .floats(let storage): ONNXArray(shape: shape, floats: storage)
    case .integers(let values): ONNXArray(shape: shape, integers: values)
    }
  }

  /// The elements at these row-major places under a shape.
  func gathered(_ places: [Int], shape: [Int]) -> ONNXArray {
    switch elements {
    case .floats(let storage):
      let result = FloatStorage(uninitializedCount: places.count)
      for (i, place) in places.enumerated() { result.pointer[i] = storage.pointer[place] }
      return ONNXArray(shape: shape, floats: result)
    case .integers(let values):
      return ONNXArray(shape: shape, integers: places.map { values[$0] })
    }
  }

  /// Axis i of the result is axis `order[i]` of this array.
  func transposed(_ order: [Int]) -> ONNXArray {
    if order == Array(order.indices) { return self }
    if order == [1, 0], case .floats(let storage) = elements {
      // The weights of linear layers are large.
      let (rows, columns) = (shape[0], shape[1])
      let result = FloatStorage(uninitializedCount: storage.count)
      for row in 0..<rows {
        for column in 0..<columns {
          result.pointer[column * rows + row] = storage.pointer[row * columns + column]
        }
      }
      return ONNXArray(shape: [columns, rows], floats: result)
    }
    let strides = ONNXArray.strides(of: shape)
    return strided(shape: order.map { shape[$0] }, strides: order.map { strides[$0] })
  }

  /// Repeated along axes of one place to a larger shape, as NumPy broadcasts.
  ///
  /// - Precondition: the shape is one that this array can be broadcast to.
  func broadcast(to target: [Int]) -> ONNXArray {
    if target == shape { return self }
    let strides = ONNXArray.strides(of: shape)
    let missing = target.count - shape.count
    return strided(
      shape: target,
      strides: target.indices.map { axis in
        axis < missing || shape[axis - missing] == 1 ? 0 : strides[axis - missing]
      })
  }

  /// The elements from `offset` on, with a stride for each axis.
  func strided(shape target: [Int], strides: [Int], offset: Int = 0) -> ONNXArray {
    let count = target.reduce(1, *)
    var places: [Int] = []
    places.reserveCapacity(count)
    var index = [Int](repeating: 0, count: target.count)
    var place = offset
    for _ in 0..<count {
      places.append(place)
      var axis = target.count - 1
      while axis >= 0 {
        index[axis] += 1
        place += strides[axis]
        if index[axis] < target[axis] { break }
        place -= strides[axis] * target[axis]
        index[axis] = 0
        axis -= 1
      }
    }
    return gathered(places, shape: target)
  }

  /// Elements from one place of each axis to the next.
  static func strides(of shape: [Int]) -> [Int] {
    var strides = [Int](repeating: 1, count: shape.count)
    for axis in shape.indices.dropLast().reversed() {
      strides[axis] = strides[axis + 1] * shape[axis + 1]
    }
    return strides
  }

  /// The shape that two are broadcast to; nil where they don't fit.
  static func broadcast(_ a: [Int], _ b: [Int]) -> [Int]? {
    let rank = max(a.count, b.count)
    var result: [Int] = []
    for axis in 0..<rank {
      let (i, j) = (axis - rank + a.count, axis - rank + b.count)
      let (x, y) = (i < 0 ? 1 : a[i], j < 0 ? 1 : b[j])
      guard x == y || x == 1 || y == 1 else { return nil }
      result.append(x == 1 ? y : x)
    }
    return result
  }
}
