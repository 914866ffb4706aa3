/// The parameter-free shortcut of CIFAR ResNets: every `stride`-th pixel, with channels of zeros
/// before and after ("option A").
///
/// Input `[H, W, C]`, output `[⌈H / s⌉, ⌈W / s⌉, before + C + after]`.
///
/// - Reference: He et al. 2015, arXiv:1512.03385, §3.3 and §4.2.
package struct PaddedShortcut: Operator {
  package static let kind = "padded-shortcut"
  package let stride: Int
  package let before: Int
  package let after: Int

  package init(stride: Int, before: Int, after: Int) {
    self.stride = stride
    self.before = before
    self.after = after
  }

  package func outputShape(of inputs: [SampleShape]) throws(ShapeMismatch) -> SampleShape {
    SampleShape(
      height: (inputs[0].height + stride - 1) / stride,
      width: (inputs[0].width + stride - 1) / stride,
      channels: before + inputs[0].channels + after)
  }
}
