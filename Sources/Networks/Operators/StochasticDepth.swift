internal import CKernels
internal import Tensors

/// In training, leaves a residual branch out for some samples and divides it by `1 − p` for the
/// others; otherwise passes its input on.
///
/// p is the plan's rate times the block's place in the network, as timm's `drop_path_rate` with linear
/// decay. A sample's fate follows from the plan's seed, the step and its place in the batch. Any shape.
///
/// - Reference: Huang et al. 2016, arXiv:1603.09382, eq. 2 and 4; timm's `DropPath`.
package struct StochasticDepth: Operator {
  package static let kind = "stochastic-depth"
  /// The block's place, from 0 for the first to 1 for the last.
  package let depth: Double

  package init(depth: Double) {
    precondition((0...1).contains(depth), "StochasticDepth: depth \(depth) is not in [0, 1]")
    self.depth = depth
  }

  package func outputShape(of inputs: [SampleShape]) throws(ShapeMismatch) -> SampleShape {
    inputs[0]
  }
}

extension StochasticDepth: RandomOperator {
  package func rate(_ rates: RandomRates) -> Double { rates.stochasticDepth * depth }

  package var inputsOutputMayReplace: [Int] { [0] }
  package var inputsGradientMayReplace: [Int] { [0] }

  package func forward(_ run: borrowing Run) {
    scale(run, from: run.inputs[0], to: run.output)
  }

  package func backward(_ run: borrowing Run) {
    guard let gradient = run.inputGradient(0) else { return }
    precondition(!gradient.accumulates, "the input of a stochastic depth has one reader")
    scale(run, from: run.givenGradient, to: gradient.values)
  }

  private func scale(
    _ run: borrowing Run, from source: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>
  ) {
    let (seed, rate, count) = (run.dropoutSeed, Double(run.dropoutRate), run.site.output.count)
    Parallel.ranges(run.batch) { begin, end in
      for sample in begin..<end {
        let drops = CounterRandom(base: seed).uniform(at: UInt64(sample)) < rate
        graft_scale(
          drops ? 0 : Float(1 / (1 - rate)), source, target, sample * count, (sample + 1) * count)
      }
    }
  }
}
