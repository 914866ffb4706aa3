internal import CKernels
internal import Tensors

/// The mean of some tokens of a sequence, or one of them: `[T, C]` to the vector `[C]`.
package struct TokenPooling: Operator {
  package static let kind = "token-pooling"
  /// The first token that counts.
  package let first: Int
  /// How many tokens count; nil for all from the first on.
  package let count: Int?

  /// The mean of `count` tokens, or of all from the first on.
  package init(from first: Int, count: Int? = nil) {
    self.first = first
    self.count = count
  }

  /// One token, such as the class token 0.
  package static func token(_ index: Int) -> TokenPooling { TokenPooling(from: index, count: 1) }

  package func outputShape(of inputs: [SampleShape]) throws(ShapeMismatch) -> SampleShape {
    guard inputs[0].dimensions.count == 2, first + (count ?? 1) <= inputs[0].width else {
      throw ShapeMismatch("it needs at least \(first + (count ?? 1)) tokens")
    }
    return SampleShape(vector: inputs[0].channels)
  }
}

extension TokenPooling {
  package func forward(_ run: borrowing Run) {
    let (x, y, shape) = (run.inputs[0], run.output, run.site.inputs[0])
    let pooled = count ?? shape.width - first
    Parallel.ranges(run.batch) { begin, end in
      for sample in begin..<end {
        graft_global_average_forward(
          pooled, shape.channels, shape.channels,
          x + sample * shape.count + first * shape.channels, y + sample * shape.channels, 0, 1)
      }
    }
  }

  package func backward(_ run: borrowing Run) {
    guard let gradient = run.inputGradient(0) else { return }
    let (dy, shape, channels) = (
      run.givenGradient, run.site.inputs[0], run.site.output.channels
    )
    let pooled = count ?? shape.width - first
    let (begin, end) = (first * channels, (first + pooled) * channels)
    Parallel.ranges(run.batch) { firstSample, lastSample in
      for sample in firstSample..<lastSample {
        let target = gradient.values + sample * shape.count
        if !gradient.accumulates {
          graft_fill(0, target, 0, begin)
          graft_fill(0, target, end, shape.count)
        }
        graft_global_average_backward(
          pooled, channels, channels, dy + sample * channels, target + begin,
          gradient.accumulates ? 1 : 0, 0, 1)
      }
    }
  }
}
