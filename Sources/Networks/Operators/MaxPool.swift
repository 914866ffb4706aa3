internal import CKernels
internal import Tensors

/// The largest value of each window and channel; padding never wins.
///
/// Input `[H, W, C]`, output `[H', W', C]`. The gradient goes to the first of equal values in
/// row-major order, as in PyTorch.
package struct MaxPool: Operator {
  package static let kind = "max-pool"
  package let window: Window

  package init(_ window: Window) { self.window = window }

  package func outputShape(of inputs: [SampleShape]) throws(ShapeMismatch) -> SampleShape {
    try window.output(of: inputs, channels: inputs[0].channels)
  }
}

extension MaxPool {
  package func memory(at site: Site) -> OperatorMemory {
    // The winners' positions: an Int32 takes the place of a float.
    OperatorMemory(saved: site.wantsInputGradients[0] ? site.batchSize * site.output.count : 0)
  }

  package func forward(_ run: borrowing Run) {
    let (x, y) = (run.inputs[0], run.output)
    let winners = run.site.wantsInputGradients[0] ? winners(run) : nil
    withUnsafePointer(to: window.pool(batch: run.batch, site: run.site)) { shape in
      Parallel.ranges(run.batch * run.site.output.height) { begin, end in
        graft_max_pool_forward(shape, x, y, winners, begin, end)
      }
    }
  }

  package func backward(_ run: borrowing Run) {
    guard let gradient = run.inputGradient(0) else { return }
    let (winners, dy) = (winners(run), run.givenGradient)
    withUnsafePointer(to: window.pool(batch: run.batch, site: run.site)) { shape in
      Parallel.ranges(run.batch) { begin, end in
        graft_max_pool_backward(
          shape, winners, dy, gradient.values, gradient.accumulates ? 1 : 0, begin, end)
      }
    }
  }

  private func winners(_ run: borrowing Run) -> UnsafeMutablePointer<Int32> {
    UnsafeMutableRawPointer(run.saved).assumingMemoryBound(to: Int32.self)
  }
}
