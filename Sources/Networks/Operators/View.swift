internal import CKernels
internal import Tensors

/// An operator whose output is its input under another shape: the same memory wherever nobody else reads
/// the input any more, else a copy.
package protocol View: Operator {}

extension View {
  package var inputsOutputMayReplace: [Int] { [0] }
  package var inputsGradientMayReplace: [Int] { [0] }

  package func forward(_ run: borrowing Run) {
    let (x, y) = (run.inputs[0], run.output)
    guard x != y else { return }
    Parallel.ranges(run.outputCount, grain: elementGrain) { begin, end in
      y.advanced(by: begin).update(from: x + begin, count: end - begin)
    }
  }

  package func backward(_ run: borrowing Run) {
    guard let gradient = run.inputGradient(0), gradient.values != run.givenGradient else { return }
    let (dy, count) = (run.givenGradient, run.site.output.count)
    Parallel.ranges(run.batch) { begin, end in
      graft_copy_rows(
        count, dy, count, gradient.values, count, gradient.accumulates ? 1 : 0, begin, end)
    }
  }
}
