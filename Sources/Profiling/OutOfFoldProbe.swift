internal import Foundation
internal import Tensors
internal import Transferability

/// What a linear probe says about each picture that it was not fitted on.
///
/// The rows are parted into five folds; for each fold a softmax regression is fitted on the other
/// four and asked about it. The penalty is the one of three that has the least log loss on the first
/// fold.
///
/// Cost: seven fits of `O(N D C)` an iteration; memory `N · D` Float64.
struct OutOfFoldProbe: Sendable {
  /// Class probabilities of each row, N × C.
  let probabilities: [[Float]]
  /// The penalty that was used, on features of unit scale.
  let penalty: Double

  private static let penalties = [0.1, 0.01, 0.001]
  static let iterations = 100

  init(
    features: Tensor, labels: [Int], classCount: Int, folds: ProbeFolds,
    check: () throws(CancellationError) -> Void
  ) throws(CancellationError) {
    var result = [[Float]](repeating: [], count: labels.count)
    var chosen = Self.penalties[0]
    for fold in 0..<folds.count {
      let held = labels.indices.filter { folds.fold[$0] == fold }
      let rest = labels.indices.filter { folds.fold[$0] != fold }
      guard !held.isEmpty, !rest.isEmpty else { continue }
      let problem = SoftmaxRegression.Problem(
        features: features, labels: labels, classCount: classCount, rows: rest)
      let rows = Self.rows(held, of: features)
      var best: (loss: Double, answers: [[Float]], penalty: Double)?
      var previous: SoftmaxRegression?
      for penalty in fold == 0 ? Self.penalties : [chosen] {
        try check()
        let probe = problem.fit(
          penalty: penalty, from: previous, maximumIterations: Self.iterations)
        previous = probe
        let answers = probe.probabilities(of: rows)
        let loss = zip(answers, held).reduce(0.0) {
          $0 - log(Double(max($1.0[labels[$1.1]], 1e-12)))
        }
        if best.map({ loss < $0.loss }) ?? true { best = (loss, answers, penalty) }
      }
      guard let best else { continue }
      chosen = best.penalty
      for (row, answer) in zip(held, best.answers) { result[row] = answer }
    }
    // Rows of a fold that stands alone got no answer: every class is as likely.
    let even = [Float](repeating: 1 / Float(classCount), count: classCount)
    probabilities = result.map { $0.isEmpty ? even : $0 }
    penalty = chosen
  }

  /// Some rows of a table of features.
  static func rows(_ indices: [Int], of features: Tensor) -> Tensor {
    let width = features.rowLength
    var values: [Float] = []
    values.reserveCapacity(indices.count * width)
    features.withUnsafeBufferPointer { source in
      for row in indices {
        values.append(contentsOf: source[row * width..<(row + 1) * width])
      }
    }
    return Tensor(shape: [indices.count, width], values: values)
  }
}
