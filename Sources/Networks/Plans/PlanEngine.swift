internal import CKernels
internal import Tensors

/// Nodes bound to memory: what inference and training plans run.
///
/// All memory is taken when the engine is made; a run allocates nothing.
final class PlanEngine {
  let nodes: [Node]
  let store: ParameterStore
  /// Activations, gradients and scratch.
  let arena: FloatStorage
  /// Packed weights.
  let packed: FloatStorage
  private(set) var runs: [Run]
  /// Which inputs of which nodes are the graph's input.
  private let inputReaders: [(node: Int, operand: Int)]

  /// Binds nodes to memory.
  ///
  /// - Parameters:
  ///   - mode: How each node takes part.
  ///   - wanted: Nodes whose outputs are read after the forward pass.
  ///   - hasGradient: For each node, whether the gradient of its output is computed.
  init(
    nodes: [Node], shapes: [SampleShape], batchSize: Int, mode: (Int) -> RunMode,
    wanted: Set<Int>, hasGradient: [Bool], trainable: Set<String>
  ) {
    let packedNames = nodes.flatMap { node in
      node.operation.packedParameters.map { node.operation.parameters[$0].name }
    }
    let store = ParameterStore(
      nodes.flatMap(\.operation.parameters), trainable: trainable, packed: Set(packedNames))
    let sites = nodes.enumerated().map { place, node in
      Site(
        inputs: node.inputs.map { shapes[$0] }, output: shapes[place], batchSize: batchSize,
        mode: mode(place),
        wantsInputGradients: node.inputs.map { hasGradient[place] && hasGradient[$0] },
        wantsParameterGradients: node.operation.parameters.map { trainable.contains($0.name) })
    }
    let memory = nodes.indices.map { nodes[$0].operation.memory(at: sites[$0]) }
    let layout = PlanLayout(
      nodes: nodes, sites: sites, memory: memory, wanted: wanted, hasGradient: hasGradient)
    let arena = FloatStorage(uninitializedCount: layout.count)
    let packed = FloatStorage(
      uninitializedCount: memory.reduce(0) { $0 + alignedCount($1.packed) })

    var packedEnd = 0
    runs = nodes.enumerated().map { place, node in
      let base = arena.pointer
      defer { packedEnd += alignedCount(memory[place].packed) }
      return Run(
        batch: batchSize, site: sites[place],
        inputs: node.inputs.map { base + (layout.values[$0] ?? 0) },
        output: base + (layout.values[place] ?? 0),
        parameters: node.operation.parameters.map { store.pointer($0.name) },
        packed: packed.pointer + packedEnd, saved: base + layout.saved[place],
        forwardScratch: base + layout.forwardScratch[place],
        backwardScratch: base + layout.backwardScratch[place],
        outputGradient: layout.gradients[place].map { base + $0 },
        inputGradients: node.inputs.enumerated().map { operand, input in
          guard hasGradient[place], let offset = layout.gradients[input] else { return nil }
          return InputGradient(
            values: base + offset, accumulates: layout.accumulates[place][operand])
        },
        parameterGradients: node.operation.parameters.map { store.gradientPointer($0.name) })
    }
    inputReaders = nodes.enumerated().flatMap { place, node in
      node.inputs.enumerated().filter { $0.element == 0 }.map { (place, $0.offset) }
    }
    self.nodes = nodes
    self.store = store
    self.arena = arena
    self.packed = packed
  }

  /// Packs the parameters of the nodes of which a condition is true.
  func prepare(where condition: (Node) -> Bool = { _ in true }) {
    Parallel.forEach(nodes.count) { place in
      if condition(nodes[place]) { nodes[place].operation.prepare(runs[place]) }
    }
  }

  /// Points the engine at its input and sets the number of samples.
  ///
  /// The memory must stay in place until the forward and backward passes are over.
  func bind(input: UnsafePointer<Float>, batch: Int) {
    let input = UnsafeMutablePointer(mutating: input)
    runs[0].output = input
    for (node, operand) in inputReaders { runs[node].inputs[operand] = input }
    for place in runs.indices { runs[place].batch = batch }
  }

  /// Sets the rate of each random node and what its masks follow from.
  func setRandom(_ rates: RandomRates, seed: CounterRandom) {
    for place in runs.indices {
      guard let random = nodes[place].operation as? any RandomOperator else { continue }
      runs[place].dropoutRate = Float(random.rate(rates))
      runs[place].dropoutSeed = seed.bits(at: UInt64(place))
    }
  }

  /// Computes all outputs in order.
  ///
  /// - Parameter willRun: Called before each node, whose inputs are then there to be read.
  func forward(willRun: (Int) -> Void = { _ in }) {
    for place in nodes.indices {
      willRun(place)
      nodes[place].operation.forward(runs[place])
    }
  }

  /// Computes all outputs in order up to the first that holds a NaN or an infinity; returns its node.
  func firstNonFinite() -> Int? {
    for place in nodes.indices {
      nodes[place].operation.forward(runs[place])
      let run = runs[place]
      if graft_has_nonfinite(run.output, 0, run.batch * run.site.output.count) != 0 { return place }
    }
    return nil
  }

  /// Computes all gradients; that of the output must be written before.
  ///
  /// - Parameter willRun: Called before each node.
  func backward(willRun: (Int) -> Void = { _ in }) {
    for place in nodes.indices.reversed() where runs[place].outputGradient != nil {
      willRun(place)
      nodes[place].operation.backward(runs[place])
    }
  }

  /// A copy of a node's output.
  func output(of place: Int) -> Tensor {
    let run = runs[place]
    let count = run.batch * run.site.output.count
    let storage = FloatStorage(uninitializedCount: count)
    storage.pointer.update(from: run.output, count: count)
    return Tensor(shape: [run.batch] + run.site.output.dimensions, storage: storage)
  }
}
