import Foundation
import Tensors
import Testing
import Transferability

@Suite("Softmax regression")
struct SoftmaxRegressionTests {
  /// What `Tests/Reference/softmax_regression.py` writes.
  struct Reference: Decodable {
    struct Case: Decodable {
      let penalty: Double
      let probabilities, weights: [[Double]]
    }

    let features: [[Double]]
    let labels: [Int]
    let cases: [Case]

    init() throws {
      let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Fixtures/softmax_regression.json")
      self = try JSONDecoder().decode(Reference.self, from: Data(contentsOf: url))
    }

    var table: Tensor {
      Tensor(
        shape: [features.count, features[0].count],
        values: features.flatMap { $0.map { Float($0) } })
    }

    var problem: SoftmaxRegression.Problem {
      SoftmaxRegression.Problem(features: table, labels: labels, classCount: 3)
    }
  }

  @Test("The gradient equals finite differences")
  func gradient() throws {
    let problem = try Reference().problem
    let random = CounterRandom(seed: 4, key: "point")
    let point = (0..<18).map { random.normal(at: UInt64($0)) }
    var gradient = [Double](repeating: 0, count: 18)
    var unused = gradient
    _ = problem.value(at: point, penalty: 0.03, gradient: &gradient)
    for index in point.indices {
      let step = 1e-5
      var (above, below) = (point, point)
      above[index] += step
      below[index] -= step
      let difference =
        (problem.value(at: above, penalty: 0.03, gradient: &unused)
          - problem.value(at: below, penalty: 0.03, gradient: &unused)) / (2 * step)
      #expect(abs(difference - gradient[index]) < 1e-8, "entry \(index)")
    }
  }

  @Test("Weights and probabilities equal scikit-learn's")
  func parity() throws {
    let reference = try Reference()
    for entry in reference.cases {
      let fit = reference.problem.fit(penalty: entry.penalty)
      let probabilities = fit.probabilities(of: reference.table)
      for (row, expected) in zip(probabilities, entry.probabilities) {
        for (value, wanted) in zip(row, expected) {
          #expect(abs(Double(value) - wanted) < 1e-4, "penalty \(entry.penalty)")
        }
      }
      let largest = entry.weights.joined().map(abs).max() ?? 1
      for (d, row) in entry.weights.enumerated() {
        for (c, wanted) in row.enumerated() {
          #expect(abs(fit.weights[d, c] - wanted) < 1e-3 * largest, "penalty \(entry.penalty)")
        }
      }
    }
  }

  @Test("A fit from a near-by solution ends where a fit from nothing ends")
  func warmStart() throws {
    let reference = try Reference()
    let problem = reference.problem
    let cold = problem.fit(penalty: 0.01)
    let warm = problem.fit(penalty: 0.01, from: problem.fit(penalty: 0.1))
    for (a, b) in zip(cold.weights.values, warm.weights.values) { #expect(abs(a - b) < 1e-3) }
  }

  @Test("Units of the features don't matter: the same penalty gives the same answers")
  func scale() throws {
    let reference = try Reference()
    var scaled = reference.table
    scaled.withUnsafeMutableBufferPointer { for i in $0.indices { $0[i] = $0[i] * 64 + 8 } }
    let here = reference.problem.fit(penalty: 0.01).probabilities(of: reference.table)
    let there = SoftmaxRegression.Problem(
      features: scaled, labels: reference.labels, classCount: 3
    ).fit(penalty: 0.01).probabilities(of: scaled)
    for (a, b) in zip(here.joined(), there.joined()) { #expect(abs(a - b) < 1e-3) }
  }

  @Test("Only the named rows are fitted; a class without rows gets almost nothing")
  func rows() throws {
    let reference = try Reference()
    let rows = reference.labels.indices.filter { reference.labels[$0] != 2 }
    let fit = SoftmaxRegression.Problem(
      features: reference.table, labels: reference.labels, classCount: 3, rows: rows
    ).fit(penalty: 0.01)
    let probabilities = fit.probabilities(of: reference.table)
    #expect(probabilities.allSatisfy { $0[2] < 0.05 })
    #expect(probabilities.allSatisfy { abs($0.reduce(0, +) - 1) < 1e-5 })
  }

  @Test("Features that are all the same give the shares of the classes")
  func constantFeatures() {
    let fit = SoftmaxRegression.Problem(
      features: Tensor(shape: [4, 3], values: [Float](repeating: 2, count: 12)),
      labels: [0, 0, 0, 1], classCount: 2
    ).fit(penalty: 0.01)
    let probabilities = fit.probabilities(of: Tensor(shape: [1, 3], values: [2, 2, 2]))
    #expect(abs(probabilities[0][0] - 0.75) < 1e-3)
  }
}
