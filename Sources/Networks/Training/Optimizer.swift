/// A rule that moves parameters along their gradients.
///
/// An optimiser is a value: its hyper-parameters, and for each parameter, by name, the state that it
/// keeps from step to step. ``TrainingPlan/apply(_:learningRate:)`` walks the parameters.
public protocol Optimizer: Sendable {
  /// Begins a step; called once before the parameters of a step are updated.
  mutating func beginStep()

  /// Updates one parameter in place.
  mutating func update(
    _ parameter: TrainableParameter, values: UnsafeMutablePointer<Float>,
    gradients: UnsafePointer<Float>, learningRate: Double)

  /// All that a run must save to go on as if it had not stopped.
  var state: OptimizerState { get set }
}

/// What an optimiser keeps from step to step, for saving and resuming.
public struct OptimizerState: Sendable {
  /// Steps taken.
  public var stepCount: Int
  /// Tensors by parameter and kind, such as `fc.weight/momentum`; flat.
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
  public var count: Int { shape.reduce(1, *) }
}
