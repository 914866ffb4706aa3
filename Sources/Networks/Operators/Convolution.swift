/// Two-dimensional convolution, with bias and epilogue.
///
/// `y[n, i, j, o] = f(Σ_{u, v, c} w[o, u, v, c] · x[n, i·s + u·d − p, j·s + v·d − p, c] + b[o]
///  + residual[n, i, j, o])`.
/// Input `[H, W, C]`, residual and output `[H', W', O]`. With G groups, output channels of group g
/// see the input channels of group g only. The weight is `[O, C / G, k, k]` in the state dict and
/// `[O, k, k, C / G]` in the engine. With as many groups as channels use ``DepthwiseConvolution``; a
/// 1×1 convolution on a vector or tokens is ``Linear``.
package struct Convolution: Operator {
  package static let kind = "convolution"
  package let name: String
  package let inputChannels: Int
  package let outputChannels: Int
  package let window: Window
  package let groups: Int
  package private(set) var hasBias: Bool
  package let initialization: Initialization
  package var epilogue: Epilogue

  package init(
    _ name: String, from inputChannels: Int, to outputChannels: Int, window: Window,
    groups: Int = 1, hasBias: Bool = false, initialization: Initialization? = nil,
    epilogue: Epilogue = .none
  ) {
    precondition(
      inputChannels % groups == 0 && outputChannels % groups == 0,
      "Convolution '\(name)': \(inputChannels) → \(outputChannels) channels in \(groups) groups")
    self.name = name
    self.inputChannels = inputChannels
    self.outputChannels = outputChannels
    self.window = window
    self.groups = groups
    self.hasBias = hasBias
    self.initialization =
      initialization ?? .kaimingNormal(fan: outputChannels / groups * window.taps)
    self.epilogue = epilogue
  }

  /// Numbers in the weight.
  var weightCount: Int {
    outputChannels * (inputChannels / groups) * window.vertical.size * window.horizontal.size
  }

  package var parameters: [ParameterSpecification] {
    let weight = ParameterSpecification(
      name: "\(name).weight",
      shape: [
        outputChannels, inputChannels / groups, window.vertical.size, window.horizontal.size,
      ],
      role: .weight, initialization: initialization, layout: .convolution)
    guard hasBias else { return [weight] }
    let bias = ParameterSpecification(
      name: "\(name).bias", shape: [outputChannels], role: .bias, initialization: .constant(0))
    return [weight, bias]
  }

  package func outputShape(of inputs: [SampleShape]) throws(ShapeMismatch) -> SampleShape {
    try inputs[0].mustHave(channels: inputChannels)
    let output = try window.output(of: inputs, channels: outputChannels)
    try epilogue.checkResidual(inputs, output: output)
    return output
  }

  package func resized(outputs: Int) -> (any Operator)? {
    Convolution(
      name, from: inputChannels, to: outputs, window: window, groups: groups, hasBias: hasBias,
      initialization: initialization, epilogue: epilogue)
  }
}

extension Convolution: ChannelScalable {
  package func withBias() -> Convolution {
    var result = self
    result.hasBias = true
    return result
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
    kernel(site, batch: site.batchSize).memory(
      at: site, wantsBias: hasBias && site.wantsParameterGradients[1])
  }

  package func backwardReads(at site: Site) -> BackwardReads {
    BackwardReads(inputs: site.wantsParameterGradients[0], output: epilogue.clamp.isActive)
  }

  package func prepare(_ run: borrowing Run) { prepare(run, weights: run.parameters[0]) }

  /// Packs other weights than the parameter's.
  func prepare(_ run: borrowing Run, weights: UnsafePointer<Float>) {
    kernel(run.site, batch: run.site.batchSize).prepare(run, weights: weights)
  }

  package func forward(_ run: borrowing Run) {
    kernel(run.site, batch: run.batch).forward(run, bias: hasBias ? run.parameters[1] : nil)
  }

  package func backward(_ run: borrowing Run) {
    kernel(run.site, batch: run.batch).backward(
      run, weightGradient: run.parameterGradient(0),
      biasGradient: hasBias ? run.parameterGradient(1) : nil)
  }

  private func kernel(_ site: Site, batch: Int) -> ConvolutionKernel {
    ConvolutionKernel(
      shape: window.shape(
        batch: batch, input: site.inputs[0], output: site.output, groups: groups),
      epilogue: epilogue, precision: site.precision)
  }
}
