public import Tensors

/// An array as NumPy files hold it: numbers or text, with a shape, in C order.
public struct NumPyArray: Sendable, Equatable {
  /// The elements, in C order.
  ///
  /// Half precision is read as Float32, integers and Booleans of any width
  /// as Int64, bytes as text.
  public enum Elements: Sendable, Equatable {
    /// Single precision.
    case float32([Float])
    /// Double precision.
    case float64([Double])
    /// Integers and Booleans.
    case int64([Int64])
    /// Text.
    case strings([String])
  }

  /// Lengths of the axes; empty for a single value.
  public var shape: [Int]
  /// The elements in C order.
  public var elements: Elements

  /// Joins elements to their shape, whose product is their number.
  public init(shape: [Int], _ elements: Elements) {
    self.shape = shape
    self.elements = elements
    precondition(
      elementCount(of: shape) == count, "\(count) elements do not have the shape \(shape)")
  }

  /// A tensor as a Float32 array.
  public init(_ tensor: Tensor) {
    self.init(shape: tensor.shape, .float32(tensor.values))
  }

  /// One axis of integers.
  public init(_ integers: [Int]) {
    self.init(shape: [integers.count], .int64(integers.map(Int64.init)))
  }

  /// One axis of text.
  public init(_ strings: [String]) {
    self.init(shape: [strings.count], .strings(strings))
  }

  /// The number of elements.
  public var count: Int {
    switch elements {
    case .float32(let values): values.count
    case .float64(let values): values.count
    case .int64(let values): values.count
    case .strings(let values): values.count
    }
  }

  /// The numbers rounded to Float32 with their shape; nil for text.
  public var tensor: Tensor? {
    switch elements {
    case .float32(let values): Tensor(shape: shape, values: values)
    case .float64(let values): Tensor(shape: shape, values: values.map { Float($0) })
    case .int64(let values): Tensor(shape: shape, values: values.map { Float($0) })
    case .strings: nil
    }
  }

  /// The integers; nil for text and for fractional numbers.
  public var integers: [Int]? {
    guard case .int64(let values) = elements else { return nil }
    return values.map(Int.init)
  }

  /// The text; nil for numbers.
  public var strings: [String]? {
    guard case .strings(let values) = elements else { return nil }
    return values
  }
}
