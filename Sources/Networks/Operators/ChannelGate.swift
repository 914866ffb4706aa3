internal import CKernels
internal import Tensors

/// Multiplies each channel of a sample by a factor of its own: `y[i, j, c] = x[i, j, c] · g[c]`.
///
/// Inputs x of any shape with C channels and the gate g, a vector `[C]`.
///
/// - Reference: Hu et al. 2017, arXiv:1709.01507, eq. 4.
package struct ChannelGate: Operator {
  package static let kind = "channel-gate"

  package init() {}

  package func outputShape(of inputs: [SampleShape]) throws(ShapeMismatch) -> SampleShape {
    guard inputs[1] == SampleShape(vector: inputs[0].channels) else {
      throw ShapeMismatch("the gate must be a vector of \(inputs[0].channels) channels")
    }
    return inputs[0]
  }
}

extension ChannelGate {
  package var inputsOutputMayReplace: [Int] { [0] }
  package var inputsGradientMayReplace: [Int] { [0] }

  package func backwardReads(at site: Site) -> BackwardReads { BackwardReads(inputs: true) }

  package func forward(_ run: borrowing Run) {
    let (x, gate, y, shape) = (run.inputs[0], run.inputs[1], run.output, run.site.output)
    Parallel.ranges(run.outputRows, grain: rowGrain(shape.channels)) { begin, end in
      graft_gate(
        shape.pixels, shape.channels, x, gate, nil, nil, nil, y, 0, begin, end)
    }
  }

  package func backward(_ run: borrowing Run) {
    let (x, gate, dy, shape) = (run.inputs[0], run.inputs[1], run.givenGradient, run.site.output)
    let (pixels, channels) = (shape.pixels, shape.channels)
    // The gate's first: the other may take over the memory of dy.
    if let gradient = run.inputGradient(1) {
      let (sums, accumulate) = (gradient.values, gradient.accumulates ? 1 as Int32 : 0)
      Parallel.ranges(graft_pixel_products_units(run.batch, channels)) { begin, end in
        graft_pixel_products(pixels, channels, dy, x, sums, accumulate, begin, end)
      }
    }
    if let gradient = run.inputGradient(0) {
      let (dx, accumulate) = (gradient.values, gradient.accumulates ? 1 as Int32 : 0)
      Parallel.ranges(run.outputRows, grain: rowGrain(channels)) { begin, end in
        graft_gate(pixels, channels, dy, gate, nil, nil, nil, dx, accumulate, begin, end)
      }
    }
  }
}
