public import Tensors

/// A network made ready to be run on batches of one shape.
///
/// Normalisation is folded into convolutions, residuals and activations join their epilogues, weights
/// are packed once, and all activations share one arena, or two where the early nodes run sample by
/// sample. A run allocates only its results. One plan serves one thread at a time; it uses all threads of
/// ``Parallel``.
public final class InferencePlan {
  /// What a run gives.
  public enum Output: Hashable, Sendable {
    /// The pooled penultimate activations, `[N, D]`.
    case features
    /// The class scores before softmax, `[N, C]`.
    case logits
    /// The output of a named node, `[N, H, W, C]` or `[N, C]`.
    case node(String)
  }

  /// The largest number of samples in a run.
  public let batchSize: Int
  /// The shape of one input sample.
  public let inputShape: SampleShape
  /// The shape of one sample of each output.
  public let outputShapes: [SampleShape]

  /// Bytes that the plan was estimated to take.
  public let memory: MemoryEstimate

  /// Where the time of each node is collected; nil for no timing.
  package var times: NodeTimes?

  /// The nodes that run sample by sample, if any.
  let early: SamplewiseStretch?
  /// The others, whose input is the early ones' output.
  let engine: PlanEngine
  private let outputs: [Int]

  /// Makes a network ready for inputs of one shape.
  ///
  /// - Parameters:
  ///   - network: The network, whole or cut.
  ///   - batchSize: The largest number of samples in a run.
  ///   - inputShape: The shape of one sample; nil for the graph's nominal one.
  ///   - outputs: What a run gives, in this order.
  ///   - precision: The format in which products are computed.
  ///   - fuses: False to run the graph as it is written, node by node; slower, for comparison.
  ///   - availableMemory: Bytes that may be taken at most; nil for any number.
  /// - Throws: ``NetworkError/unknownNode(name:nearest:)`` for an output that the graph does not have,
  ///   ``NetworkError/shape(node:inputs:reason:)`` for an input too small for the network,
  ///   ``NetworkError/memory(needed:available:largestBatch:)``,
  ///   ``NetworkError/precision(reason:)`` for one that this machine can't take.
  public init(
    network: Network, batchSize: Int, inputShape: SampleShape? = nil,
    outputs: [Output] = [.features], precision: Precision = .float32, fuses: Bool = true,
    availableMemory: Int? = AvailableMemory.bytes
  ) throws(NetworkError) {
    precondition(batchSize > 0, "a plan needs a positive batch size")
    precondition(!outputs.isEmpty, "a plan needs an output")
    if let reason = precision.refusal { throw .precision(reason: reason) }
    let draft = try Draft(
      network, input: inputShape, outputs: outputs, precision: precision, fuses: fuses)
    let blueprint = draft.plan(batchSize)
    try blueprint.estimate.check(available: availableMemory) { draft.plan($0).estimate }
    self.outputs = draft.places.map { $0 - blueprint.cut }
    self.batchSize = batchSize
    self.inputShape = draft.inputShape
    self.outputShapes = draft.outputShapes
    memory = blueprint.estimate
    early = blueprint.early.map { SamplewiseStretch($0, batchSize: batchSize) }
    engine = PlanEngine(blueprint.late)
    early?.engine.load(draft.fusion)
    engine.load(draft.fusion)
  }

  /// What a plan would take, found out without taking it.
  ///
  /// - Throws: As the initialiser, but never for want of memory.
  public static func memoryEstimate(
    network: Network, batchSize: Int, inputShape: SampleShape? = nil,
    outputs: [Output] = [.features], precision: Precision = .float32
  ) throws(NetworkError) -> MemoryEstimate {
    try Draft(network, input: inputShape, outputs: outputs, precision: precision, fuses: true)
      .plan(batchSize).estimate
  }

  /// Makes a network of images ready for another image size than its nominal one.
  ///
  /// - Throws: As ``init(network:batchSize:inputShape:outputs:precision:fuses:availableMemory:)``.
  public convenience init(
    network: Network, batchSize: Int, imageHeight: Int, imageWidth: Int,
    outputs: [Output] = [.features], precision: Precision = .float32
  ) throws(NetworkError) {
    let channels = network.graph.inputShape.channels
    try self.init(
      network: network, batchSize: batchSize,
      inputShape: SampleShape(height: imageHeight, width: imageWidth, channels: channels),
      outputs: outputs, precision: precision)
  }

  /// Bytes of the arena that all activations share.
  public var arenaBytes: Int { memory.arenaBytes }

  /// The number of nodes that run sample by sample; for tests.
  package var samplewiseNodeCount: Int { early?.engine.nodes.dropFirst().count ?? 0 }

  /// Bytes of weights, packed ones included.
  public var weightBytes: Int {
    [early?.engine, engine].reduce(0) { bytes, engine in
      bytes + floatBytes(engine.map { $0.packed.count + $0.store.valueCount } ?? 0)
    }
  }

  /// Runs the network on a batch.
  ///
  /// - Parameter input: `[n, H, W, C]` (or `[n, D]`), 0 ≤ n ≤ ``batchSize``.
  /// - Returns: One tensor per output, `[n, …]`.
  /// - Throws: ``NetworkError/inputShape(expected:actual:)``.
  public func run(_ input: Tensor) throws(NetworkError) -> [Tensor] {
    let batch = try compute(input)
    guard batch > 0 else { return outputShapes.map { Tensor(shape: [0] + $0.dimensions) } }
    return outputs.map { engine.output(of: $0) }
  }

  /// Runs the network on a batch and hands its outputs to the caller's memory, without a result of its
  /// own: nothing is allocated.
  ///
  /// - Parameters:
  ///   - input: As for ``run(_:)``.
  ///   - read: Called for each output in order with its `[n, …]` values, valid during the call.
  /// - Throws: As ``run(_:)``.
  package func run(
    _ input: Tensor, _ read: (_ output: Int, UnsafeBufferPointer<Float>) -> Void
  ) throws(NetworkError) {
    let batch = try compute(input)
    for (index, place) in outputs.enumerated() {
      read(
        index,
        UnsafeBufferPointer(
          start: engine.runs[place].output, count: batch * outputShapes[index].count))
    }
  }

  /// Computes the outputs into the arena; returns the number of samples.
  private func compute(_ input: Tensor) throws(NetworkError) -> Int {
    guard let batch = input.shape.first, batch <= batchSize,
      inputShape.isShape(ofRowsOf: input.shape)
    else {
      throw .inputShape(expected: [batchSize] + inputShape.dimensions, actual: input.shape)
    }
    guard batch > 0 else { return 0 }
    input.withUnsafeBufferPointer { source in
      guard let base = source.baseAddress else { return }
      let start = early?.forward(input: base, batch: batch, times: times) ?? base
      engine.bind(input: start, batch: batch)
      engine.forward(times: times)
    }
    return batch
  }
}

/// What an inference plan is made of before it takes memory.
private struct Draft {
  let fusion: Fusion
  /// The wanted outputs among the fused nodes.
  let places: [Int]
  let inputShape: SampleShape
  let outputShapes: [SampleShape]
  private let shapes: [SampleShape]
  private let precision: Precision
  private let fuses: Bool

  init(
    _ network: Network, input: SampleShape?, outputs: [InferencePlan.Output],
    precision: Precision, fuses: Bool
  ) throws(NetworkError) {
    let graph = network.graph
    var wanted: [Int] = []
    for output in outputs { wanted.append(try Draft.place(of: output, in: graph)) }
    inputShape = input ?? graph.inputShape
    let shapes = try graph.shapes(input: inputShape)
    outputShapes = wanted.map { shapes[$0] }
    let fusion = Fusion(
      graph: graph, state: network.state, wanted: Set(wanted),
      needed: Draft.ancestors(of: wanted, in: graph), isEvaluated: { _ in fuses }, merges: fuses)
    places = wanted.compactMap { fusion.positions[$0] }
    self.shapes = fusion.shapes(of: shapes)
    self.fusion = fusion
    self.precision = precision
    self.fuses = fuses
  }

  /// The plan for batches of one size.
  func plan(_ batchSize: Int) -> InferenceBlueprint {
    InferenceBlueprint(
      nodes: fusion.nodes, shapes: shapes, batchSize: batchSize, precision: precision,
      wanted: Set(places), splits: fuses)
  }

  private static func place(of output: InferencePlan.Output, in graph: Graph) throws(NetworkError)
    -> Int
  {
    switch output {
    case .features:
      if let place = graph.featureIndex { return place }
      throw .unknownNode(name: "features", nearest: [])
    case .logits:
      if let place = graph.logitsIndex { return place }
      throw .unknownNode(name: "logits", nearest: [])
    case .node(let name):
      return try graph.index(ofNode: name)
    }
  }

  /// The nodes that the wanted ones need, and the input.
  private static func ancestors(of wanted: [Int], in graph: Graph) -> Set<Int> {
    var needed = Set(wanted + [0])
    for place in graph.nodes.indices.reversed() where needed.contains(place) {
      needed.formUnion(graph.nodes[place].inputs)
    }
    return needed
  }
}
