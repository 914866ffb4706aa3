internal import CKernels
internal import Foundation
internal import Tensors

/// Softmax cross-entropy, averaged over the batch, with the gradient of the class scores.
///
/// `L = −(1/n) Σ_i Σ_c q_ic log softmax(z_i)_c`, `∂L/∂z_ic = (softmax(z_i)_c − q_ic) / n`, where q is
/// the one-hot label, smoothed to `(1 − s) · onehot + s / C`, or a given distribution.
///
/// - Reference: Szegedy et al. 2016, arXiv:1512.00567, §7 (label smoothing).
struct CrossEntropy {
  let classCount: Int
  let labelSmoothing: Float
  private let losses: FloatStorage
  private let hits: UnsafeMutablePointer<Int32>

  init(classCount: Int, batchSize: Int, labelSmoothing: Double) {
    self.classCount = classCount
    self.labelSmoothing = Float(labelSmoothing)
    // The losses of the samples, then whether each was right.
    losses = FloatStorage(count: 2 * alignedCount(batchSize))
    hits = UnsafeMutableRawPointer(losses.pointer + alignedCount(batchSize))
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
    let count = labels.count
    let (rows, hits) = (losses.pointer, hits)
    labels.withUnsafeBufferPointer { labels in
      guard let labels = labels.baseAddress else { return }
      Parallel.ranges(count, grain: rowGrain(classCount)) { begin, end in
        graft_cross_entropy(
          classCount, logits, labels, labelSmoothing, 1 / Float(count), rows, gradient, hits, begin,
          end)
      }
    }
    let correct = (0..<count).reduce(0) { $0 + Int(hits[$1]) }
    return (graft_sum(rows, 0, count) / Double(count), correct)
  }

  /// The same against a distribution per sample, `targets` `[n, C]`; a sample is right if its largest
  /// score is its largest target's.
  func callAsFunction(
    logits: UnsafePointer<Float>, targets: UnsafePointer<Float>, count: Int,
    gradient: UnsafeMutablePointer<Float>
  ) -> (loss: Double, correct: Int) {
    var loss = 0.0
    var correct = 0
    for row in 0..<count {
      let (z, q) = (logits + row * classCount, targets + row * classCount)
      let g = gradient + row * classCount
      graft_softmax(classCount, z, g, 0, 1)
      var (best, wanted, mass) = (0, 0, 0.0)
      for c in 1..<max(1, classCount) {
        if z[c] > z[best] { best = c }
        if q[c] > q[wanted] { wanted = c }
      }
      let logSum = logSumExp(z)
      for c in 0..<classCount {
        mass += Double(q[c])
        if q[c] != 0 { loss += Double(q[c]) * (logSum - Double(z[c])) }
      }
      for c in 0..<classCount { g[c] = (g[c] * Float(mass) - q[c]) / Float(count) }
      if best == wanted { correct += 1 }
    }
    return (loss / Double(count), correct)
  }

  private func logSumExp(_ z: UnsafePointer<Float>) -> Double {
    let largest = Double((0..<classCount).reduce(z[0]) { max($0, z[$1]) })
    var sum = 0.0
    for c in 0..<classCount { sum += exp(Double(z[c]) - largest) }
    return largest + log(sum)
  }
}
