internal import CKernels
package import Tensors

/// Convolution whose weights are standardised per output channel before use, with bias and epilogue:
/// `ŵ = (w − mean(w)) / √(var(w) + ε)` over an output channel's `k² · C / G` weights, `y = f(x ∗ ŵ + b)`.
///
/// Shapes and names are those of ``Convolution``. What does not train is replaced by a convolution with
/// the standardised weights (see ``Fusion``). The gradient is
/// `dw = (dŵ − mean(dŵ) − ŵ · mean(dŵ · ŵ)) / √(var(w) + ε)`.
///
/// - Reference: Qiao et al. 2019, arXiv:1903.10520, eq. 5–7; timm's `StdConv2d`.
package struct StandardizedConvolution: Operator {
  package static let kind = "standardized-convolution"
  package let epsilon: Float
  /// The convolution with the standardised weights.
  package private(set) var convolution: Convolution

  package init(_ convolution: Convolution, epsilon: Float = 1e-6) {
    self.convolution = convolution
    self.epsilon = epsilon
  }

  package var parameters: [ParameterSpecification] { convolution.parameters }

  package func outputShape(of inputs: [SampleShape]) throws(ShapeMismatch) -> SampleShape {
    try convolution.outputShape(of: inputs)
  }

  /// The standardised weights in the state dict's layout.
  package func standardized(_ weight: Tensor) -> Tensor {
    let (rows, count) = (weight.shape[0], weight.count / weight.shape[0])
    let storage = FloatStorage(uninitializedCount: weight.count)
    let deviations = FloatStorage(uninitializedCount: rows)
    weight.withUnsafeBufferPointer { source in
      guard let base = source.baseAddress else { return }
      graft_standardise(count, epsilon, base, storage.pointer, deviations.pointer, 0, rows)
    }
    return Tensor(shape: weight.shape, storage: storage)
  }
}

extension StandardizedConvolution: EpilogueOperator {
  package var epilogue: Epilogue {
    get { convolution.epilogue }
    set { convolution.epilogue = newValue }
  }
}

extension StandardizedConvolution {
  package var packedParameters: [Int] { [0] }
  package var inputsOutputMayReplace: [Int] { convolution.inputsOutputMayReplace }

  package func memory(at site: Site) -> OperatorMemory {
    var memory = convolution.memory(at: site)
    memory.packed = alignedCount(memory.packed) + alignedCount(weightCount) + rows
    return memory
  }

  package func backwardReads(at site: Site) -> BackwardReads {
    convolution.backwardReads(at: site)
  }

  package func prepare(_ run: borrowing Run) {
    let (weights, deviations) = standardizedWeights(run)
    let (given, count) = (run.parameters[0], weightCount / rows)
    graft_standardise(count, epsilon, given, weights, deviations, 0, rows)
    convolution.prepare(run, weights: weights)
  }

  package func forward(_ run: borrowing Run) { convolution.forward(run) }

  package func backward(_ run: borrowing Run) {
    convolution.backward(run)
    guard let gradient = run.parameterGradient(0) else { return }
    let (weights, deviations) = standardizedWeights(run)
    let count = weightCount / rows
    Parallel.ranges(rows, grain: rowGrain(count)) { begin, end in
      graft_standardise_backward(count, weights, deviations, gradient, gradient, begin, end)
    }
  }

  private var rows: Int { convolution.outputChannels }
  private var weightCount: Int { convolution.weightCount }

  /// Standardised weights and inverse deviations, behind what the convolution packs.
  private func standardizedWeights(
    _ run: borrowing Run
  ) -> (UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>) {
    let weights = run.packed + alignedCount(convolution.memory(at: run.site).packed)
    return (weights, weights + alignedCount(weightCount))
  }
}
