internal import Tensors

/// What training a network comes to, whatever the size of a batch: the fused nodes and what of them is
/// trained.
struct TrainingBlueprint {
  /// The network up to its class scores.
  let graph: Graph
  /// For each node of the graph, whether it lies above a trainable parameter.
  let isTrained: [Bool]
  let inputShape: SampleShape
  let classCount: Int
  let fusion: Fusion
  /// The place of the class scores among the fused nodes.
  let logits: Int
  /// For each fused node, whether the gradient of its output is computed.
  let hasGradient: [Bool]
  /// The names of the trainable parameters.
  let names: Set<String>
  /// Whether running statistics of the trained part change.
  let movesStatistics: Bool
  private let shapes: [SampleShape]

  /// Finds out what is trained.
  ///
  /// - Throws: As ``TrainingPlan``'s initialiser, memory aside.
  init(
    _ network: Network, inputShape: SampleShape?, trainable: TrainableSet,
    batchNorm: TrainingPlan.BatchNormMode, rates: RandomRates
  ) throws(NetworkError) {
    guard let head = network.graph.logitsNode else {
      preconditionFailure("a network without head cannot be trained; replace its head first")
    }
    let graph = try network.graph.truncated(to: head)
    var names = try trainable.names(in: graph)
    if batchNorm == .frozenAffine {
      for node in graph.nodes where node.operation is BatchNorm {
        names.subtract(node.operation.parameters.map(\.name))
      }
      guard !names.isEmpty else { throw .nothingToTrain }
    }
    let input = inputShape ?? graph.inputShape
    let shapes = try graph.shapes(input: input)
    var isTrained = [Bool](repeating: false, count: graph.nodes.count)
    for (place, node) in graph.nodes.enumerated() {
      isTrained[place] =
        node.operation.parameters.contains { names.contains($0.name) }
        || node.inputs.contains { isTrained[$0] }
    }
    let fusion = TrainingBlueprint.fuse(
      graph, network.state, isTrained: isTrained, names: names, rates: rates)
    guard let logits = fusion.positions[graph.outputIndex] else {
      preconditionFailure("fusion keeps the class scores")
    }
    var hasGradient = [Bool](repeating: false, count: fusion.nodes.count)
    for (place, fused) in fusion.positions.enumerated() {
      if let fused { hasGradient[fused] = isTrained[place] }
    }
    self.graph = graph
    self.isTrained = isTrained
    self.inputShape = input
    self.classCount = shapes[graph.outputIndex].channels
    self.fusion = fusion
    self.logits = logits
    self.hasGradient = hasGradient
    self.names = names
    self.movesStatistics = batchNorm != .frozen
    self.shapes = fusion.shapes(of: shapes)
  }

  /// The plan for batches of one size.
  ///
  /// - Parameter limit: See ``PlanBlueprint``.
  func plan(batchSize: Int, limit: Int?) -> PlanBlueprint {
    let trainedMode: RunMode = movesStatistics ? .training : .trainingFrozenStatistics
    return PlanBlueprint(
      nodes: fusion.nodes, shapes: shapes, batchSize: batchSize,
      mode: { place in
        hasGradient[place] || fusion.nodes[place].operation is any RandomOperator
          ? trainedMode : .evaluation
      }, wanted: [logits], hasGradient: hasGradient, trainable: names, limit: limit)
  }

  /// Parameters and buffers that steps change.
  var changing: [ParameterSpecification] {
    fusion.nodes.enumerated().flatMap { place, node in
      node.operation.parameters.filter {
        names.contains($0.name) || $0.role == .buffer && hasGradient[place] && movesStatistics
      }
    }
  }

  static func fuse(
    _ graph: Graph, _ state: StateDict, isTrained: [Bool], names: Set<String>, rates: RandomRates
  ) -> Fusion {
    Fusion(
      graph: graph, state: state, wanted: [graph.outputIndex], needed: Set(graph.nodes.indices),
      isEvaluated: { place in
        switch graph.nodes[place].operation {
        // Dropout in front of a classifier acts even where nothing below it is trained.
        case let dropout as Dropout: dropout.rate(rates) == 0
        case let random as any RandomOperator: !isTrained[place] || random.rate(rates) == 0
        default: !isTrained[place]
        }
      }, trainable: names)
  }
}
