/// Two-dimensional convolution over all input channels, with bias and epilogue.
///
/// `y[n, i, j, o] = clamp(Σ_{u, v, c} w[o, u, v, c] · x[n, i·s + u − p, j·s + v − p, c] + b[o]
///  + residual[n, i, j, o])`.
/// Input `[H, W, C]`, residual and output `[H', W', O]`; the weight is `[O, C, k, k]` in the state
/// dict and `[O, k, k, C]` in the engine. A 1×1 convolution on a vector is ``Linear``.
package struct Convolution: Operator {
  package static let kind = "convolution"
  package let name: String
  package let inputChannels: Int
  package let outputChannels: Int
  package let window: Window
  package let hasBias: Bool
  package let initialization: Initialization
  package let epilogue: Epilogue

  package init(
    _ name: String, from inputChannels: Int, to outputChannels: Int, window: Window,
    hasBias: Bool = false, initialization: Initialization? = nil, epilogue: Epilogue = .none
  ) {
    self.name = name
    self.inputChannels = inputChannels
    self.outputChannels = outputChannels
    self.window = window
    self.hasBias = hasBias
    self.initialization =
      initialization ?? .kaimingNormal(fan: outputChannels * window.size * window.size)
    self.epilogue = epilogue
  }

  package var parameters: [ParameterSpecification] {
    let weight = ParameterSpecification(
      name: "\(name).weight", shape: [outputChannels, inputChannels, window.size, window.size],
      role: .weight, initialization: initialization, layout: .convolution)
    guard hasBias else { return [weight] }
    let bias = ParameterSpecification(
      name: "\(name).bias", shape: [outputChannels], role: .bias, initialization: .constant(0))
    return [weight, bias]
  }

  package func outputShape(of inputs: [SampleShape]) throws(ShapeMismatch) -> SampleShape {
    guard inputs[0].channels == inputChannels else {
      throw ShapeMismatch("it needs \(inputChannels) channels")
    }
    let output = try window.output(of: inputs, channels: outputChannels)
    guard !epilogue.addsResidual || inputs[1] == output else {
      throw ShapeMismatch("the residual must have shape \(output)")
    }
    return output
  }

  package func resized(outputs: Int) -> (any Operator)? {
    Convolution(
      name, from: inputChannels, to: outputs, window: window, hasBias: hasBias,
      initialization: initialization, epilogue: epilogue)
  }
}

extension Initialization {
  /// Kaiming's normal distribution for ReLU, `σ = √(2 / fan)`.
  ///
  /// - Reference: He et al. 2015, arXiv:1502.01852, eq. 10 (fan-in) and 14 (fan-out).
  package static func kaimingNormal(fan: Int) -> Initialization {
    .normal(standardDeviation: (2 / Double(fan)).squareRoot())
  }
}

extension Convolution {
  package var packedParameters: [Int] { [0] }
  package var inputsOutputMayReplace: [Int] { epilogue.addsResidual ? [1] : [] }

  package func memory(at site: Site) -> OperatorMemory {
    kernel(site, batch: site.batchSize).memory(at: site, hasBias: hasBias)
  }

  package func backwardReads(at site: Site) -> BackwardReads {
    BackwardReads(inputs: site.wantsParameterGradients[0], output: epilogue.clamp.isActive)
  }

  package func prepare(_ run: borrowing Run) {
    kernel(run.site, batch: run.site.batchSize).prepare(run)
  }

  package func forward(_ run: borrowing Run) {
    kernel(run.site, batch: run.batch).forward(run, hasBias: hasBias)
  }

  package func backward(_ run: borrowing Run) {
    kernel(run.site, batch: run.batch).backward(run, hasBias: hasBias)
  }

  private func kernel(_ site: Site, batch: Int) -> ConvolutionKernel {
    ConvolutionKernel(
      shape: window.shape(batch: batch, input: site.inputs[0], output: site.output, groups: 1),
      epilogue: epilogue)
  }
}
