import Foundation
import Tensors
import Testing
import Transferability

@Suite("Ridge probe")
struct RidgeProbeTests {
  /// The penalties that the probe tries.
  static let penalties = (-8...4).map { pow(10, Double($0) / 2) }

  /// Thirty samples of three classes, with fewer or more features than samples.
  static func table(width: Int) -> (rows: [[Double]], labels: [Int]) {
    let random = CounterRandom(seed: 2, key: "ridge")
    let labels = (0..<30).map { $0 % 3 }
    let rows = labels.enumerated().map { row, label in
      (0..<width).map { d in
        Double(
          Float(
            random.normal(at: UInt64(row * width + d)) + (d % 3 == label ? 1.2 : 0)
              + Double(d % 4)))
      }
    }
    return (rows, labels)
  }

  static func tensor(_ rows: [[Double]]) -> Tensor {
    Tensor(
      shape: [rows.count, rows[0].count], values: rows.flatMap { $0.map { Float($0) } })
  }

  @Test("Leave-one-out equals thirty fits without the sample", arguments: [4, 40])
  func bruteForce(width: Int) throws {
    let (rows, labels) = Self.table(width: width)
    let probe = try #require(
      RidgeProbe(features: Self.tensor(rows), labels: labels, classCount: 3))
    let means = (0..<width).map { d in rows.reduce(0) { $0 + $1[d] } / 30 }
    let unit =
      rows.reduce(0) { sum, row in
        sum + zip(row, means).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
      } / 30
    let outcomes = Self.penalties.map { penalty in
      Self.refit(rows, labels, penalty: penalty * unit)
    }
    let best = try #require(outcomes.indices.min { outcomes[$0].error < outcomes[$1].error })
    #expect(probe.penalty == Self.penalties[best])
    #expect(probe.rightCount == outcomes[best].right)
    #expect(probe.accuracy == Double(outcomes[best].right) / 30)
    #expect((12..<30).contains(probe.rightCount), "the table is neither hopeless nor trivial")
  }

  @Test("Features that say nothing name the most frequent class, and no more")
  func constantFeatures() throws {
    let labels = [0, 0, 0, 0, 1, 1]
    let probe = try #require(
      RidgeProbe(
        features: Tensor(shape: [6, 3], values: [Float](repeating: 1, count: 18)), labels: labels,
        classCount: 2))
    #expect(probe.rightCount == 4)
  }

  @Test("A single class is always right; a class may be absent")
  func oneClass() throws {
    let (rows, _) = Self.table(width: 4)
    let probe = try #require(
      RidgeProbe(
        features: Self.tensor(rows), labels: [Int](repeating: 1, count: 30), classCount: 3))
    #expect(probe.accuracy == 1)
  }

  @Test("Without two samples or with a value that is not finite there is no answer")
  func noAnswer() {
    #expect(
      RidgeProbe(features: Tensor(shape: [1, 2], values: [1, 2]), labels: [0], classCount: 2)
        == nil)
    for bad in [Float.nan, .infinity] {
      #expect(
        RidgeProbe(
          features: Tensor(shape: [3, 2], values: [1, 2, bad, 4, 5, 6]), labels: [0, 1, 0],
          classCount: 2) == nil)
    }
  }

  /// Ridge regression with a free intercept, fitted anew without each sample.
  static func refit(
    _ rows: [[Double]], _ labels: [Int], penalty: Double
  ) -> (error: Double, right: Int) {
    let width = rows[0].count
    var error = 0.0
    var right = 0
    for left in rows.indices {
      let kept = rows.indices.filter { $0 != left }
      let count = Double(kept.count)
      let means = (0..<width).map { d in kept.reduce(0) { $0 + rows[$1][d] } / count }
      let shares = (0..<3).map { c in Double(kept.count { labels[$0] == c }) / count }
      var system = (0..<width).map { a in
        (0..<width).map { b in
          kept.reduce(a == b ? penalty : 0) {
            $0 + (rows[$1][a] - means[a]) * (rows[$1][b] - means[b])
          }
        }
          + (0..<3).map { c in
            kept.reduce(0) {
              $0 + (rows[$1][a] - means[a]) * ((labels[$1] == c ? 1 : 0) - shares[c])
            }
          }
      }
      eliminate(&system)
      let answers = (0..<3).map { c in
        shares[c]
          + (0..<width).reduce(0) { $0 + (rows[left][$1] - means[$1]) * system[$1][width + c] }
      }
      for c in 0..<3 {
        let residual = (labels[left] == c ? 1 : 0) - answers[c]
        error += residual * residual
      }
      if answers.indices.max(by: { answers[$0] < answers[$1] }) == labels[left] { right += 1 }
    }
    return (error, right)
  }

  /// Gauss and Jordan with pivoting: the right-hand columns become the solution.
  static func eliminate(_ system: inout [[Double]]) {
    for column in system.indices {
      let pivot = (column..<system.count).max { abs(system[$0][column]) < abs(system[$1][column]) }
      system.swapAt(column, pivot ?? column)
      let head = system[column][column]
      for k in system[column].indices { system[column][k] /= head }
      for row in system.indices where row != column {
        let factor = system[row][column]
        for k in system[row].indices { system[row][k] -= factor * system[column][k] }
      }
    }
  }
}
