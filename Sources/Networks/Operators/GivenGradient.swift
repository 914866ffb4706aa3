internal import CKernels

extension graft_gradient {
  /// The gradient `dy`, or, with the output `y` of a clamp, `dy` where `low < y < high` and else 0.
  init(
    dy: UnsafePointer<Float>, dy_stride: Int, y: UnsafePointer<Float>?, y_stride: Int, low: Float,
    high: Float
  ) {
    self.init(
      dy: dy, dy_stride: dy_stride, y: y, y_stride: y_stride, low: low, high: high, scale: nil,
      shift: nil, activation: 0, activated: nil)
  }
}
