internal import CKernels
internal import Tensors

/// A binomial blur of every `stride`-th pixel, which keeps the network's answer steady under shifts.
///
/// `y = Σ b ⊗ b · x / 16` with b = (1, 2, 1) around the pixel, the map reflected at its borders.
/// Input `[H, W, C]` of at least 2×2 pixels, output `[⌈H / s⌉, ⌈W / s⌉, C]`. No parameters.
///
/// - Reference: Zhang 2019, arXiv:1904.11486, §3.2; timm's `BlurPool2d`.
package struct BlurPool: Operator {
  package static let kind = "blur-pool"
  package let window: Window

  package init(stride: Int) {
    window = Window(size: 3, stride: stride, padding: .symmetric(1))
  }

  package func outputShape(of inputs: [SampleShape]) throws(ShapeMismatch) -> SampleShape {
    guard min(inputs[0].height, inputs[0].width) > 1 else {
      throw ShapeMismatch("a map of one row or column has no reflection")
    }
    return try window.output(of: inputs, channels: inputs[0].channels)
  }
}

extension BlurPool {
  package func forward(_ run: borrowing Run) {
    let (x, y, height) = (run.inputs[0], run.output, run.site.output.height)
    withUnsafePointer(to: window.pool(batch: run.batch, site: run.site)) { shape in
      Parallel.ranges(run.batch * height) { begin, end in
        graft_blur_pool_forward(shape, x, y, begin, end)
      }
    }
  }

  package func backward(_ run: borrowing Run) {
    guard let gradient = run.inputGradient(0) else { return }
    let dy = run.givenGradient
    withUnsafePointer(to: window.pool(batch: run.batch, site: run.site)) { shape in
      Parallel.ranges(run.batch) { begin, end in
        graft_blur_pool_backward(
          shape, dy, gradient.values, gradient.accumulates ? 1 : 0, begin, end)
      }
    }
  }
}
