/// `y = W x + b` on vectors.
///
/// Input `[C]`, output `[O]`, weight `[O, C]`, bias `[O]`: the convolution of one pixel with one tap.
package struct Linear: Operator {
  package static let kind = "linear"
  package let name: String
  package let inputs: Int
  package let outputs: Int
  /// The family's law for a fresh classifier.
  package let initialization: Initializer

  /// How a fresh classifier is drawn.
  package enum Initializer: Hashable, Sendable {
    /// PyTorch's default: weight and bias uniform on ± 1/√in.
    case pytorch
    /// EfficientNet's: weight uniform on ± 1/√out, bias 0.
    case fanOut
    /// Kaiming normal by fan-in, bias as PyTorch's default.
    case kaiming
  }

  package init(
    _ name: String, from inputs: Int, to outputs: Int, initialization: Initializer = .pytorch
  ) {
    self.name = name
    self.inputs = inputs
    self.outputs = outputs
    self.initialization = initialization
  }

  package var parameters: [ParameterSpecification] {
    let byInputs = Initialization.uniform(bound: 1 / Double(inputs).squareRoot())
    let (weight, bias): (Initialization, Initialization) =
      switch initialization {
      case .pytorch: (byInputs, byInputs)
      case .fanOut: (.uniform(bound: 1 / Double(outputs).squareRoot()), .constant(0))
      case .kaiming: (.kaimingNormal(fan: inputs), byInputs)
      }
    return [
      ParameterSpecification(
        name: "\(name).weight", shape: [outputs, inputs], role: .weight, initialization: weight),
      ParameterSpecification(
        name: "\(name).bias", shape: [outputs], role: .bias, initialization: bias),
    ]
  }

  package func outputShape(of inputs: [SampleShape]) throws(ShapeMismatch) -> SampleShape {
    guard inputs[0].isVector, inputs[0].channels == self.inputs else {
      throw ShapeMismatch("it needs a vector of \(self.inputs)")
    }
    return SampleShape(vector: outputs)
  }

  package func resized(outputs: Int) -> (any Operator)? {
    Linear(name, from: inputs, to: outputs, initialization: initialization)
  }
}

extension Linear {
  package var packedParameters: [Int] { [0] }
  package func memory(at site: Site) -> OperatorMemory {
    kernel(site, batch: site.batchSize).memory(at: site, hasBias: true)
  }

  package func backwardReads(at site: Site) -> BackwardReads {
    BackwardReads(inputs: site.wantsParameterGradients[0])
  }

  package func prepare(_ run: borrowing Run) {
    kernel(run.site, batch: run.site.batchSize).prepare(run)
  }

  package func forward(_ run: borrowing Run) {
    kernel(run.site, batch: run.batch).forward(run, hasBias: true)
  }

  package func backward(_ run: borrowing Run) {
    kernel(run.site, batch: run.batch).backward(run, hasBias: true)
  }

  private func kernel(_ site: Site, batch: Int) -> ConvolutionKernel {
    ConvolutionKernel(
      shape: Window(size: 1).shape(
        batch: batch, input: site.inputs[0], output: site.output, groups: 1),
      epilogue: .none)
  }
}
