internal import CKernels
internal import Tensors

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

extension PaddedShortcut {
  package func forward(_ run: borrowing Run) {
    let (input, output) = (run.site.inputs[0], run.site.output)
    let (x, y, rowCount) = (run.inputs[0], run.output, output.width * output.channels)
    Parallel.ranges(run.batch * output.height, grain: rowGrain(rowCount)) { begin, end in
      graft_fill(0, y, begin * rowCount, end * rowCount)
      for row in begin..<end {
        graft_copy_rows(
          input.channels, x + inputRow(row, run.site), stride * input.channels,
          y + row * rowCount + before, output.channels, 0, 0, output.width)
      }
    }
  }

  package func backward(_ run: borrowing Run) {
    guard let gradient = run.inputGradient(0) else { return }
    let (input, output) = (run.site.inputs[0], run.site.output)
    let (dy, rowCount) = (run.givenGradient, output.width * output.channels)
    if !gradient.accumulates {
      Parallel.ranges(run.batch * input.count, grain: elementGrain) { begin, end in
        graft_fill(0, gradient.values, begin, end)
      }
    }
    Parallel.ranges(run.batch * output.height, grain: rowGrain(rowCount)) { begin, end in
      for row in begin..<end {
        graft_copy_rows(
          input.channels, dy + row * rowCount + before, output.channels,
          gradient.values + inputRow(row, run.site), stride * input.channels, 1, 0, output.width)
      }
    }
  }

  /// Where the row of the input begins that an output row of the batch reads.
  private func inputRow(_ row: Int, _ site: Site) -> Int {
    let (sample, line) = row.quotientAndRemainder(dividingBy: site.output.height)
    return (sample * site.inputs[0].height + line * stride) * site.inputs[0].width
      * site.inputs[0].channels
  }
}
