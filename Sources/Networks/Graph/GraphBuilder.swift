/// Writes a graph node by node; what an architecture's function is made of.
package struct GraphBuilder {
  private var nodes: [Node]
  private var stages: [(name: String, end: Int)] = []

  /// Starts a graph whose input has this nominal shape.
  package init(input: SampleShape) {
    nodes = [Node(name: "input", operation: Input(shape: input), inputs: [])]
  }

  /// The position of the input.
  package var input: Int { 0 }

  /// Appends a node and returns its position.
  package mutating func add(_ name: String, _ operation: any Operator, _ inputs: Int...) -> Int {
    nodes.append(Node(name: name, operation: operation, inputs: inputs))
    return nodes.count - 1
  }

  /// Says that a stage ends with the last node added.
  package mutating func endStage(_ name: String) {
    stages.append((name, nodes.count - 1))
  }

  /// The finished graph.
  ///
  /// The nominal input is large enough for every architecture, so a failure is a mistake in the
  /// architecture's function.
  package func graph(features: Int, logits: Int) -> Graph {
    do throws(NetworkError) {
      return try Graph(
        nodes: nodes, stages: stages, featureIndex: features, logitsIndex: logits)
    } catch {
      preconditionFailure("an architecture is not a valid graph: \(error)")
    }
  }
}
