internal import CKernels
internal import Tensors

/// One half of the channels times a function of the other: `y = f(a) · b` for the input `[a | b]`.
///
/// Input `[…, 2C]`, output `[…, C]`; f is any ``ActivationFunction``.
///
/// - Reference: Shazeer 2020, arXiv:2002.05202, eq. 5 and 6.
package struct GatedUnit: Operator {
  package static let kind = "gated-unit"
  package let function: ActivationFunction

  package init(_ function: ActivationFunction) { self.function = function }

  package func outputShape(of inputs: [SampleShape]) throws(ShapeMismatch) -> SampleShape {
    guard inputs[0].channels % 2 == 0 else {
      throw ShapeMismatch("it needs an even number of channels")
    }
    return inputs[0].with(channels: inputs[0].channels / 2)
  }
}

extension GatedUnit {
  package func memory(at site: Site) -> OperatorMemory {
    OperatorMemory(
      backwardScratch: site.wantsInputGradients[0] ? site.batchSize * site.output.count : 0)
  }

  package func backwardReads(at site: Site) -> BackwardReads { BackwardReads(inputs: true) }

  package func forward(_ run: borrowing Run) {
    let (x, y, channels, f) = (
      run.inputs[0], run.output, run.site.output.channels, function.kernel
    )
    Parallel.ranges(run.outputRows, grain: rowGrain(channels)) { begin, end in
      for row in begin..<end {
        let (gate, target) = (x + 2 * row * channels, y + row * channels)
        graft_activate(f.kind, f.a, f.b, gate, target, 0, channels)
        graft_multiply(target, gate + channels, target, 0, channels)
      }
    }
  }

  package func backward(_ run: borrowing Run) {
    guard let gradient = run.inputGradient(0) else { return }
    let (x, dy, scratch) = (run.inputs[0], run.givenGradient, run.backwardScratch)
    let (channels, f) = (run.site.output.channels, function.kernel)
    let accumulate: Int32 = gradient.accumulates ? 1 : 0
    Parallel.ranges(run.outputRows, grain: rowGrain(channels)) { begin, end in
      for row in begin..<end {
        let (gate, given) = (x + 2 * row * channels, dy + row * channels)
        let (target, product) = (gradient.values + 2 * row * channels, scratch + row * channels)
        graft_multiply(given, gate + channels, product, 0, channels)
        graft_activate_backward(
          f.kind, f.a, f.b, gate, product, target, accumulate, 0, channels)
        graft_activate(f.kind, f.a, f.b, gate, product, 0, channels)
        graft_multiply(given, product, product, 0, channels)
        graft_copy_rows(
          channels, product, channels, target + channels, channels, accumulate, 0, 1)
      }
    }
  }
}
