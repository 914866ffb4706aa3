internal import CKernels
internal import Tensors

/// The mean over all pixels of each channel: `[H, W, C]` to the vector `[C]`.
package struct GlobalAveragePool: Operator {
  package static let kind = "global-average-pool"

  package init() {}

  package func outputShape(of inputs: [SampleShape]) throws(ShapeMismatch) -> SampleShape {
    SampleShape(vector: inputs[0].channels)
  }
}

extension GlobalAveragePool {
  package func forward(_ run: borrowing Run) {
    let (x, y, shape) = (run.inputs[0], run.output, run.site.inputs[0])
    // Blocks of channels, so that a single image too is shared among threads.
    let channels = 128
    let blocks = (shape.channels + channels - 1) / channels
    Parallel.forEach(run.batch * blocks) { unit in
      let (sample, first) = (unit / blocks, unit % blocks * channels)
      graft_global_average_forward(
        shape.pixels, min(channels, shape.channels - first), shape.channels,
        x + sample * shape.count + first, y + sample * shape.channels + first, 0, 1)
    }
  }

  package func backward(_ run: borrowing Run) {
    guard let gradient = run.inputGradient(0) else { return }
    let (dy, shape) = (run.givenGradient, run.site.inputs[0])
    Parallel.ranges(run.batch) { begin, end in
      graft_global_average_backward(
        shape.pixels, shape.channels, shape.channels, dy, gradient.values,
        gradient.accumulates ? 1 : 0, begin, end)
    }
  }
}
