public import Tensors

/// A network made ready to be trained on batches of one shape.
///
/// A step computes the loss and the gradients of the trainable parameters; backward visits only what
/// lies between the lowest of them and the loss, and what lies below runs as in inference, with its
/// normalisations folded. All activations and gradients share one arena; a step allocates nothing.
/// One plan serves one thread at a time; it uses all threads of ``Parallel``.
public final class TrainingPlan {
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
  /// Bytes that the plan takes.
  public let memory: MemoryEstimate
  /// The number of nodes whose output is computed a second time in the backward pass.
  public let recomputedNodeCount: Int
  /// Steps taken, from which dropout's masks follow; set it when a run is resumed.
  public var stepCount: UInt64 = 0

  var origin: Network
  let graph: Graph
  let isTrained: [Bool]
  let rates: RandomRates
  let random: CounterRandom
  let engine: PlanEngine
  let logits: Int
  let loss: LossEvaluation
  /// Parameters and buffers that steps change.
  let changing: [ParameterSpecification]
  var needsPacking = false
  /// Where the time of each node is collected; nil for no timing.
  package var times: NodeTimes?

  /// Makes a network ready for training.
  ///
  /// - Parameters:
  ///   - network: The network, whole or a suffix; it must have a head.
  ///   - batchSize: The largest number of samples in a step.
  ///   - inputShape: The shape of one sample; nil for the graph's nominal one.
  ///   - trainable: Which parameters change.
  ///   - batchNorm: How normalisations take part above the lowest trainable parameter.
  ///   - loss: What is made small.
  ///   - dropout: The rate of dropout before the classifier, in [0, 1).
  ///   - stochasticDepth: The share of samples whose deepest residual branch is left out, in [0, 1);
  ///     0 for the first block and linear between (timm's `drop_path_rate`).
  ///   - seed: What the masks of both follow from, with the step.
  ///   - memoryLimit: Bytes that the plan should not pass; where it would, activations are given up
  ///     after the forward pass and computed again in the backward pass, which changes no result.
  ///   - availableMemory: Bytes that may be taken at most; nil for any number.
  /// - Throws: ``NetworkError/nothingToTrain``, ``NetworkError/unknownStage(name:stages:)``,
  ///   ``NetworkError/shape(node:inputs:reason:)``,
  ///   ``NetworkError/memory(needed:available:largestBatch:)`` where the plan passes
  ///   `availableMemory`, or `memoryLimit` whatever is given up.
  public init(
    network: Network, batchSize: Int, inputShape: SampleShape? = nil,
    trainable: TrainableSet = .all, batchNorm: BatchNormMode = .train,
    loss: any Loss = CrossEntropy(), dropout: Double = 0, stochasticDepth: Double = 0,
    seed: UInt64 = 0, memoryLimit: Int? = nil, availableMemory: Int? = AvailableMemory.bytes
  ) throws(NetworkError) {
    precondition(batchSize > 0, "a plan needs a positive batch size")
    let rates = RandomRates(dropout: dropout, stochasticDepth: stochasticDepth)
    let blueprint = try TrainingBlueprint(
      network, inputShape: inputShape, trainable: trainable, batchNorm: batchNorm,
      rates: rates)
    let plan = blueprint.plan(batchSize: batchSize, limit: memoryLimit)
    try plan.estimate.check(available: TrainingPlan.bound(memoryLimit, availableMemory)) { size in
      blueprint.plan(batchSize: size, limit: memoryLimit).estimate
    }
    engine = PlanEngine(plan)
    engine.load(blueprint.fusion)
    memory = plan.estimate
    recomputedNodeCount = plan.schedule.recomputedCount
    let stages = network.graph.stageOfParameter
    parameters = engine.store.trainable.inModuleOrder().map {
      TrainableParameter($0, stage: stages[$0.name] ?? "")
    }
    changing = blueprint.changing
    self.loss = LossEvaluation(loss, classCount: blueprint.classCount, batchSize: batchSize)
    origin = network
    graph = blueprint.graph
    isTrained = blueprint.isTrained
    self.rates = rates
    random = CounterRandom(seed: seed, key: "dropout")
    logits = blueprint.logits
    self.batchSize = batchSize
    self.inputShape = blueprint.inputShape
  }

  /// What a plan would take, found out without taking it.
  ///
  /// - Parameters: As for the initialiser.
  /// - Throws: As the initialiser, but never for want of memory.
  public static func memoryEstimate(
    network: Network, batchSize: Int, inputShape: SampleShape? = nil,
    trainable: TrainableSet = .all, batchNorm: BatchNormMode = .train, dropout: Double = 0,
    stochasticDepth: Double = 0, memoryLimit: Int? = nil
  ) throws(NetworkError) -> MemoryEstimate {
    try TrainingBlueprint(
      network, inputShape: inputShape, trainable: trainable, batchNorm: batchNorm,
      rates: RandomRates(dropout: dropout, stochasticDepth: stochasticDepth)
    ).plan(batchSize: batchSize, limit: memoryLimit).estimate
  }

  /// Bytes of the arena that activations and gradients share.
  public var arenaBytes: Int { memory.arenaBytes }

  /// How many backward calls of operators the plan has made.
  package var backwardCallCount: Int { engine.backwardCalls }

  /// The names of the nodes that a backward pass visits, from the loss down.
  package var visitedNodes: [String] {
    engine.steps.compactMap { step in
      if case .backward(let place) = step { engine.nodes[place].name } else { nil }
    }
  }

  private static func bound(_ limit: Int?, _ available: Int?) -> Int? {
    guard let limit, let available else { return limit ?? available }
    return min(limit, available)
  }
}
