/// A sample's values under other axes, in the same order and memory.
///
/// An axis of 0 is that of the input at the same place; one axis of −1 takes what is left.
///
/// - Reference: ONNX's Reshape (opset 14, `allowzero` = 0), Flatten, Squeeze and Unsqueeze, without the
///   batch.
package struct Reshape: View {
  package static let kind = "reshape"
  package let dimensions: [Int]

  package init(to dimensions: [Int]) { self.dimensions = dimensions }

  /// All axes as one.
  package static let flatten = Reshape(to: [-1])

  package func outputShape(of inputs: [SampleShape]) throws(ShapeMismatch) -> SampleShape {
    let input = inputs[0]
    var result = dimensions
    for (axis, length) in dimensions.enumerated() where length == 0 {
      guard axis < input.dimensions.count else {
        throw ShapeMismatch("it has no axis \(axis) to keep")
      }
      result[axis] = input.dimensions[axis]
    }
    if let open = result.firstIndex(of: -1) {
      let others = result.enumerated().reduce(1) { $1.offset == open ? $0 : $0 * $1.element }
      result[open] = others > 0 ? input.count / others : 0
    }
    guard let shape = SampleShape(dimensions: result), shape.count == input.count else {
      throw ShapeMismatch("its \(input.count) values don't fill \(dimensions)")
    }
    return shape
  }
}
