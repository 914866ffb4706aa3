/// One operator applied to the outputs of earlier nodes.
package struct Node: Sendable {
  /// The name, that of the module in the reference implementation, such as `layer1.0.conv1`.
  package let name: String
  /// What is computed.
  package let operation: any Operator
  /// Positions in the graph of the nodes whose outputs are read; each is below this node's own.
  package let inputs: [Int]

  package init(name: String, operation: any Operator, inputs: [Int]) {
    self.name = name
    self.operation = operation
    self.inputs = inputs
  }
}

/// A part of a network that is frozen or trained as a whole.
///
/// A stage ends at a cut point: exactly one tensor passes from its nodes to later ones. So the
/// network through a stage can be run once and its output kept.
public struct Stage: Hashable, Sendable {
  /// The name, such as `stem`, `layer1`, `blocks.3`, `features`, `head`.
  public let name: String
  /// The name of the node whose output leaves the stage.
  public let outputNode: String
}
