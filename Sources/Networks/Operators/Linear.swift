/// `y = f(W x + b + residual)` on the channels of each pixel or token, with epilogue.
///
/// Input `[…, C]`, residual and output `[…, O]`, weight `[O, C]`, bias `[O]`: the convolution of every
/// pixel with one tap. Cost 2 · pixels · O · C operations.
///
/// In training its input's gradient may be that of what a function before it was given; see ``slope``.
package struct Linear: Operator {
  package static let kind = "linear"
  package let name: String
  package let inputs: Int
  package let outputs: Int
  package private(set) var hasBias: Bool
  /// Whether the state dict holds the weight as that of a 1×1 convolution, `[O, C, 1, 1]`.
  package let isConvolution: Bool
  /// The family's law for fresh weights.
  package let initialization: Initializer
  package var epilogue: Epilogue
  /// The function f of a training plan whose value the first input is, of a further, last input: then
  /// the first input's gradient is multiplied by f′ of that input as it is written, for ``Activation`` to
  /// pass on as it is.
  package var slope: ActivationFunction?

  /// How fresh weights are drawn.
  package enum Initializer: Hashable, Sendable {
    /// PyTorch's default: weight and bias uniform on ± 1/√in.
    case pytorch
    /// EfficientNet's: weight uniform on ± 1/√out, bias 0.
    case fanOut
    /// Kaiming normal by fan-in, bias as PyTorch's default.
    case kaiming
    /// Normal of this standard deviation, bias 0.
    case normal(standardDeviation: Double)

    /// Normal of standard deviation 0.02, bias 0.
    package static let transformer = Initializer.normal(standardDeviation: 0.02)

    /// Kaiming's normal distribution by fan-out, bias 0.
    package static func byOutputs(_ outputs: Int) -> Initializer {
      .normal(standardDeviation: (2 / Double(outputs)).squareRoot())
    }
  }

  package init(
    _ name: String, from inputs: Int, to outputs: Int, hasBias: Bool = true,
    asConvolution isConvolution: Bool = false, initialization: Initializer = .pytorch,
    epilogue: Epilogue = .none
  ) {
    self.name = name
    self.inputs = inputs
    self.outputs = outputs
    self.hasBias = hasBias
    self.isConvolution = isConvolution
    self.initialization = initialization
    self.epilogue = epilogue
  }

  package var parameters: [ParameterSpecification] {
    let byInputs = Initialization.uniform(bound: 1 / Double(inputs).squareRoot())
    let (weight, bias): (Initialization, Initialization) =
      switch initialization {
      case .pytorch: (byInputs, byInputs)
      case .fanOut: (.uniform(bound: 1 / Double(outputs).squareRoot()), .constant(0))
      case .kaiming: (.kaimingNormal(fan: inputs), byInputs)
      case .normal(let deviation): (.normal(standardDeviation: deviation), .constant(0))
      }
    let matrix = ParameterSpecification(
      name: "\(name).weight", shape: [outputs, inputs] + (isConvolution ? [1, 1] : []),
      role: .weight, initialization: weight)
    guard hasBias else { return [matrix] }
    return [
      matrix,
      ParameterSpecification(
        name: "\(name).bias", shape: [outputs], role: .bias, initialization: bias),
    ]
  }

  package func outputShape(of inputs: [SampleShape]) throws(ShapeMismatch) -> SampleShape {
    try inputs[0].mustHave(channels: self.inputs)
    let output = inputs[0].with(channels: outputs)
    try epilogue.checkResidual(inputs, output: output)
    return output
  }

  package func resized(outputs: Int) -> (any Operator)? {
    Linear(
      name, from: inputs, to: outputs, hasBias: hasBias, asConvolution: isConvolution,
      initialization: initialization, epilogue: epilogue)
  }
}

extension Linear: ChannelScalable {
  package func withBias() -> Linear {
    var result = self
    result.hasBias = true
    return result
  }
}

extension Linear {
  package var packedParameters: [Int] { [0] }
  package var inputsOutputMayReplace: [Int] { epilogue.addsResidual ? [1] : [] }
  package var inputsGradientMayReplace: [Int] { epilogue.addsResidual ? [1] : [] }
  package var inputsWithoutGradient: [Int] {
    slope == nil ? [] : [epilogue.addsResidual ? 2 : 1]
  }

  package func memory(at site: Site) -> OperatorMemory {
    kernel(site, batch: site.batchSize).memory(
      at: site, wantsBias: hasBias && site.wantsParameterGradients[1])
  }

  package func backwardReads(at site: Site) -> BackwardReads {
    BackwardReads(
      inputs: site.wantsParameterGradients[0] || slope != nil, output: epilogue.clamp.isActive)
  }

  package func prepare(_ run: borrowing Run) {
    kernel(run.site, batch: run.site.batchSize).prepare(run, weights: run.parameters[0])
  }

  package func forward(_ run: borrowing Run) {
    kernel(run.site, batch: run.batch).forward(run, bias: hasBias ? run.parameters[1] : nil)
  }

  package func backward(_ run: borrowing Run) {
    kernel(run.site, batch: run.batch).backward(
      run, weightGradient: run.parameterGradient(0),
      biasGradient: hasBias ? run.parameterGradient(1) : nil, through: slope)
  }

  /// All pixels of the batch as so many images of one pixel.
  func kernel(_ site: Site, batch: Int) -> ConvolutionKernel {
    ConvolutionKernel(
      shape: .linear(rows: batch * site.output.pixels, from: inputs, to: outputs),
      epilogue: epilogue, precision: site.precision)
  }
}
