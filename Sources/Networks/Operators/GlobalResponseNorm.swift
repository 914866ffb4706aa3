internal import CKernels
internal import Tensors

/// Lets the channels of a feature map compete: `y = x · (1 + γ · n) + β` with the response
/// `n[c] = G[c] / (mean(G) + ε)`, `G[c] = √(Σ_pixels x[c]²)`.
///
/// Any shape with C channels; γ and β are `[C]`, 0 when fresh, so that a fresh layer passes its input
/// on.
///
/// - Reference: Woo et al. 2023, arXiv:2301.00808, algorithm 1.
package struct GlobalResponseNorm: Operator {
  package static let kind = "global-response-norm"
  package let name: String
  package let channels: Int
  package static let epsilon: Float = 1e-6

  package init(_ name: String, channels: Int) {
    self.name = name
    self.channels = channels
  }

  package var parameters: [ParameterSpecification] {
    ParameterSpecification.affine(name, channels: channels, scale: 0)
  }

  package func outputShape(of inputs: [SampleShape]) throws(ShapeMismatch) -> SampleShape {
    try inputs[0].mustHave(channels: channels)
    return inputs[0]
  }
}

extension GlobalResponseNorm {
  package var inputsOutputMayReplace: [Int] { [0] }
  package var inputsGradientMayReplace: [Int] { [0] }

  package func memory(at site: Site) -> OperatorMemory {
    let vectors = site.batchSize * channels
    guard site.mode != .evaluation else { return OperatorMemory(forwardScratch: 2 * vectors) }
    let rows = site.batchSize * site.output.pixels
    return OperatorMemory(
      saved: 2 * vectors,
      backwardScratch: alignedCount(vectors)
        + (site.wantsParameterGradients.contains(true)
          ? ChannelSums.scratch(rows: rows, channels: channels) : 0))
  }

  package func backwardReads(at site: Site) -> BackwardReads { BackwardReads(inputs: true) }

  package func forward(_ run: borrowing Run) {
    let (x, y, pixels, channels) = (run.inputs[0], run.output, run.site.output.pixels, channels)
    let (scale, shift) = (run.parameters[0], run.parameters[1])
    let norms = run.site.mode == .evaluation ? run.forwardScratch : run.saved
    let gates = norms + run.site.batchSize * channels
    Parallel.ranges(graft_pixel_products_units(run.batch, channels)) { begin, end in
      graft_pixel_products(pixels, channels, x, x, norms, 0, begin, end)
    }
    Parallel.forEach(run.batch) { sample in
      let (norms, gates) = (norms + sample * channels, gates + sample * channels)
      for c in 0..<channels { norms[c] = norms[c].squareRoot() }
      let inverse = 1 / GlobalResponseNorm.divisor(norms, channels)
      for c in 0..<channels { gates[c] = 1 + scale[c] * norms[c] * inverse }
    }
    Parallel.ranges(run.outputRows, grain: rowGrain(channels)) { begin, end in
      graft_gate(pixels, channels, x, gates, nil, nil, shift, y, 0, begin, end)
    }
  }

  /// mean(G) + ε.
  private static func divisor(_ norms: UnsafePointer<Float>, _ channels: Int) -> Float {
    var sum = 0.0
    for c in 0..<channels { sum += Double(norms[c]) }
    return Float(sum / Double(channels)) + epsilon
  }

  package func backward(_ run: borrowing Run) {
    let (x, dy) = (run.inputs[0], run.givenGradient)
    let (batch, pixels, channels) = (run.batch, run.site.output.pixels, channels)
    let scale = run.parameters[0]
    let norms = run.saved
    let gates = norms + run.site.batchSize * channels
    // Σ_pixels dy · x of each sample, then what x is multiplied by in its gradient.
    let factors = run.backwardScratch
    if let gradient = run.parameterGradient(1) {
      ChannelSums.gradient(
        of: dy, rows: run.outputRows, channels: channels, into: gradient,
        scratch: factors + alignedCount(run.site.batchSize * channels))
    }
    Parallel.ranges(graft_pixel_products_units(batch, channels)) { begin, end in
      graft_pixel_products(pixels, channels, dy, x, factors, 0, begin, end)
    }
    if let gradient = run.parameterGradient(0) {
      gradient.update(repeating: 0, count: channels)
      for sample in 0..<batch {
        let (norms, factors) = (norms + sample * channels, factors + sample * channels)
        let inverse = 1 / GlobalResponseNorm.divisor(norms, channels)
        for c in 0..<channels { gradient[c] += norms[c] * inverse * factors[c] }
      }
    }
    guard let gradient = run.inputGradient(0) else { return }
    Parallel.forEach(batch) { sample in
      let (norms, factors) = (norms + sample * channels, factors + sample * channels)
      let divisor = GlobalResponseNorm.divisor(norms, channels)
      var sum = 0.0
      for c in 0..<channels { sum += Double(scale[c] * factors[c]) * Double(norms[c]) }
      let shared = Float(sum / (Double(divisor) * Double(divisor) * Double(channels)))
      for c in 0..<channels {
        let slope = scale[c] * factors[c] / divisor - shared
        factors[c] = norms[c] > 0 ? slope / norms[c] : 0
      }
    }
    let (dx, accumulate) = (gradient.values, gradient.accumulates ? 1 as Int32 : 0)
    Parallel.ranges(run.outputRows, grain: rowGrain(channels)) { begin, end in
      graft_gate(pixels, channels, dy, gates, x, factors, nil, dx, accumulate, begin, end)
    }
  }
}
