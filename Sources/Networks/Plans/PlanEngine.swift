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
  /// What runs behind the loss.
  let steps: [PlanSchedule.Step]
  /// The forward call of each node.
  private(set) var runs: [Run]
  /// The call of each step behind the loss.
  private(set) var stepRuns: [Run]
  /// Which inputs of which calls are the graph's input.
  private let inputReaders: [(call: Int, operand: Int)]
  private let stepInputReaders: [(call: Int, operand: Int)]
  /// The parameters that only packing reads.
  private let transient: Set<String>
  /// The nodes with weights that change from step to step and are packed.
  private let repacked: [Int]
  /// The nodes and steps that are random in training.
  private let randomNodes: [Int]
  private let randomSteps: [Int]
  /// The place of the first node in a plan that several engines make up.
  let firstPlace: Int
  /// How many steps of the backward pass were run; for tests.
  private(set) var backwardCalls = 0

  /// Binds a plan to memory.
  ///
  /// - Parameter other: An engine of the same plan, whose weights are to be this one's.
  init(_ blueprint: PlanBlueprint, sharing other: PlanEngine? = nil) {
    let (nodes, layout, memory) = (blueprint.nodes, blueprint.layout, blueprint.memory)
    let transient = blueprint.transientNames
    let store =
      other?.store
      ?? ParameterStore(
        nodes.flatMap(\.operation.parameters), trainable: blueprint.trainable,
        transient: transient)
    let arena = FloatStorage(uninitializedCount: layout.count)
    let packed =
      other?.packed
      ?? FloatStorage(uninitializedCount: memory.reduce(0) { $0 + alignedCount($1.packed) })
    var packedOffsets: [Int] = []
    var packedEnd = 0
    for needs in memory {
      packedOffsets.append(packedEnd)
      packedEnd += alignedCount(needs.packed)
    }
    let base = arena.pointer
    func run(_ place: Int, _ call: PlanLayout.Call) -> Run {
      let node = nodes[place]
      return Run(
        batch: blueprint.batchSize, site: blueprint.sites[place],
        inputs: call.inputs.map { base + ($0 ?? 0) }, output: base + (call.output ?? 0),
        // One that is not kept is never read here: `load` shows it to `prepare`.
        parameters: node.operation.parameters.map {
          transient.contains($0.name) ? base : store.pointer($0.name)
        },
        packed: packed.pointer + packedOffsets[place], saved: base + call.saved,
        forwardScratch: base + call.scratch, backwardScratch: base + call.scratch,
        outputGradient: layout.gradients[place].map { base + $0 },
        inputGradients: node.inputs.enumerated().map { operand, input in
          guard blueprint.sites[place].wantsInputGradients[operand],
            let offset = layout.gradients[input]
          else { return nil }
          return InputGradient(
            values: base + offset, accumulates: layout.accumulates[place][operand])
        },
        parameterGradients: node.operation.parameters.map { store.gradientPointer($0.name) })
    }
    steps = blueprint.schedule.steps
    runs = nodes.indices.map { run($0, layout.forward[$0]) }
    stepRuns = zip(steps, layout.steps).map { step, call in
      var result = run(step.node, call)
      if case .recompute = step { result.isRepeated = true }
      return result
    }
    func readers(_ order: [Int]) -> [(call: Int, operand: Int)] {
      order.enumerated().flatMap { call, place in
        nodes[place].inputs.enumerated().filter { $0.element == 0 }.map { (call, $0.offset) }
      }
    }
    inputReaders = readers(Array(nodes.indices))
    stepInputReaders = readers(steps.map(\.node))
    repacked = nodes.indices.filter { place in
      memory[place].packed > 0
        && nodes[place].operation.parameters.contains { blueprint.trainable.contains($0.name) }
    }
    randomNodes = nodes.indices.filter { nodes[$0].operation is any RandomOperator }
    randomSteps = blueprint.schedule.steps.enumerated().filter {
      nodes[$0.element.node].operation is any RandomOperator
    }.map(\.offset)
    firstPlace = blueprint.firstPlace
    self.transient = transient
    self.nodes = nodes
    self.store = store
    self.arena = arena
    self.packed = packed
  }

  /// Takes over fused weights and packs them.
  func load(_ fusion: Fusion) {
    store.load(fusion)
    let scratch = FloatStorage(uninitializedCount: PlanBlueprint.transientCount(nodes, transient))
    for place in nodes.indices {
      var run = runs[place]
      var end = 0
      for (index, parameter) in nodes[place].operation.parameters.enumerated()
      where transient.contains(parameter.name) {
        run.parameters[index] = scratch.pointer + end
        fusion.copy(parameter, to: scratch.pointer + end)
        end += alignedCount(parameter.count)
      }
      nodes[place].operation.prepare(run)
    }
  }

  /// Packs the parameters that training changes.
  func repack() {
    Parallel.forEach(repacked.count) { index in
      nodes[repacked[index]].operation.prepare(runs[repacked[index]])
    }
  }

  /// Points the engine at its input and sets the number of samples.
  ///
  /// The memory must stay in place until the forward and backward passes are over.
  ///
  /// - Parameter output: Where the last node's output goes; nil for the arena.
  func bind(
    input: UnsafePointer<Float>, batch: Int, output: UnsafeMutablePointer<Float>? = nil
  ) {
    let input = UnsafeMutablePointer(mutating: input)
    runs[0].output = input
    for (call, operand) in inputReaders { runs[call].inputs[operand] = input }
    for (call, operand) in stepInputReaders { stepRuns[call].inputs[operand] = input }
    if let output { runs[runs.count - 1].output = output }
    for call in runs.indices { runs[call].batch = batch }
    for call in stepRuns.indices { stepRuns[call].batch = batch }
  }

  /// Sets the rate of each random node and what its masks follow from.
  func setRandom(_ rates: RandomRates, seed: CounterRandom) {
    func set(_ run: inout Run, _ place: Int) {
      guard let random = nodes[place].operation as? any RandomOperator else { return }
      run.dropoutRate = Float(random.rate(rates))
      run.dropoutSeed = seed.bits(at: UInt64(place))
    }
    for place in randomNodes { set(&runs[place], place) }
    for call in randomSteps { set(&stepRuns[call], steps[call].node) }
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

  /// Computes all gradients; that of the output must be written before.
  ///
  /// - Parameter willRun: Called before each step with its node.
  func backward(willRun: (Int) -> Void = { _ in }) {
    for call in steps.indices {
      willRun(steps[call].node)
      step(call)
    }
  }

  /// Runs one step behind the loss.
  func step(_ call: Int) {
    switch steps[call] {
    case .recompute(let place): nodes[place].operation.forward(stepRuns[call])
    case .backward(let place):
      nodes[place].operation.backward(stepRuns[call])
      backwardCalls += 1
    }
  }

  /// Computes a node's output once more; running statistics stay.
  func repeatForward(of place: Int) {
    runs[place].isRepeated = true
    nodes[place].operation.forward(runs[place])
    runs[place].isRepeated = false
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

extension PlanSchedule.Step {
  /// The node that the step works on.
  var node: Int {
    switch self {
    case .recompute(let place), .backward(let place): place
    }
  }
}
