import Networks
import Tensors

/// What a benchmark repeats.
protocol EngineLoad: AnyObject {
  /// Does once what is timed.
  func step() throws
  /// Where the time of each node goes; nil for no timing.
  var times: NodeTimes? { get set }
  /// What each node costs by ``times``.
  var costs: [NodeCost] { get }
  /// A number that follows from the answers of the last step.
  var checksum: Double { get }
  /// What the first training steps found; nil for inference and before the second.
  var firstSteps: EngineBenchmark.FirstSteps? { get }
  /// The features of the last step, `[N, D]`; nil for training.
  var features: Tensor? { get }
}

/// Images to features.
final class InferenceLoad: EngineLoad {
  private let plan: InferencePlan
  private let images: Tensor
  private(set) var features: Tensor?

  init(_ network: Network, _ images: Tensor, _ precision: Precision) throws {
    plan = try InferencePlan(
      network: network, batchSize: images.shape[0], imageHeight: images.shape[1],
      imageWidth: images.shape[2], outputs: [.features], precision: precision)
    self.images = images
  }

  func step() throws { features = try plan.run(images)[0] }

  var times: NodeTimes? {
    get { plan.times }
    set { plan.times = newValue }
  }

  var costs: [NodeCost] { plan.costs }

  var checksum: Double { features?.values.reduce(0) { $0 + Double($1) } ?? 0 }

  var firstSteps: EngineBenchmark.FirstSteps? { nil }
}

/// Whole training steps on the same images.
final class TrainingLoad: EngineLoad {
  private let plan: TrainingPlan
  private let images: Tensor
  private let labels: [Int]
  private var optimizer = SGD(momentum: 0.9, nesterov: false, weightDecay: 0)
  private var losses: [Double] = []
  private var gradientNorm = 0.0
  private(set) var checksum = 0.0

  init(_ network: Network, _ images: Tensor, _ labels: [Int]) throws {
    plan = try TrainingPlan(
      network: network, batchSize: images.shape[0],
      inputShape: SampleShape(
        height: images.shape[1], width: images.shape[2], channels: images.shape[3]))
    self.images = images
    self.labels = labels
  }

  func step() throws {
    checksum = try plan.step(images: images, labels: labels).loss
    if losses.count < 2 {
      if losses.isEmpty { gradientNorm = plan.gradientNorm }
      losses.append(checksum)
    }
    times?.begin(.update)
    plan.apply(&optimizer, learningRate: EngineBenchmark.learningRate)
    times?.end()
  }

  var times: NodeTimes? {
    get { plan.times }
    set { plan.times = newValue }
  }

  var costs: [NodeCost] { plan.costs }

  var firstSteps: EngineBenchmark.FirstSteps? {
    guard losses.count == 2 else { return nil }
    return EngineBenchmark.FirstSteps(
      loss: losses[0], gradientNorm: gradientNorm, lossAfterUpdate: losses[1])
  }

  var features: Tensor? { nil }
}
