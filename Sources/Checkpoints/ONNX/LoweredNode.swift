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
