/// Memory of one node in a plan, as an operator sees it.
///
/// Activations are NHWC, the batch outermost. A plan makes one value per node when it is built and
/// changes only ``batch`` and the dropout's seed between runs.
package struct Run {
  /// Samples in this run, at most the plan's batch size.
  package var batch: Int
  /// The share of values or samples that a ``RandomOperator`` drops.
  package var dropoutRate: Float = 0
  /// What its mask follows from, besides a position; another one each step.
  package var dropoutSeed: UInt64 = 0
  /// True where the same output is computed a second time in a step: running statistics then stay.
  package var isRepeated = false
  /// What stays the same over the plan's life: shapes, mode and what is wanted.
  package let site: Site
  /// The inputs' activations.
  package var inputs: [UnsafeMutablePointer<Float>]
  /// The output's activation.
  package var output: UnsafeMutablePointer<Float>
  /// Parameters and buffers in the engine's layout.
  package var parameters: [UnsafeMutablePointer<Float>]
  /// Memory as asked for in ``OperatorMemory``.
  package var packed: UnsafeMutablePointer<Float>
  package var saved: UnsafeMutablePointer<Float>
  package var forwardScratch: UnsafeMutablePointer<Float>
  package var backwardScratch: UnsafeMutablePointer<Float>
  /// The gradient of the output; may be overwritten in backward.
  package var outputGradient: UnsafeMutablePointer<Float>?
  /// Where the gradient of each input goes; nil where it is not wanted.
  package var inputGradients: [InputGradient?]
  /// Where the gradient of each parameter goes; nil where it is not wanted.
  package var parameterGradients: [UnsafeMutablePointer<Float>?]

  package init(
    batch: Int, site: Site, inputs: [UnsafeMutablePointer<Float>],
    output: UnsafeMutablePointer<Float>, parameters: [UnsafeMutablePointer<Float>],
    packed: UnsafeMutablePointer<Float>, saved: UnsafeMutablePointer<Float>,
    forwardScratch: UnsafeMutablePointer<Float>, backwardScratch: UnsafeMutablePointer<Float>,
    outputGradient: UnsafeMutablePointer<Float>?, inputGradients: [InputGradient?],
    parameterGradients: [UnsafeMutablePointer<Float>?]
  ) {
    self.batch = batch
    self.site = site
    self.inputs = inputs
    self.output = output
    self.parameters = parameters
    self.packed = packed
    self.saved = saved
    self.forwardScratch = forwardScratch
    self.backwardScratch = backwardScratch
    self.outputGradient = outputGradient
    self.inputGradients = inputGradients
    self.parameterGradients = parameterGradients
  }
}

/// Where the gradient of an input goes.
package struct InputGradient {
  package let values: UnsafeMutablePointer<Float>
  /// True if another reader of the same activation has already written its share.
  package let accumulates: Bool

  package init(values: UnsafeMutablePointer<Float>, accumulates: Bool) {
    self.values = values
    self.accumulates = accumulates
  }
}
