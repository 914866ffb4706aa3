internal import CKernels
public import Tensors

/// One step: forward, loss, backward.
extension TrainingPlan {
  /// Computes the loss of labelled samples and the gradients of the trainable parameters.
  ///
  /// - Parameters:
  ///   - images: `[n, H, W, C]` (or `[n, D]` for a suffix), 1 ≤ n ≤ ``batchSize``.
  ///   - labels: The class of each sample.
  /// - Throws: ``NetworkError/inputShape(expected:actual:)``,
  ///   ``NetworkError/labelOutOfRange(label:sample:classCount:)``, or
  ///   ``NetworkError/nonFinite(node:)`` naming the first node whose output holds a NaN or an
  ///   infinity, or ``NetworkError/nonFiniteGradient(node:)`` the first in the backward pass that
  ///   gives one. Running statistics may then hold it too: go back to a saved state.
  public func step(images: Tensor, labels: [Int]) throws(NetworkError) -> StepResult {
    let classes = loss.classCount
    if let sample = labels.firstIndex(where: { !(0..<classes).contains($0) }) {
      throw .labelOutOfRange(label: labels[sample], sample: sample, classCount: classes)
    }
    precondition(
      labels.count == images.shape.first, "\(labels.count) labels for images \(images.shape)")
    return try run(images) { logits, gradient in
      loss(logits: logits, labels: labels, gradient: gradient)
    }
  }

  /// Computes the loss against a target per class and sample, as mixing of images and distillation
  /// need, and the gradients.
  ///
  /// - Parameters:
  ///   - images: `[n, H, W, C]` (or `[n, D]` for a suffix), 1 ≤ n ≤ ``batchSize``.
  ///   - targets: `[n, C]`; label smoothing is not added.
  /// - Throws: As ``step(images:labels:)``.
  public func step(images: Tensor, targets: Tensor) throws(NetworkError) -> StepResult {
    precondition(
      targets.shape.elementsEqual([images.shape.first ?? 0, loss.classCount]),
      "targets \(targets.shape) for images \(images.shape) and \(loss.classCount) classes")
    let count = targets.shape[0]
    return try targets.withUnsafeBufferPointer { (values) throws(NetworkError) -> StepResult in
      try run(images) { logits, gradient in
        guard let base = values.baseAddress else { return (0, 0) }
        return loss(logits: logits, targets: base, count: count, gradient: gradient)
      }
    }
  }

  private func run(
    _ images: Tensor,
    _ loss: (UnsafePointer<Float>, UnsafeMutablePointer<Float>) -> (loss: Double, correct: Int)
  ) throws(NetworkError) -> StepResult {
    guard let batch = images.shape.first, 1...batchSize ~= batch,
      inputShape.isShape(ofRowsOf: images.shape)
    else {
      throw .inputShape(expected: [batchSize] + inputShape.dimensions, actual: images.shape)
    }
    if needsPacking {
      times?.begin(.packing)
      engine.repack()
      times?.end()
      needsPacking = false
    }
    engine.setRandom(rates, seed: CounterRandom(base: random.bits(at: stepCount)))
    stepCount += 1
    return try images.withUnsafeBufferPointer { (source) throws(NetworkError) -> StepResult in
      guard let base = source.baseAddress else { return StepResult(loss: 0, correct: 0) }
      engine.bind(input: base, batch: batch)
      engine.forward(times: times)
      let (scores, gradient) = (engine.runs[logits].output, engine.runs[logits].givenGradient)
      times?.begin(.loss)
      let (value, correct) = loss(scores, gradient)
      times?.end()
      guard value.isFinite else {
        throw .nonFinite(node: engine.nodes[engine.firstNonFinite() ?? logits].name)
      }
      engine.backward(times: times)
      times?.begin(.check)
      defer { times?.end() }
      let gradients = engine.store.gradientBuffer
      if let base = gradients.baseAddress, graft_has_nonfinite(base, 0, gradients.count) != 0 {
        // The backward pass has overwritten what led to it: the whole step once more, with a look at
        // each result.
        if let place = engine.firstNonFinite() {
          throw .nonFinite(node: engine.nodes[place].name)
        }
        _ = loss(scores, gradient)
        let place = engine.firstNonFiniteGradient() ?? logits
        throw .nonFiniteGradient(node: engine.nodes[place].name)
      }
      return StepResult(loss: value, correct: correct)
    }
  }
}
