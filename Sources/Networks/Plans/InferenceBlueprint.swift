internal import Tensors

/// All that is known of an inference plan before it takes any memory: the nodes that run for a batch, and
/// before them those that run sample by sample, if any do.
struct InferenceBlueprint: Sendable {
  /// For one sample; see ``SamplewiseStretch``.
  let early: PlanBlueprint?
  /// For the whole batch.
  ///
  /// Its input is the early nodes' output, or the graph's.
  let late: PlanBlueprint
  /// The place of the late nodes' input.
  let cut: Int

  /// Draws up a plan.
  ///
  /// - Parameter wanted: Nodes whose outputs are read after the run.
  init(
    nodes: [Node], shapes: [SampleShape], batchSize: Int, precision: Precision, wanted: Set<Int>,
    splits: Bool
  ) {
    func plan(
      _ nodes: [Node], _ shapes: [SampleShape], _ batchSize: Int, _ wanted: Set<Int>,
      firstPlace: Int = 0
    ) -> PlanBlueprint {
      PlanBlueprint(
        nodes: nodes, shapes: shapes, batchSize: batchSize, mode: { _ in .evaluation },
        precision: precision, wanted: wanted, hasGradient: nodes.map { _ in false }, trainable: [],
        firstPlace: firstPlace)
    }
    let end =
      splits && SamplewiseStretch.pays(batchSize)
      ? SamplewiseStretch.end(nodes: nodes, shapes: shapes, wanted: wanted) : nil
    guard let end else {
      (early, late, cut) = (nil, plan(nodes, shapes, batchSize, wanted), 0)
      return
    }
    early = plan(Array(nodes[...end]), Array(shapes[...end]), 1, [end])
    let input = Node(name: nodes[end].name, operation: Input(shape: shapes[end]), inputs: [])
    let rest = nodes[(end + 1)...].map { node in
      Node(name: node.name, operation: node.operation, inputs: node.inputs.map { $0 - end })
    }
    late = plan(
      [input] + rest, Array(shapes[end...]), batchSize, Set(wanted.map { $0 - end }),
      firstPlace: end + 1)
    cut = end
  }

  /// What the plan takes.
  var estimate: MemoryEstimate {
    let rest = late.estimate
    guard let early else { return rest }
    let stretch = early.estimate
    return MemoryEstimate(
      batchSize: rest.batchSize,
      arenaBytes: rest.arenaBytes + early.sites[0].slots * stretch.arenaBytes
        + floatBytes(rest.batchSize * early.outputCount),
      parameterBytes: rest.parameterBytes + stretch.parameterBytes)
  }
}
