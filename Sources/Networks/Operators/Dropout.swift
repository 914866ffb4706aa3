internal import CKernels
internal import Tensors

/// In training, sets each value to 0 with the plan's probability p and divides the others by 1 − p;
/// otherwise passes its input on.
///
/// The mask follows from the plan's seed, the step and the value's position, so a run can be
/// repeated whatever the number of threads. Any shape.
///
/// - Reference: Srivastava et al. 2014, JMLR 15:1929.
package struct Dropout: Operator {
  package static let kind = "dropout"

  package init() {}

  package func outputShape(of inputs: [SampleShape]) throws(ShapeMismatch) -> SampleShape {
    inputs[0]
  }
}

extension Dropout: RandomOperator {
  package func rate(_ rates: RandomRates) -> Double { rates.dropout }

  package var inputsOutputMayReplace: [Int] { [0] }
  package var inputsGradientMayReplace: [Int] { [0] }

  package func forward(_ run: borrowing Run) {
    let (x, y) = (run.inputs[0], run.output)
    let (seed, rate) = (run.dropoutSeed, run.site.mode == .evaluation ? 0 : run.dropoutRate)
    Parallel.ranges(run.outputCount, grain: elementGrain) { begin, end in
      graft_dropout(seed, rate, x, y, begin, end)
    }
  }

  package func backward(_ run: borrowing Run) {
    guard let gradient = run.inputGradient(0) else { return }
    let (seed, rate, dy) = (run.dropoutSeed, run.dropoutRate, run.givenGradient)
    precondition(!gradient.accumulates, "the input of a dropout has one reader")
    Parallel.ranges(run.outputCount, grain: elementGrain) { begin, end in
      graft_dropout(seed, rate, dy, gradient.values, begin, end)
    }
  }
}
