internal import CKernels
internal import Tensors

/// The pixels of a map as a sequence: `[H, W, C]` to `[H·W, C]`, the same memory.
package struct Tokens: Operator {
  package static let kind = "tokens"

  package init() {}

  package func outputShape(of inputs: [SampleShape]) throws(ShapeMismatch) -> SampleShape {
    SampleShape(tokens: inputs[0].pixels, channels: inputs[0].channels)
  }
}

extension Tokens {
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
