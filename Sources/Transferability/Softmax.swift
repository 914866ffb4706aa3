import Foundation

/// The softmax of one row of numbers in Float64.
enum Softmax {
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
