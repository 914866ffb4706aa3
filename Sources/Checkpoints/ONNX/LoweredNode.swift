internal import Networks
internal import Tensors

/// A node that the importer has written, with its parameters' values.
struct LoweredNode {
  let name: String
  var operation: any Operator
  let inputs: [Int]
  let shape: SampleShape
  var state: [(name: String, tensor: Tensor)]
  /// The constant of a node that combines its input with one number.
  var number: Float?
}

/// A step that the engine has only as part of a larger operator, such as an error function inside a
/// GELU; an error if the whole isn't recognised.
struct PartialStep: Operator {
  static let kind = "partial-step"
  /// What it is, for the error.
  let what: String

  func outputShape(of inputs: [SampleShape]) throws(ShapeMismatch) -> SampleShape { inputs[0] }
  func forward(_ run: borrowing Run) { preconditionFailure("\(what) is never run") }
  func backward(_ run: borrowing Run) { preconditionFailure("\(what) is never run") }
}
