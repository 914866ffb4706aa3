internal import CKernels
internal import Tensors

/// A loss with the memory that it needs for batches of one size.
struct LossEvaluation {
  let classCount: Int
  private let loss: any Loss
  /// Targets of labelled samples, `[batch, C]`.
  private let targets: FloatStorage
  /// The losses of the samples, then whether each is right.
  private let rows: FloatStorage
  private let correct: UnsafeMutablePointer<Int32>

  init(_ loss: any Loss, classCount: Int, batchSize: Int) {
    self.loss = loss
    self.classCount = classCount
    targets = FloatStorage(count: batchSize * classCount)
    rows = FloatStorage(count: 2 * alignedCount(batchSize))
    correct = UnsafeMutableRawPointer(rows.pointer + alignedCount(batchSize))
      .assumingMemoryBound(to: Int32.self)
  }

  /// The mean loss and the number of samples whose largest score is the label's.
  ///
  /// - Parameters:
  ///   - logits: `[n, C]`.
  ///   - gradient: Filled with the gradient of the scores; nil if not wanted.
  func callAsFunction(
    logits: UnsafePointer<Float>, labels: [Int], gradient: UnsafeMutablePointer<Float>?
  ) -> (loss: Double, correct: Int) {
    let (classCount, targets) = (classCount, targets.pointer)
    let off = Float(loss.labelSmoothing / Double(classCount))
    let on = Float(1 - loss.labelSmoothing) + off
    labels.withUnsafeBufferPointer { labels in
      guard let base = labels.baseAddress else { return }
      graft_one_hot(classCount, base, on, off, targets, 0, labels.count)
    }
    return self(logits: logits, targets: targets, count: labels.count, gradient: gradient)
  }

  /// The same against a target per class, `targets` `[n, C]`; a sample is right if its largest score
  /// is its largest target's.
  func callAsFunction(
    logits: UnsafePointer<Float>, targets: UnsafePointer<Float>, count: Int,
    gradient: UnsafeMutablePointer<Float>?
  ) -> (loss: Double, correct: Int) {
    let batch = LossBatch(
      count: count, classCount: classCount, logits: logits, targets: targets,
      losses: rows.pointer, gradient: gradient)
    let (loss, correct) = (loss, correct)
    Parallel.ranges(count, grain: rowGrain(classCount)) { begin, end in
      // The winners first: the gradient may take the place of the scores.
      graft_count_correct(batch.classCount, logits, targets, correct, begin, end)
      loss.evaluate(batch, begin, end)
    }
    var right = 0
    for sample in 0..<count { right += Int(correct[sample]) }
    return (graft_sum(rows.pointer, 0, count) / Double(count), right)
  }
}
