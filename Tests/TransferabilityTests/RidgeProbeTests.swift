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
            random.normal(at: UInt64(row * width + d)) + (d == label ? 1.6 : 0)
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
    let means = Self.columnMeans(rows)
    let squares = rows.map { Self.difference($0, means).reduce(0) { $0 + $1 * $1 } }
    let unit = squares.reduce(0, +) / Double(rows.count)
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
      let means = columnMeans(kept.map { rows[$0] })
      var shares = [Double](repeating: 0, count: 3)
      for row in kept { shares[labels[row]] += 1 / Double(kept.count) }
      // [XᵀX + λ | XᵀY] on centred rows and targets.
      var system = [[Double]](
        repeating: [Double](repeating: 0, count: width + 3), count: width)
      for row in kept {
        let centred = difference(rows[row], means)
        for a in 0..<width {
          for b in 0..<width { system[a][b] += centred[a] * centred[b] }
          for c in 0..<3 {
            let target: Double = (labels[row] == c ? 1 : 0) - shares[c]
            system[a][width + c] += centred[a] * target
          }
        }
      }
      for a in 0..<width { system[a][a] += penalty }
      eliminate(&system)
      let own = difference(rows[left], means)
      var answers = shares
      for c in 0..<3 {
        for d in 0..<width { answers[c] += own[d] * system[d][width + c] }
        let residual: Double = (labels[left] == c ? 1 : 0) - answers[c]
        error += residual * residual
      }
      if answers.indices.max(by: { answers[$0] < answers[$1] }) == labels[left] { right += 1 }
    }
    return (error, right)
  }

  static func columnMeans(_ rows: [[Double]]) -> [Double] {
    var sums = [Double](repeating: 0, count: rows[0].count)
    for row in rows { for d in row.indices { sums[d] += row[d] } }
    return sums.map { $0 / Double(rows.count) }
  }

  static func difference(_ a: [Double], _ b: [Double]) -> [Double] { zip(a, b).map { $0 - $1 } }

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
