internal import CKernels
internal import Tensors

/// Some places of some axes of a sample, each from a first place by steps.
///
/// One output of a split is a slice. For whole runs of channels, ``ChannelSlice``.
///
/// - Reference: ONNX's Slice (opset 13) and Split, without the batch.
package struct Slice: Operator {
  package static let kind = "slice"
  package let cuts: [Cut]

  /// The places of one axis: from `start` to before `end` (behind it for negative steps).
  ///
  /// Negative places are counted from the axis's end; all are kept to the axis, so that `Int.max` and
  /// `Int.min` mean its ends.
  package struct Cut: Hashable, Sendable {
    package let axis: Int
    package let start: Int
    package let end: Int
    package let step: Int

    package init(axis: Int, from start: Int, to end: Int, by step: Int = 1) {
      precondition(step != 0 && step != .min, "Slice: a step of \(step)")
      self.axis = axis
      self.start = start
      self.end = end
      self.step = step
    }

    /// The first place and the number of places of an axis of `length` places.
    func resolved(_ length: Int) -> (first: Int, count: Int) {
      let (low, high) = step > 0 ? (0, length) : (-1, length - 1)
      let first = max(low, min(start < 0 ? start + length : start, high))
      let last = max(low, min(end < 0 ? end + length : end, high))
      let distance = step > 0 ? last - first : first - last
      return (first, distance <= 0 ? 0 : (distance - 1) / abs(step) + 1)
    }
  }

  package init(_ cuts: [Cut]) { self.cuts = cuts }

  package func outputShape(of inputs: [SampleShape]) throws(ShapeMismatch) -> SampleShape {
    var result = inputs[0].dimensions
    for (index, cut) in cuts.enumerated() {
      let place = try inputs[0].place(ofAxis: cut.axis)
      for other in cuts[..<index] where try inputs[0].place(ofAxis: other.axis) == place {
        throw ShapeMismatch("it cuts axis \(cut.axis) twice")
      }
      result[place] = cut.resolved(result[place]).count
    }
    return try SampleShape.checked(result)
  }
}

extension Slice {
  package func forward(_ run: borrowing Run) {
    let (axes, offset) = walk(run, gradient: false)
    axes.move(run.inputs[0] + offset, to: run.output, count: run.outputCount)
  }

  package func backward(_ run: borrowing Run) {
    guard let gradient = run.inputGradient(0) else { return }
    let dx = gradient.values
    if !gradient.accumulates {
      Parallel.ranges(run.batch * run.site.inputs[0].count, grain: elementGrain) { begin, end in
        graft_fill(0, dx, begin, end)
      }
    }
    let (axes, offset) = walk(run, gradient: true)
    axes.move(
      run.givenGradient, to: dx + offset, accumulates: gradient.accumulates, count: run.outputCount)
  }

  /// The output's axes with the strides of input and output, from one to the other, and where in the
  /// input they begin.
  private func walk(_ run: borrowing Run, gradient: Bool) -> (graft_axes, Int) {
    let (input, output) = (run.site.inputs[0], run.site.output)
    let rank = input.dimensions.count
    var axes = graft_axes()
    var offset = 0
    graft_axes_append(
      &axes, run.batch, gradient ? output.count : input.count, 0, 0,
      gradient ? input.count : output.count)
    for axis in 0..<rank {
      var (full, own) = (input.inner(axis), output.inner(axis))
      for cut in cuts where cut.axis == axis || cut.axis == axis - rank {
        offset += full * cut.resolved(input.dimensions[axis]).first
        full *= cut.step
      }
      if gradient { swap(&full, &own) }
      graft_axes_append(&axes, output.dimensions[axis], full, 0, 0, own)
    }
    return (axes, offset)
  }
}
