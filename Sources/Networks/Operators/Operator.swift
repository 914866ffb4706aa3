internal import Tensors

/// What a node of a graph computes.
///
/// An operator is one file: its shape rule, its parameters, its forward and its backward. To add
/// one, write that file and add a line to `OperatorCases` in the tests, which checks its gradients.
/// Every operator is a value that holds its configuration only; memory belongs to the plan.
package protocol Operator: Sendable {
  /// The kind of operator, such as `convolution`, for errors and benchmarks.
  static var kind: String { get }

  /// Its parameters and buffers, in the order in which ``Run/parameters`` holds them.
  var parameters: [ParameterSpecification] { get }

  /// The output's shape for inputs of these shapes.
  func outputShape(of inputs: [SampleShape]) throws(ShapeMismatch) -> SampleShape

  /// The memory it wants besides its inputs, output and parameters.
  func memory(at site: Site) -> OperatorMemory

  /// Which activations its backward reads, so that the plan keeps them.
  func backwardReads(at site: Site) -> BackwardReads

  /// The inputs whose memory the output may take over, where nobody else reads them any more.
  var inputsOutputMayReplace: [Int] { get }

  /// The inputs whose gradient may take over the memory of the output's gradient.
  var inputsGradientMayReplace: [Int] { get }

  /// The inputs that it only reads: no gradient flows to them from here.
  var inputsWithoutGradient: [Int] { get }

  /// The parameters that only ``prepare(_:)`` reads; inference frees them once they are packed.
  var packedParameters: [Int] { get }

  /// Packs the parameters into ``Run/packed``; called whenever they changed.
  func prepare(_ run: borrowing Run)

  /// Computes the output of ``Run/batch`` samples.
  func forward(_ run: borrowing Run)

  /// Computes the wanted gradients from the output's gradient.
  ///
  /// Gradients of inputs are written, or added where ``InputGradient/accumulates``. Gradients of
  /// parameters are written. The output's gradient may be overwritten.
  func backward(_ run: borrowing Run)

  /// The same operator with another number of output channels, for a new classifier; nil where that
  /// makes no sense.
  func resized(outputs: Int) -> (any Operator)?
}

extension Operator {
  package var parameters: [ParameterSpecification] { [] }
  package func memory(at site: Site) -> OperatorMemory { OperatorMemory() }
  package var packedParameters: [Int] { [] }
  package var inputsOutputMayReplace: [Int] { [] }
  package var inputsGradientMayReplace: [Int] { [] }
  package var inputsWithoutGradient: [Int] { [] }
  package func backwardReads(at site: Site) -> BackwardReads { BackwardReads() }
  package func prepare(_ run: borrowing Run) {}
  package func resized(outputs: Int) -> (any Operator)? { nil }
}

/// Why an operator cannot work on its inputs.
package struct ShapeMismatch: Error {
  package let reason: String
  package init(_ reason: String) { self.reason = reason }
}

/// How a node takes part in a plan.
package enum RunMode: Sendable, Hashable {
  /// Inference: running statistics, no dropout, nothing kept for a backward pass.
  case evaluation
  /// Training with the batch's own statistics; running statistics are updated.
  case training
  /// Training with the running statistics, which stay as they are.
  case trainingFrozenStatistics
}

/// Where an operator stands in a plan: the shapes and what is wanted of it.
package struct Site: Sendable {
  package let inputs: [SampleShape]
  package let output: SampleShape
  /// The largest number of samples in a run.
  package let batchSize: Int
  package let mode: RunMode
  /// The format in which products are computed.
  package let precision: Precision
  /// Whether the gradient of each input is wanted.
  package let wantsInputGradients: [Bool]
  /// Whether the gradient of each parameter is wanted.
  package let wantsParameterGradients: [Bool]
  /// Threads that may have scratch memory of their own: those of ``Parallel`` when the plan was made.
  package let slots = Parallel.threadCount

  package init(
    inputs: [SampleShape], output: SampleShape, batchSize: Int, mode: RunMode,
    precision: Precision = .float32, wantsInputGradients: [Bool], wantsParameterGradients: [Bool]
  ) {
    self.inputs = inputs
    self.output = output
    self.batchSize = batchSize
    self.mode = mode
    self.precision = precision
    self.wantsInputGradients = wantsInputGradients
    self.wantsParameterGradients = wantsParameterGradients
  }
}

/// Numbers of floats that an operator wants of the plan.
package struct OperatorMemory: Sendable, Equatable {
  /// Kept from one change of the parameters to the next: packed weights.
  package var packed = 0
  /// Kept from the forward to the backward pass of a step: statistics, indices, masks.
  package var saved = 0
  /// Free for use during one forward call.
  package var forwardScratch = 0
  /// Free for use during one backward call.
  package var backwardScratch = 0

  package init(packed: Int = 0, saved: Int = 0, forwardScratch: Int = 0, backwardScratch: Int = 0) {
    self.packed = packed
    self.saved = saved
    self.forwardScratch = forwardScratch
    self.backwardScratch = backwardScratch
  }
}

/// Which activations an operator's backward reads.
package struct BackwardReads: Sendable, Equatable {
  package var inputs: Bool
  package var output: Bool
  package init(inputs: Bool = false, output: Bool = false) {
    self.inputs = inputs
    self.output = output
  }
}
