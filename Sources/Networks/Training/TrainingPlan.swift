internal import CKernels
public import Tensors

/// A network made ready to be trained on batches of one shape.
///
/// A step computes the loss and the gradients of the trainable parameters; backward visits only what
/// lies between the lowest of them and the loss, and what lies below runs as in inference, with its
/// normalisations folded. All activations and gradients share one arena; a step allocates nothing.
/// One plan serves one thread at a time; it uses all threads of ``Parallel``.
public final class TrainingPlan {
  /// Which statistics normalisations use in the trained part.
  public enum BatchNormMode: String, Sendable, Codable, CaseIterable {
    /// The batch's; the running statistics follow them.
    case train
    /// The running ones, which stay as they are.
    case frozen
  }

  /// What a step found.
  public struct StepResult: Sendable, Hashable {
    /// The mean loss of the batch, before the update.
    public let loss: Double
    /// The number of samples whose largest score is the label's.
    public let correct: Int
  }

  /// The largest number of samples in a step.
  public let batchSize: Int
  /// The shape of one input sample.
  public let inputShape: SampleShape
  /// What is trained, in the order of the graph.
  public let parameters: [TrainableParameter]

  var origin: Network
  let graph: Graph
  let isTrained: [Bool]
  let rates: RandomRates
  private let seed: UInt64
  let engine: PlanEngine
  private let logits: Int
  private let loss: CrossEntropy
  /// Parameters and buffers that steps change.
  let changing: [ParameterSpecification]
  private let repacks: Set<String>
  var needsPacking = true
  /// Steps taken, from which dropout's masks follow; set it when a run is resumed.
  public var stepCount: UInt64 = 0
  /// Where the time of each node is collected; nil for no timing.
  package var times: NodeTimes?

  /// Makes a network ready for training.
  ///
  /// - Parameters:
  ///   - network: The network, whole or a suffix; it must have a head.
  ///   - batchSize: The largest number of samples in a step.
  ///   - inputShape: The shape of one sample; nil for the graph's nominal one.
  ///   - trainable: Which parameters change.
  ///   - batchNorm: Which statistics normalisations use above the lowest trainable parameter.
  ///   - labelSmoothing: s in [0, 1): the target is `(1 − s) · onehot + s / C`.
  ///   - dropout: The rate of dropout before the classifier, in [0, 1).
  ///   - stochasticDepth: The share of samples whose deepest residual branch is left out, in [0, 1);
  ///     0 for the first block and linear between (timm's `drop_path_rate`).
  ///   - seed: What the masks of both follow from, with the step.
  /// - Throws: ``NetworkError/nothingToTrain``, ``NetworkError/unknownStage(name:stages:)``,
  ///   ``NetworkError/shape(node:inputs:reason:)``.
  public init(
    network: Network, batchSize: Int, inputShape: SampleShape? = nil,
    trainable: TrainableSet = .all, batchNorm: BatchNormMode = .train, labelSmoothing: Double = 0,
    dropout: Double = 0, stochasticDepth: Double = 0, seed: UInt64 = 0
  ) throws(NetworkError) {
    precondition(batchSize > 0, "a plan needs a positive batch size")
    precondition((0..<1).contains(labelSmoothing), "label smoothing lies in [0, 1)")
    let rates = RandomRates(dropout: dropout, stochasticDepth: stochasticDepth)
    guard let head = network.graph.logitsNode else {
      preconditionFailure("a network without head cannot be trained; replace its head first")
    }
    let graph = try network.graph.truncated(to: head)
    let names = try trainable.names(in: graph)
    let input = inputShape ?? graph.inputShape
    let shapes = try graph.shapes(input: input)
    var isTrained = [Bool](repeating: false, count: graph.nodes.count)
    for (place, node) in graph.nodes.enumerated() {
      isTrained[place] =
        node.operation.parameters.contains { names.contains($0.name) }
        || node.inputs.contains { isTrained[$0] }
    }
    let fusion = TrainingPlan.fuse(graph, network.state, isTrained: isTrained, rates: rates)
    guard let logits = fusion.positions[graph.outputIndex] else {
      preconditionFailure("fusion keeps the class scores")
    }

    var fusedShapes = [SampleShape](repeating: input, count: fusion.nodes.count)
    var hasGradient = [Bool](repeating: false, count: fusion.nodes.count)
    for (place, fused) in fusion.positions.enumerated() {
      guard let fused else { continue }
      fusedShapes[fused] = shapes[place]
      hasGradient[fused] = isTrained[place]
    }
    let trainedMode: RunMode = batchNorm == .train ? .training : .trainingFrozenStatistics
    func mode(_ place: Int) -> RunMode {
      hasGradient[place] || fusion.nodes[place].operation is any RandomOperator
        ? trainedMode : .evaluation
    }
    engine = PlanEngine(
      nodes: fusion.nodes, shapes: fusedShapes, batchSize: batchSize, mode: mode,
      wanted: [logits], hasGradient: hasGradient, trainable: names)
    engine.store.load(fusion.state)

    let stages = network.graph.stageOfParameter
    parameters = engine.store.trainable.map {
      TrainableParameter(
        name: $0.name, shape: $0.shape, role: $0.role, stage: stages[$0.name] ?? "")
    }
    let movesStatistics = batchNorm == .train
    changing = fusion.nodes.enumerated().flatMap { place, node in
      node.operation.parameters.filter {
        names.contains($0.name) || $0.role == .buffer && hasGradient[place] && movesStatistics
      }
    }
    repacks = names
    loss = CrossEntropy(
      classCount: shapes[graph.outputIndex].channels, batchSize: batchSize,
      labelSmoothing: labelSmoothing)
    origin = network
    self.graph = graph
    self.isTrained = isTrained
    self.rates = rates
    self.seed = seed
    self.logits = logits
    self.batchSize = batchSize
    self.inputShape = input
    engine.prepare()
    needsPacking = false
  }

  static func fuse(
    _ graph: Graph, _ state: StateDict, isTrained: [Bool], rates: RandomRates
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
      })
  }

  /// Bytes of the arena that activations and gradients share.
  public var arenaBytes: Int { engine.arena.count * MemoryLayout<Float>.stride }

  /// Computes the loss of labelled samples and the gradients of the trainable parameters.
  ///
  /// - Parameters:
  ///   - images: `[n, H, W, C]` (or `[n, D]` for a suffix), 1 ≤ n ≤ ``batchSize``.
  ///   - labels: The class of each sample.
  /// - Throws: ``NetworkError/inputShape(expected:actual:)``,
  ///   ``NetworkError/labelOutOfRange(label:sample:classCount:)``, or
  ///   ``NetworkError/nonFinite(node:)`` naming the first node whose output, or whose parameters'
  ///   gradient, holds a NaN or an infinity. Running statistics may then hold it too: go back to a
  ///   saved state.
  public func step(images: Tensor, labels: [Int]) throws(NetworkError) -> StepResult {
    let classes = loss.classCount
    if let sample = labels.firstIndex(where: { !(0..<classes).contains($0) }) {
      throw .labelOutOfRange(label: labels[sample], sample: sample, classCount: classes)
    }
    precondition(
      labels.count == images.shape.first, "\(labels.count) labels for images \(images.shape)")
    return try run(images) { logits, gradient in
      loss(logits: logits, labels: labels, gradient: gradient)
    }
  }

  /// Computes the loss against a distribution over the classes per sample, as mixing of images needs,
  /// and the gradients.
  ///
  /// - Parameters:
  ///   - images: `[n, H, W, C]` (or `[n, D]` for a suffix), 1 ≤ n ≤ ``batchSize``.
  ///   - targets: `[n, C]`; label smoothing is not added.
  /// - Throws: As ``step(images:labels:)``.
  public func step(images: Tensor, targets: Tensor) throws(NetworkError) -> StepResult {
    precondition(
      targets.shape == [images.shape.first ?? 0, loss.classCount],
      "targets \(targets.shape) for images \(images.shape) and \(loss.classCount) classes")
    let count = targets.shape[0]
    return try targets.withUnsafeBufferPointer { (values) throws(NetworkError) -> StepResult in
      try run(images) { logits, gradient in
        guard let base = values.baseAddress else { return (0, 0) }
        return loss(logits: logits, targets: base, count: count, gradient: gradient)
      }
    }
  }

  private func run(
    _ images: Tensor,
    _ loss: (UnsafePointer<Float>, UnsafeMutablePointer<Float>) -> (loss: Double, correct: Int)
  ) throws(NetworkError) -> StepResult {
    let shape = inputShape.dimensions
    guard let batch = images.shape.first, 1...batchSize ~= batch,
      Array(images.shape.dropFirst()) == shape
    else { throw .inputShape(expected: [batchSize] + shape, actual: images.shape) }
    if needsPacking {
      times?.begin(.packing)
      engine.prepare { node in
        node.operation.parameters.contains { self.repacks.contains($0.name) }
      }
      times?.end()
      needsPacking = false
    }
    engine.setRandom(rates, seed: CounterRandom(seed: seed, key: "dropout/\(stepCount)"))
    stepCount += 1
    return try images.withUnsafeBufferPointer { (source) throws(NetworkError) -> StepResult in
      guard let base = source.baseAddress else { return StepResult(loss: 0, correct: 0) }
      engine.bind(input: base, batch: batch)
      engine.forward(times: times)
      let scores = engine.runs[logits]
      times?.begin(.loss)
      let (value, correct) = loss(scores.output, scores.givenGradient)
      times?.end()
      guard value.isFinite else {
        throw .nonFinite(node: engine.nodes[engine.firstNonFinite() ?? logits].name)
      }
      engine.backward(times: times)
      times?.begin(.check)
      try checkGradients()
      times?.end()
      return StepResult(loss: value, correct: correct)
    }
  }

  /// Throws if a gradient is not finite, naming the node nearest to the loss.
  private func checkGradients() throws(NetworkError) {
    let gradients = engine.store.gradientBuffer
    guard let base = gradients.baseAddress, graft_has_nonfinite(base, 0, gradients.count) != 0
    else { return }
    for node in engine.nodes.reversed() {
      for parameter in node.operation.parameters {
        guard let gradient = engine.store.gradientPointer(parameter.name) else { continue }
        if graft_has_nonfinite(gradient, 0, parameter.count) != 0 {
          throw .nonFinite(node: node.name)
        }
      }
    }
  }
}
