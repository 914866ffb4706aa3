/// A network as data: operators in topological order, with named parameters.
///
/// Node 0 is the input. A graph knows nothing of batch size or buffers; a plan adds those.
/// Everything that makes one graph from another (``prefix(through:)``, ``suffix(after:)``,
/// ``truncated(to:)``, ``replacingHead(classCount:)``) is in `Graph+Surgery.swift`.
public struct Graph: Sendable {
  package let nodes: [Node]
  /// The shape of each node's output for the nominal input.
  package let shapes: [SampleShape]
  /// Position of the pooled penultimate activation, the embedding; nil where the graph has none.
  package let featureIndex: Int?
  /// Position of the class scores before softmax; nil where the graph has no head.
  package let logitsIndex: Int?
  /// Position of each stage's output, ascending.
  package let stageEnds: [Int]

  /// The stages in order; the last one ends at the graph's output.
  public let stages: [Stage]
  /// Every parameter and buffer, in the order of the reference's state dict: those of a module itself
  /// before those of its parts, and parts in the order of the nodes.
  public let parameters: [ParameterSpecification]

  /// Checks and completes a list of nodes.
  ///
  /// - Throws: ``NetworkError/shape(node:inputs:reason:)`` where an operator cannot work on its
  ///   inputs.
  package init(
    nodes: [Node], stages: [(name: String, end: Int)], featureIndex: Int?, logitsIndex: Int?
  ) throws(NetworkError) {
    precondition(nodes.first?.operation is Input, "a graph's first node is its input")
    for (position, node) in nodes.enumerated() {
      precondition(
        node.inputs.allSatisfy { $0 < position }, "'\(node.name)' reads a node that follows it")
    }
    precondition(
      Set(nodes.map(\.name)).count == nodes.count, "two nodes of a graph have the same name")
    self.nodes = nodes
    self.featureIndex = featureIndex
    self.logitsIndex = logitsIndex
    self.stageEnds = stages.map(\.end)
    self.stages = stages.map { Stage(name: $0.name, outputNode: nodes[$0.end].name) }
    self.parameters = nodes.flatMap(\.operation.parameters).inModuleOrder()
    self.shapes = try Graph.inferShapes(of: nodes, input: nil)
    precondition(
      Set(parameters.map(\.name)).count == parameters.count, "two parameters have the same name")
    for end in stageEnds {
      precondition(isCut(end), "'\(nodes[end].name)' is not a cut: more than one tensor passes it")
    }
  }

  /// The shape of one input sample for which ``shapes`` hold.
  public var inputShape: SampleShape { shapes[0] }

  /// The names of all nodes, in topological order.
  public var nodeNames: [String] { nodes.map(\.name) }

  /// The name of the pooled penultimate node whose output is the embedding `[N, D]`.
  public var featureNode: String? { featureIndex.map { nodes[$0].name } }

  /// The name of the node whose output is the class scores `[N, C]`.
  public var logitsNode: String? { logitsIndex.map { nodes[$0].name } }

  /// The width D of the embedding; 0 where the graph has none.
  public var featureCount: Int { featureIndex.map { shapes[$0].channels } ?? 0 }

  /// The number C of class scores; 0 where the graph has no head.
  public var classCount: Int { logitsIndex.map { shapes[$0].channels } ?? 0 }

  /// The position of the graph's output: the class scores, or the last node where it has none.
  package var outputIndex: Int { logitsIndex ?? nodes.count - 1 }

  /// The shape of one sample of the graph's output for the nominal input.
  public var outputShape: SampleShape { shapes[outputIndex] }

  /// The shape of every node's output for one input sample of another shape.
  ///
  /// - Throws: ``NetworkError/shape(node:inputs:reason:)`` where the input is too small or has
  ///   another number of channels.
  package func shapes(input: SampleShape) throws(NetworkError) -> [SampleShape] {
    input == inputShape ? shapes : try Graph.inferShapes(of: nodes, input: input)
  }

  /// The position of a named node.
  ///
  /// - Throws: ``NetworkError/unknownNode(name:nearest:)``.
  package func index(ofNode name: String) throws(NetworkError) -> Int {
    if let index = nodes.firstIndex(where: { $0.name == name }) { return index }
    throw .unknownNode(name: name, nearest: nearestNames(to: name, among: nodeNames))
  }

  /// The place of a named stage in ``stages``.
  ///
  /// - Throws: ``NetworkError/unknownStage(name:stages:)``.
  package func index(ofStage name: String) throws(NetworkError) -> Int {
    if let index = stages.firstIndex(where: { $0.name == name }) { return index }
    throw .unknownStage(name: name, stages: stages.map(\.name))
  }

  /// The name of the stage that each parameter belongs to.
  public var stageOfParameter: [String: String] {
    var result: [String: String] = [:]
    for (position, node) in nodes.enumerated() {
      guard let stage = stageEnds.firstIndex(where: { position <= $0 }) else { continue }
      for parameter in node.operation.parameters { result[parameter.name] = stages[stage].name }
    }
    return result
  }

  /// The names of the parameters of the last stage, those of the classifier.
  public var headParameterNames: [String] {
    guard logitsIndex != nil, let last = stages.last else { return [] }
    let stage = stageOfParameter
    return parameters.map(\.name).filter { stage[$0] == last.name }
  }

  /// True if the output of a node is the only tensor that passes from it and its predecessors to
  /// later nodes.
  private func isCut(_ position: Int) -> Bool {
    nodes.indices.dropFirst(position + 1).allSatisfy { later in
      nodes[later].inputs.allSatisfy { $0 >= position }
    }
  }

  private static func inferShapes(
    of nodes: [Node], input: SampleShape?
  ) throws(NetworkError) -> [SampleShape] {
    var shapes: [SampleShape] = []
    for node in nodes {
      let inputs = node.inputs.map { shapes[$0] }
      if let input, let expected = (node.operation as? Input)?.shape {
        guard input.channels == expected.channels,
          input.dimensions.count == expected.dimensions.count
        else {
          throw .inputShape(expected: expected.dimensions, actual: input.dimensions)
        }
        shapes.append(input)
        continue
      }
      do throws(ShapeMismatch) {
        shapes.append(try node.operation.outputShape(of: inputs))
      } catch {
        throw .shape(node: node.name, inputs: inputs, reason: error.reason)
      }
    }
    return shapes
  }
}
