internal import CKernels
internal import Tensors

/// A linear layer and the layer scale behind it as one product, for training:
/// `y = (γ ⊙ W) x + γ ⊙ b + residual`.
///
/// Input `[…, C]`, residual and output `[…, O]`, W `[O, C]`, b and γ `[O]`. γ is multiplied into the packed
/// weights, so that no pass over the activations is made for it and none is kept for its gradient: with
/// `G = Σ dyᵀ x` and `g = Σ dy` over all pixels, which the product computes as if γ were not there,
///
///     dW = γ ⊙ G,   db = γ ⊙ g,   dγ_o = Σ_i W_oi G_oi + b_o g_o.
///
/// Cost as ``Linear``, and a pass over the weights each way. A graph holds ``Linear`` and ``LayerScale``;
/// ``Fusion`` makes this of them where W is trained.
///
/// - Reference: Touvron et al. 2021, arXiv:2103.17239, eq. 4.
package struct ScaledLinear: Operator {
  package static let kind = "linear"
  package private(set) var linear: Linear
  package let scale: LayerScale

  package init(_ linear: Linear, _ scale: LayerScale) {
    self.linear = linear
    self.scale = scale
  }

  package var parameters: [ParameterSpecification] { linear.parameters + scale.parameters }

  package func outputShape(of inputs: [SampleShape]) throws(ShapeMismatch) -> SampleShape {
    let output = try linear.outputShape(of: inputs)
    try output.mustHave(channels: scale.channels)
    return output
  }
}

extension ScaledLinear: EpilogueOperator {
  package var epilogue: Epilogue {
    get { linear.epilogue }
    set { linear.epilogue = newValue }
  }

  /// See ``Linear/slope``.
  package var slope: ActivationFunction? {
    get { linear.slope }
    set { linear.slope = newValue }
  }
}

extension ScaledLinear {
  package var packedParameters: [Int] { [0] }
  package var inputsOutputMayReplace: [Int] { linear.inputsOutputMayReplace }
  package var inputsGradientMayReplace: [Int] { linear.inputsGradientMayReplace }
  package var inputsWithoutGradient: [Int] { linear.inputsWithoutGradient }

  private var scaleIndex: Int { linear.hasBias ? 2 : 1 }

  package func memory(at site: Site) -> OperatorMemory {
    var memory = product(at: site)
    // Behind it γ ⊙ b, and g where no gradient of the bias is kept.
    memory.packed = alignedCount(memory.packed) + alignedCount(linear.outputs)
    memory.backwardScratch = alignedCount(memory.backwardScratch) + alignedCount(linear.outputs)
    return memory
  }

  private func product(at site: Site) -> OperatorMemory {
    linear.kernel(site, batch: site.batchSize).memory(
      at: site, wantsBias: linear.hasBias && site.wantsParameterGradients.dropFirst().contains(true)
    )
  }

  package func backwardReads(at site: Site) -> BackwardReads {
    BackwardReads(
      inputs: site.wantsParameterGradients[0] || slope != nil, output: epilogue.clamp.isActive)
  }

  package func prepare(_ run: borrowing Run) {
    let scale = run.parameters[scaleIndex]
    linear.kernel(run.site, batch: run.site.batchSize).prepare(
      run, weights: run.parameters[0], scale: scale)
    guard linear.hasBias else { return }
    let (bias, scaled) = (run.parameters[1], scaledBias(run))
    for channel in 0..<linear.outputs { scaled[channel] = scale[channel] * bias[channel] }
  }

  package func forward(_ run: borrowing Run) {
    linear.kernel(run.site, batch: run.batch).forward(
      run, bias: linear.hasBias ? UnsafePointer(scaledBias(run)) : nil)
  }

  package func backward(_ run: borrowing Run) {
    let (outputs, inputs, scale) = (linear.outputs, linear.inputs, run.parameters[scaleIndex])
    let scaleGradient = run.parameterGradient(scaleIndex)
    var sums: UnsafeMutablePointer<Float>?
    if linear.hasBias {
      sums = run.parameterGradient(1)
      if sums == nil && scaleGradient != nil {
        sums = run.backwardScratch + alignedCount(product(at: run.site).backwardScratch)
      }
    }
    linear.kernel(run.site, batch: run.batch).backward(
      run, weightGradient: run.parameterGradient(0), biasGradient: sums, through: slope)
    if let gradient = run.parameterGradient(0) {
      let weights = run.parameters[0]
      Parallel.ranges(outputs, grain: rowGrain(inputs)) { begin, end in
        graft_channel_scale_backward(inputs, weights, scale, gradient, scaleGradient, begin, end)
      }
    }
    guard let sums else { return }
    let bias = run.parameters[1]
    for channel in 0..<outputs {
      if let scaleGradient { scaleGradient[channel] += bias[channel] * sums[channel] }
      sums[channel] *= scale[channel]
    }
  }

  /// γ ⊙ b, behind what the linear layer packs.
  private func scaledBias(_ run: borrowing Run) -> UnsafeMutablePointer<Float> {
    run.packed + alignedCount(product(at: run.site).packed)
  }
}
