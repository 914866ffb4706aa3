internal import CKernels
internal import Tensors

/// A map with pixels of one value around it: input `[H, W, C]`, output
/// `[top + H + bottom, left + W + right, C]`.
package struct Pad: Operator {
  package static let kind = "pad"
  package let top: Int
  package let left: Int
  package let bottom: Int
  package let right: Int
  package let value: Float

  package init(top: Int, left: Int, bottom: Int, right: Int, value: Float = 0) {
    precondition(min(top, left, bottom, right) >= 0, "Pad: a side is negative")
    self.top = top
    self.left = left
    self.bottom = bottom
    self.right = right
    self.value = value
  }

  package func outputShape(of inputs: [SampleShape]) throws(ShapeMismatch) -> SampleShape {
    let input = inputs[0]
    guard input.isMap else { throw ShapeMismatch("it needs a feature map") }
    return SampleShape(
      height: top + input.height + bottom, width: left + input.width + right,
      channels: input.channels)
  }
}

extension Pad {
  package func forward(_ run: borrowing Run) {
    let (input, output) = (run.site.inputs[0], run.site.output)
    let (x, y, length) = (run.inputs[0], run.output, output.width * output.channels)
    let inner = input.width * input.channels
    Parallel.ranges(run.batch * output.height, grain: rowGrain(length)) { begin, end in
      graft_fill(value, y, begin * length, end * length)
      for row in begin..<end {
        let (sample, line) = row.quotientAndRemainder(dividingBy: output.height)
        guard top..<top + input.height ~= line else { continue }
        graft_copy_rows(
          inner, x + (sample * input.height + line - top) * inner, inner,
          y + row * length + left * output.channels, length, 0, 0, 1)
      }
    }
  }

  package func backward(_ run: borrowing Run) {
    guard let gradient = run.inputGradient(0) else { return }
    let (input, output) = (run.site.inputs[0], run.site.output)
    let (dy, length) = (run.givenGradient, output.width * output.channels)
    let inner = input.width * input.channels
    Parallel.ranges(run.batch * input.height, grain: rowGrain(inner)) { begin, end in
      for row in begin..<end {
        let (sample, line) = row.quotientAndRemainder(dividingBy: input.height)
        let outer = (sample * output.height + line + top) * length + left * output.channels
        graft_copy_rows(
          inner, dy + outer, length, gradient.values + row * inner, inner,
          gradient.accumulates ? 1 : 0, 0, 1)
      }
    }
  }
}
