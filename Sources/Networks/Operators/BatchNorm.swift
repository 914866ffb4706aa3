/// Batch normalisation per channel, with epilogue.
///
/// `y = clamp(γ · (x − μ) / √(σ² + ε) + β + residual)`, where μ and σ² (biased) are the batch's in
/// training and the running ones otherwise. Training moves the running mean towards μ and the
/// running variance towards the unbiased variance by the momentum 0.1, as PyTorch does.
/// Any shape with C channels; parameters and buffers are `[C]`.
///
/// - Reference: Ioffe & Szegedy 2015, arXiv:1502.03167, algorithm 1.
package struct BatchNorm: Operator {
  package static let kind = "batch-norm"
  package let name: String
  package let channels: Int
  package let epsilon: Float
  /// The value that a fresh γ has; 0 for the last normalisation of a residual branch.
  package let initialScale: Double
  package let epilogue: Epilogue
  /// The share of the batch's statistics in the new running statistics.
  package static let momentum: Float = 0.1

  package init(
    _ name: String, channels: Int, epsilon: Float = 1e-5, initialScale: Double = 1,
    epilogue: Epilogue = .none
  ) {
    self.name = name
    self.channels = channels
    self.epsilon = epsilon
    self.initialScale = initialScale
    self.epilogue = epilogue
  }

  package var parameters: [ParameterSpecification] {
    [
      ParameterSpecification(
        name: "\(name).weight", shape: [channels], role: .normScale,
        initialization: .constant(initialScale)),
      ParameterSpecification(
        name: "\(name).bias", shape: [channels], role: .normShift, initialization: .constant(0)),
      ParameterSpecification(
        name: "\(name).running_mean", shape: [channels], role: .buffer,
        initialization: .constant(0)),
      ParameterSpecification(
        name: "\(name).running_var", shape: [channels], role: .buffer,
        initialization: .constant(1)),
    ]
  }

  package func outputShape(of inputs: [SampleShape]) throws(ShapeMismatch) -> SampleShape {
    guard inputs[0].channels == channels else {
      throw ShapeMismatch("it needs \(channels) channels")
    }
    guard !epilogue.addsResidual || inputs[1] == inputs[0] else {
      throw ShapeMismatch("the residual must have shape \(inputs[0])")
    }
    return inputs[0]
  }
}
