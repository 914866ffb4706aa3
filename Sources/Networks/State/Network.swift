internal import Tensors

/// A graph with its weights: a network that can be run, cut and trained.
public struct Network: Sendable {
  /// The id of the architecture that the graph comes from.
  public let architecture: String
  /// What is computed.
  public let graph: Graph
  /// The weights: exactly the graph's parameters and buffers, in its order.
  public let state: StateDict

  /// A network of a known architecture with these weights.
  ///
  /// BatchNorm's `num_batches_tracked` counters, which nothing here needs, are dropped.
  ///
  /// - Parameters:
  ///   - architecture: The id, such as `resnet50`.
  ///   - classCount: The number of classes; nil to take it from the shape of the classifier's
  ///     weights, or, where these are missing, from nothing: the network then ends at its embedding.
  ///   - state: The weights in PyTorch's names and layouts.
  /// - Throws: ``NetworkError/unknownArchitecture(id:nearest:)``, or
  ///   ``NetworkError/stateMismatch(architecture:problems:)`` naming each missing, surplus or
  ///   mis-shaped key.
  public init(
    architecture: String, classCount: Int? = nil, state: StateDict
  ) throws(NetworkError) {
    let known = try Architecture.named(architecture)
    var graph = known.build(classCount: classCount ?? 1)
    if classCount == nil {
      let head = graph.headParameterNames.compactMap { state[$0]?.shape.first }
      if let classes = head.first, classes > 0 {
        graph = known.build(classCount: classes)
      } else if let features = graph.featureNode {
        graph = try graph.truncated(to: features)
      }
    }
    try self.init(architecture: architecture, graph: graph, state: state)
  }

  /// A network of any graph with these weights.
  ///
  /// - Throws: ``NetworkError/stateMismatch(architecture:problems:)``.
  public init(architecture: String, graph: Graph, state: StateDict) throws(NetworkError) {
    let problems = Network.problems(of: state, for: graph)
    guard problems.isEmpty else {
      throw .stateMismatch(architecture: architecture, problems: problems)
    }
    self.architecture = architecture
    self.graph = graph
    self.state = StateDict(
      graph.parameters.compactMap { parameter in
        state[parameter.name].map { (parameter.name, $0.reshaped(to: parameter.shape)) }
      })
  }

  /// A fresh network, its weights drawn as the reference implementation draws them.
  ///
  /// Each parameter has its own random sequence, named after it, so that two architectures or class
  /// counts share what they have in common.
  ///
  /// - Throws: ``NetworkError/unknownArchitecture(id:nearest:)``.
  public static func initialised(
    architecture: String, classCount: Int, seed: UInt64
  ) throws(NetworkError) -> Network {
    let graph = try Architecture.named(architecture).build(classCount: classCount)
    let state = StateDict(graph.parameters.map { ($0.name, $0.initialTensor(seed: seed)) })
    return try Network(architecture: architecture, graph: graph, state: state)
  }

  /// The number of trained numbers; running statistics do not count.
  public var parameterCount: Int {
    graph.parameters.filter(\.isTrainable).reduce(0) { $0 + $1.count }
  }

  /// The names of the classifier's parameters.
  public var headParameterNames: [String] { graph.headParameterNames }

  /// The width D of the embedding; 0 where the network has none.
  public var featureCount: Int { graph.featureCount }

  /// The number C of classes; 0 where the network has no head.
  public var classCount: Int { graph.classCount }

  /// In which ways a state dict does not fit a graph; empty if it does.
  ///
  /// A tensor of the right number of values counts as fitting only if its shape is right too.
  public static func problems(of state: StateDict, for graph: Graph) -> [StateProblem] {
    problems(of: state.entries.map { ($0.name, $0.tensor.shape) }, for: graph)
  }

  /// In which ways names and shapes do not fit a graph, without the tensors.
  package static func problems(
    of shapes: [(name: String, shape: [Int])], for graph: Graph
  ) -> [StateProblem] {
    let needed = Set(graph.parameters.map(\.name))
    let given = Dictionary(shapes, uniquingKeysWith: { first, _ in first })
    let surplus = shapes.map(\.name).filter {
      !needed.contains($0) && !$0.hasSuffix("num_batches_tracked")
    }
    var problems: [StateProblem] = []
    for parameter in graph.parameters {
      if let shape = given[parameter.name] {
        if shape != parameter.shape {
          problems.append(
            .misshaped(name: parameter.name, expected: parameter.shape, actual: shape))
        }
      } else {
        problems.append(
          .missing(
            name: parameter.name, shape: parameter.shape,
            nearest: surplus.isEmpty
              ? [] : nearestNames(to: parameter.name, among: surplus, limit: 2)))
      }
    }
    return problems + surplus.map { .surplus(name: $0) }
  }
}
