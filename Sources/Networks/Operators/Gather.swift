internal import CKernels
internal import Tensors

/// Places of one axis by a list of indices, in its order; an index may come several times.
///
/// Negative indices are counted from the axis's end. A single index with `keepsAxis` false takes the axis
/// away, as that of a class token.
///
/// - Reference: ONNX's Gather (opset 13) with constant indices.
package struct Gather: Operator {
  package static let kind = "gather"
  /// The axis of a sample, counted from the last where negative.
  package let axis: Int
  package let indices: [Int]
  package let keepsAxis: Bool

  package init(_ indices: [Int], axis: Int, keepsAxis: Bool = true) {
    precondition(keepsAxis || indices.count == 1, "Gather: an axis of \(indices.count) places")
    self.indices = indices
    self.axis = axis
    self.keepsAxis = keepsAxis
  }

  package func outputShape(of inputs: [SampleShape]) throws(ShapeMismatch) -> SampleShape {
    let place = try inputs[0].place(ofAxis: axis)
    let length = inputs[0].dimensions[place]
    guard indices.allSatisfy({ -length..<length ~= $0 }) else {
      throw ShapeMismatch("an index is outside axis \(axis)")
    }
    var result = inputs[0].dimensions
    result[place] = indices.count
    if !keepsAxis && result.count > 1 { result.remove(at: place) }
    return try SampleShape.checked(result)
  }
}

extension Gather {
  package func memory(at site: Site) -> OperatorMemory {
    // Indices from 0, of the width of a pointer.
    OperatorMemory(packed: 2 * indices.count)
  }

  package func prepare(_ run: borrowing Run) {
    let length = run.site.inputs[0].dimensions[place(run)]
    let resolved = resolved(run)
    for (k, index) in indices.enumerated() { resolved[k] = index < 0 ? index + length : index }
  }

  package func forward(_ run: borrowing Run) {
    let input = run.site.inputs[0]
    let place = place(run)
    let (length, inner, count) = (input.dimensions[place], input.inner(place), indices.count)
    let (x, y, indices) = (run.inputs[0], run.output, resolved(run))
    Parallel.ranges(run.batch * input.outer(place), grain: rowGrain(count * inner)) { begin, end in
      graft_gather(length, count, inner, indices, x, y, begin, end)
    }
  }

  package func backward(_ run: borrowing Run) {
    guard let gradient = run.inputGradient(0) else { return }
    let input = run.site.inputs[0]
    let place = place(run)
    let (length, inner, count) = (input.dimensions[place], input.inner(place), indices.count)
    let (dy, dx, indices) = (run.givenGradient, gradient.values, resolved(run))
    let adds: Int32 = gradient.accumulates ? 1 : 0
    Parallel.ranges(run.batch * input.outer(place), grain: rowGrain(length * inner)) { begin, end in
      graft_gather_backward(length, count, inner, indices, dy, dx, adds, begin, end)
    }
  }

  private func place(_ run: borrowing Run) -> Int {
    axis < 0 ? axis + run.site.inputs[0].dimensions.count : axis
  }

  private func resolved(_ run: borrowing Run) -> UnsafeMutablePointer<Int> {
    UnsafeMutableRawPointer(run.packed).assumingMemoryBound(to: Int.self)
  }
}
