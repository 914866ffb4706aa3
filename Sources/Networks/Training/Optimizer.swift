/// A rule that moves parameters along their gradients.
///
/// An optimiser is a value: its hyper-parameters, and for each parameter, by name, the state that it
/// keeps from step to step. ``TrainingPlan/apply(_:learningRate:groups:)`` walks the parameters.
public protocol Optimizer: Sendable {
  /// λ, where a ``ParameterGroup`` says nothing else.
  var weightDecay: Double { get }

  /// Whether biases and normalisation parameters decay too.
  var decaysNormAndBias: Bool { get }

  /// How many numbers are kept for each number of a parameter.
  var slotCount: Int { get }

  /// All that a run must save to go on as if it had not stopped.
  var state: OptimizerState { get set }

  /// Updates one parameter in place.
  ///
  /// - Precondition: ``OptimizerState/stepCount`` counts this step.
  mutating func update(
    _ parameter: TrainableParameter, values: UnsafeMutablePointer<Float>,
    gradients: UnsafePointer<Float>, learningRate: Double, weightDecay: Double)
}

/// What an optimiser keeps from step to step, for saving and resuming.
public struct OptimizerState: Sendable {
  /// Steps taken.
  public var stepCount: Int
  /// A tensor for each parameter, by its name: `slotCount` times its numbers, in the engine's order.
  public var tensors: StateDict

  /// A state of these values.
  public init(stepCount: Int = 0, tensors: StateDict = StateDict()) {
    self.stepCount = stepCount
    self.tensors = tensors
  }
}

/// A parameter that a training plan changes.
public struct TrainableParameter: Sendable, Hashable {
  /// The name in the state dict.
  public let name: String
  /// The shape in the state dict's layout.
  public let shape: [Int]
  /// What the parameter does.
  public let role: ParameterSpecification.Role
  /// The stage that it belongs to, for rates that differ by depth.
  public let stage: String
  /// Numbers in the parameter.
  public let count: Int

  init(_ specification: ParameterSpecification, stage: String) {
    name = specification.name
    shape = specification.shape
    role = specification.role
    self.stage = stage
    count = specification.count
  }
}
