internal import CKernels
internal import Tensors

/// The mean of each window and channel.
///
/// Input `[H, W, C]`, output `[H', W', C]`. Pixels of padding count as zeros where
/// ``countsPadding``, as PyTorch's `count_include_pad`; otherwise the mean is over the pixels inside
/// the map. What hangs over the padding in ceil mode never counts.
package struct AveragePool: Operator {
  package static let kind = "average-pool"
  package let window: Window
  package let countsPadding: Bool

  package init(_ window: Window, countsPadding: Bool = true) {
    precondition(
      window.vertical.dilation == 1 && window.horizontal.dilation == 1,
      "AveragePool: the window is dilated")
    self.window = window
    self.countsPadding = countsPadding
  }

  package func outputShape(of inputs: [SampleShape]) throws(ShapeMismatch) -> SampleShape {
    try window.output(of: inputs, channels: inputs[0].channels)
  }
}

extension AveragePool {
  package func forward(_ run: borrowing Run) {
    AveragePool.forward(run, shape(run))
  }

  package func backward(_ run: borrowing Run) {
    AveragePool.backward(run, shape(run))
  }

  private func shape(_ run: borrowing Run) -> graft_pool {
    var shape = window.pool(batch: run.batch, site: run.site)
    shape.count_includes_pad = countsPadding ? 1 : 0
    return shape
  }

  /// The mean over the windows of a shape.
  static func forward(_ run: borrowing Run, _ shape: graft_pool) {
    let (x, y, height) = (run.inputs[0], run.output, run.site.output.height)
    withUnsafePointer(to: shape) { shape in
      Parallel.ranges(run.batch * height) { begin, end in
        graft_average_pool_forward(shape, x, y, begin, end)
      }
    }
  }

  /// The gradient of ``forward(_:_:)``.
  static func backward(_ run: borrowing Run, _ shape: graft_pool) {
    guard let gradient = run.inputGradient(0) else { return }
    let dy = run.givenGradient
    withUnsafePointer(to: shape) { shape in
      Parallel.ranges(run.batch) { begin, end in
        graft_average_pool_backward(
          shape, dy, gradient.values, gradient.accumulates ? 1 : 0, begin, end)
      }
    }
  }
}
