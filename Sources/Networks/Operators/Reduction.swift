internal import CKernels

/// The mean, sum, largest or smallest value over some axes of a sample.
///
/// Reduced axes vanish or stay with one place; a sample of which nothing is left has the shape `[1]`.
/// The gradient of a largest or smallest value is shared evenly among all places that have it, as
/// PyTorch's `amax` does. Sums are taken in a fixed order, in parts of at most 128 terms a lane.
/// `Reduction(.maximum, over: [0, 1])` of a map is global max-pooling.
///
/// - Reference: ONNX's ReduceMean, ReduceSum, ReduceMax, ReduceMin (opset 18) and GlobalMaxPool.
package struct Reduction: Operator {
  package static let kind = "reduction"
  package let function: Function
  /// The axes of a sample, negative ones counted from the last; nil for all.
  package let axes: [Int]?
  package let keepsAxes: Bool

  package enum Function: Hashable, Sendable { case mean, sum, maximum, minimum }

  package init(_ function: Function, over axes: [Int]? = nil, keepsAxes: Bool = false) {
    self.function = function
    self.axes = axes
    self.keepsAxes = keepsAxes
  }

  package func outputShape(of inputs: [SampleShape]) throws(ShapeMismatch) -> SampleShape {
    for axis in axes ?? [] { _ = try inputs[0].place(ofAxis: axis) }
    let input = try SampleShape.checked(inputs[0].dimensions)
    let (lengths, rank) = (input.dimensions, input.dimensions.count)
    if keepsAxes {
      return SampleShape(
        axes: lengths.indices.map { isReduced($0, ofRank: rank) ? 1 : lengths[$0] })
    }
    let kept = lengths.indices.filter { !isReduced($0, ofRank: rank) }
    return SampleShape(axes: kept.isEmpty ? [1] : kept.map { lengths[$0] })
  }

  private func isReduced(_ axis: Int, ofRank rank: Int) -> Bool {
    guard let axes else { return true }
    return axes.contains(axis) || axes.contains(axis - rank)
  }
}

extension Reduction {
  private var isExtreme: Bool { function == .maximum || function == .minimum }

  package func memory(at site: Site) -> OperatorMemory {
    OperatorMemory(backwardScratch: isExtreme ? site.batchSize * site.output.count : 0)
  }

  package func backwardReads(at site: Site) -> BackwardReads {
    BackwardReads(inputs: isExtreme, output: isExtreme)
  }

  package func forward(_ run: borrowing Run) {
    let kind =
      switch function {
      case .mean, .sum: GRAFT_SUM
      case .maximum: GRAFT_LARGEST
      case .minimum: GRAFT_SMALLEST
      }
    axes(run, from: .input, to: .output).combine(
      kind, scale: scale(run.site), run.inputs[0], into: run.output, count: places(run))
  }

  package func backward(_ run: borrowing Run) {
    guard let gradient = run.inputGradient(0) else { return }
    let (dy, y, x, shares) = (run.givenGradient, run.output, run.inputs[0], run.backwardScratch)
    guard isExtreme else {
      return axes(run, from: .output, to: .input).combine(
        GRAFT_SUM, scale: scale(run.site), dy, into: gradient.values,
        accumulates: gradient.accumulates, count: places(run))
    }
    // How many places have the extreme value; then the gradient of each.
    axes(run, from: .input, .output, to: .output).combine(
      GRAFT_EQUAL, x, y, into: shares, count: places(run))
    var flat = graft_axes()
    graft_axes_append(&flat, run.outputCount, 1, 1, 0, 1)
    flat.combine(GRAFT_OVER, dy, shares, into: shares, count: run.outputCount)
    axes(run, from: .output, .input, .output, to: .input).combine(
      GRAFT_WHERE_EQUAL, shares, x, y, into: gradient.values, accumulates: gradient.accumulates,
      count: places(run))
  }

  /// Which axes an array has: all, or those that are left.
  private enum Extent { case input, output }

  /// The loop over all places of the input, the reduced axes last where the target lacks them.
  private func axes(
    _ run: borrowing Run, from a: Extent, _ b: Extent? = nil, _ c: Extent? = nil, to y: Extent
  ) -> graft_axes {
    let site = run.site
    let rank = site.inputs[0].dimensions.count
    func sample(_ extent: Extent?) -> Int {
      extent.map { $0 == .input ? site.inputs[0].count : site.output.count } ?? 0
    }
    func stride(_ extent: Extent?, _ axis: Int) -> Int {
      guard let extent else { return 0 }
      if extent == .input { return site.inputs[0].inner(axis) }
      if isReduced(axis, ofRank: rank) { return 0 }
      var product = 1
      for i in (axis + 1)..<rank where !isReduced(i, ofRank: rank) {
        product *= site.inputs[0].dimensions[i]
      }
      return product
    }
    var axes = graft_axes()
    graft_axes_append(&axes, run.batch, sample(a), sample(b), sample(c), sample(y))
    for pass in 0..<2 {
      for axis in 0..<rank where (stride(y, axis) != 0) == (pass == 0) {
        graft_axes_append(
          &axes, site.inputs[0].dimensions[axis], stride(a, axis), stride(b, axis),
          stride(c, axis), stride(y, axis))
      }
    }
    return axes
  }

  private func places(_ run: borrowing Run) -> Int { run.batch * run.site.inputs[0].count }

  /// 1 over the number of places behind a mean.
  private func scale(_ site: Site) -> Float {
    function == .mean ? Float(Double(site.output.count) / Double(site.inputs[0].count)) : 1
  }
}
