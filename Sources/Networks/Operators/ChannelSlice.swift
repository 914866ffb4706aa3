internal import CKernels
internal import Tensors

/// Some of the channels, one after another.
///
/// `y = x[…, range]`. Any shape.
package struct ChannelSlice: Operator {
  package static let kind = "channel-slice"
  package let range: Range<Int>

  package init(_ range: Range<Int>) {
    precondition(range.lowerBound >= 0 && !range.isEmpty, "ChannelSlice: no channels in \(range)")
    self.range = range
  }

  package func outputShape(of inputs: [SampleShape]) throws(ShapeMismatch) -> SampleShape {
    guard range.upperBound <= inputs[0].channels else {
      throw ShapeMismatch("it takes channels \(range)")
    }
    return inputs[0].with(channels: range.count)
  }
}

extension ChannelSlice {
  package func forward(_ run: borrowing Run) {
    let (count, channels) = (range.count, run.site.inputs[0].channels)
    let (x, y) = (run.inputs[0] + range.lowerBound, run.output)
    Parallel.ranges(run.outputRows, grain: rowGrain(count)) { begin, end in
      graft_copy_rows(count, x, channels, y, count, 0, begin, end)
    }
  }

  package func backward(_ run: borrowing Run) {
    guard let gradient = run.inputGradient(0) else { return }
    let (count, channels) = (range.count, run.site.inputs[0].channels)
    let (dy, dx, accumulates) = (run.givenGradient, gradient.values, gradient.accumulates)
    Parallel.ranges(run.outputRows, grain: rowGrain(channels)) { begin, end in
      if !accumulates { graft_fill(0, dx, begin * channels, end * channels) }
      graft_copy_rows(count, dy, count, dx + range.lowerBound, channels, 1, begin, end)
    }
  }
}
