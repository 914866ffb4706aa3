import Foundation
import Tensors

/// The softmax of one row of numbers in Float64.
enum Softmax {
  /// softmax(xᵀW + b) of each row x, [N, C].
  ///
  /// - Parameters:
  ///   - rows: [N, k].
  ///   - weights: W, [k, C].
  ///   - bias: b, C of them.
  /// - Complexity: O(NkC).
  static func probabilities(_ rows: Matrix, weights: Matrix, bias: [Double]) -> Matrix {
    var scores = LinearAlgebra.multiply(rows, weights)
    let classes = bias.count
    scores.values.withUnsafeMutableBufferPointer { scores in
      bias.withUnsafeBufferPointer { bias in
        Parallel.ranges(rows.rows, grain: 64) { begin, end in
          for row in begin..<end {
            let row = UnsafeMutableBufferPointer(
              rebasing: scores[row * classes..<(row + 1) * classes])
            for class_ in 0..<classes { row[class_] += bias[class_] }
            apply(row)
          }
        }
      }
    }
    return scores
  }

  /// Replaces scores by exp(score − peak) over their sum; returns ln Σ exp(score).
  @discardableResult
  static func apply(_ row: UnsafeMutableBufferPointer<Double>) -> Double {
    var peak = -Double.infinity
    for value in row { peak = max(peak, value) }
    var sum = 0.0
    for index in row.indices {
      row[index] = exp(row[index] - peak)
      sum += row[index]
    }
    let share = 1 / sum
    for index in row.indices { row[index] *= share }
    return peak + log(sum)
  }
}
