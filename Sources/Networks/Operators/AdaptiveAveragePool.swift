internal import CKernels
internal import Tensors

/// The means of a fixed number of parts of the map, whatever its size.
///
/// Input `[H, W, C]`, output `[H', W', C]`: row i is the mean of the input rows from ⌊i · H / H'⌋ up to
/// ⌈(i + 1) · H / H'⌉, columns alike. Parts may overlap, and are repeated where the map is the smaller.
/// Equal sizes copy the map.
///
/// - Reference: PyTorch's `AdaptiveAvgPool2d`.
package struct AdaptiveAveragePool: Operator {
  package static let kind = "adaptive-average-pool"
  package let height: Int
  package let width: Int
  /// Whether a larger map keeps its size, so that height and width are the least.
  package let keepsLarger: Bool

  package init(height: Int, width: Int, keepsLarger: Bool = false) {
    precondition(min(height, width) > 0, "AdaptiveAveragePool: no output")
    self.height = height
    self.width = width
    self.keepsLarger = keepsLarger
  }

  package func outputShape(of inputs: [SampleShape]) throws(ShapeMismatch) -> SampleShape {
    let input = inputs[0]
    guard input.isMap else { throw ShapeMismatch("it needs a feature map") }
    return SampleShape(
      height: keepsLarger ? max(height, input.height) : height,
      width: keepsLarger ? max(width, input.width) : width, channels: input.channels)
  }
}

extension AdaptiveAveragePool {
  package func forward(_ run: borrowing Run) {
    AveragePool.forward(run, shape(run))
  }

  package func backward(_ run: borrowing Run) {
    AveragePool.backward(run, shape(run))
  }

  private func shape(_ run: borrowing Run) -> graft_pool {
    var shape = Window(size: 1).pool(batch: run.batch, site: run.site)
    shape.adaptive = 1
    return shape
  }
}
