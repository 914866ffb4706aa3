internal import CKernels
internal import Tensors

/// The channels of all groups by turns: `y[…, j · G + i] = x[…, i · C / G + j]`.
///
/// Any shape whose C channels divide into G groups.
///
/// - Reference: Zhang et al. 2017, arXiv:1707.01083, §3.1.
package struct ChannelShuffle: Operator {
  package static let kind = "channel-shuffle"
  package let groups: Int

  package init(groups: Int) {
    precondition(groups > 0, "ChannelShuffle: no groups")
    self.groups = groups
  }

  package func outputShape(of inputs: [SampleShape]) throws(ShapeMismatch) -> SampleShape {
    guard inputs[0].channels % groups == 0 else {
      throw ShapeMismatch("the channels do not divide into \(groups) groups")
    }
    return inputs[0]
  }
}

extension ChannelShuffle {
  package func forward(_ run: borrowing Run) {
    let (x, y, channels) = (run.inputs[0], run.output, run.site.output.channels)
    Parallel.ranges(run.outputRows, grain: rowGrain(channels)) { begin, end in
      graft_shuffle_channels(channels, groups, x, y, 0, begin, end)
    }
  }

  package func backward(_ run: borrowing Run) {
    guard let gradient = run.inputGradient(0) else { return }
    let (dy, channels) = (run.givenGradient, run.site.output.channels)
    Parallel.ranges(run.outputRows, grain: rowGrain(channels)) { begin, end in
      graft_shuffle_channels(
        channels, channels / groups, dy, gradient.values, gradient.accumulates ? 1 : 0, begin, end)
    }
  }
}
