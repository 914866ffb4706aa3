/// All that is known of a plan before it takes any memory.
struct PlanBlueprint: Sendable {
  let nodes: [Node]
  /// The place of the first node in a plan that several blueprints make up.
  let firstPlace: Int
  let batchSize: Int
  let sites: [Site]
  let memory: [OperatorMemory]
  /// The names of the parameters that have a gradient.
  let trainable: Set<String>
  let schedule: PlanSchedule
  let layout: PlanLayout

  /// Draws up a plan.
  ///
  /// - Parameters:
  ///   - mode: How each node takes part.
  ///   - precision: The format in which products are computed; only for inference.
  ///   - wanted: Nodes whose outputs are read after the forward pass.
  ///   - hasGradient: For each node, whether the gradient of its output is computed.
  ///   - trainable: The names of the parameters that have a gradient.
  ///   - limit: Bytes that the plan should not pass; where it would, activations are computed again
  ///     in the backward pass as far as needed and possible.
  init(
    nodes: [Node], shapes: [SampleShape], batchSize: Int, mode: (Int) -> RunMode,
    precision: Precision = .float32, wanted: Set<Int>, hasGradient: [Bool], trainable: Set<String>,
    limit: Int? = nil, firstPlace: Int = 0
  ) {
    let sites = nodes.enumerated().map { place, node in
      Site(
        inputs: node.inputs.map { shapes[$0] }, output: shapes[place], batchSize: batchSize,
        mode: mode(place), precision: precision,
        wantsInputGradients: node.inputs.enumerated().map { operand, input in
          hasGradient[place] && hasGradient[input]
            && !node.operation.inputsWithoutGradient.contains(operand)
        },
        wantsParameterGradients: node.operation.parameters.map { trainable.contains($0.name) })
    }
    let memory = nodes.indices.map { nodes[$0].operation.memory(at: sites[$0]) }
    self.nodes = nodes
    self.firstPlace = firstPlace
    self.batchSize = batchSize
    self.sites = sites
    self.memory = memory
    self.trainable = trainable
    func draw(dropping drops: [Bool]) -> (PlanSchedule, PlanLayout) {
      let schedule = PlanSchedule(
        nodes: nodes, sites: sites, memory: memory, hasGradient: hasGradient, drops: drops)
      let layout = PlanLayout(
        nodes: nodes, sites: sites, memory: memory, wanted: wanted, schedule: schedule)
      return (schedule, layout)
    }
    var best = draw(dropping: Array(repeating: false, count: nodes.count))
    if let limit, hasGradient.contains(true) {
      let fixed = PlanBlueprint.fixedBytes(nodes, memory, trainable)
      let candidates = Recomputation.candidates(
        nodes: nodes, sites: sites, wanted: wanted, hasGradient: hasGradient)
      for drops in candidates where fixed + floatBytes(best.1.count) > limit {
        let drawn = draw(dropping: drops)
        if drawn.1.count < best.1.count { best = drawn }
      }
    }
    (schedule, layout) = best
  }

  /// What the plan takes.
  var estimate: MemoryEstimate {
    MemoryEstimate(
      batchSize: batchSize, arenaBytes: floatBytes(layout.count),
      parameterBytes: PlanBlueprint.fixedBytes(nodes, memory, trainable))
  }

  /// The names of the parameters that are read in packed form only and never change.
  var transientNames: Set<String> { PlanBlueprint.transientNames(nodes, trainable) }

  private static func transientNames(_ nodes: [Node], _ trainable: Set<String>) -> Set<String> {
    Set(
      nodes.flatMap { node in
        node.operation.packedParameters.map { node.operation.parameters[$0].name }
      }
    ).subtracting(trainable)
  }

  /// Floats of the transient parameters of the node that has most of them.
  static func transientCount(_ nodes: [Node], _ transient: Set<String>) -> Int {
    nodes.map { node in
      node.operation.parameters.reduce(0) {
        $0 + (transient.contains($1.name) ? alignedCount($1.count) : 0)
      }
    }.max() ?? 0
  }

  /// Bytes of parameters, packed and not, and of their gradients.
  private static func fixedBytes(
    _ nodes: [Node], _ memory: [OperatorMemory], _ trainable: Set<String>
  ) -> Int {
    let transient = transientNames(nodes, trainable)
    var floats = memory.reduce(transientCount(nodes, transient)) { $0 + alignedCount($1.packed) }
    for parameter in nodes.flatMap(\.operation.parameters)
    where !transient.contains(parameter.name) {
      let count = alignedCount(parameter.count)
      floats += trainable.contains(parameter.name) ? 2 * count : count
    }
    return floatBytes(floats)
  }
}

/// Bytes of this many floats.
func floatBytes(_ count: Int) -> Int { count * MemoryLayout<Float>.stride }
