import Foundation
import Tensors
import Testing
import Transferability

/// The fixture that `Tests/Reference/transferability.py` writes.
struct ReferenceScores: Decodable {
  /// A table to draw and the scores expected of it.
  struct Case: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    let rows, features, classes, sources: Int
    let separation, noise, offset, scale: Double
    let rectified: Bool
    let constant, duplicated: Int
    let imbalance: String
    let labelStart, labelStep: Int
    var seed: UInt64
    let expected: [String: Double]
    /// Forms of a score that are not in the list.
    let variants: [String: Double]?

    var testDescription: String { name }
  }

  struct Iris: Decodable {
    let features: [Double]
    let labels: [Int]
    let expected, published: [String: Double]
  }

  let cases: [Case]
  let iris: Iris

  /// Reads the fixture.
  static let shared: ReferenceScores = {
    let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Fixtures/scores.json")
    do {
      return try JSONDecoder().decode(ReferenceScores.self, from: Data(contentsOf: url))
    } catch {
      preconditionFailure("Fixtures/scores.json: \(error)")
    }
  }()

  /// Fisher's Iris measurements.
  static func irisTable() throws -> FeatureTable {
    let iris = shared.iris
    return try FeatureTable(
      model: "iris",
      features: Tensor(
        shape: [iris.labels.count, 4], values: iris.features.map { Float($0) }),
      labels: iris.labels)
  }
}

extension ReferenceScores.Case {
  /// Draws the table, number by number as the Python script does.
  func table(scale factor: Double? = nil) throws -> FeatureTable {
    let ranks = (0..<rows).map(rank)
    let stream = CounterRandom(seed: seed, key: "features")
    var x = [[Double]](repeating: [], count: rows)
    for i in 0..<rows {
      var row = (0..<features).map { j -> Double in
        let first = UInt64(2 * (i * features + j))
        let drawn = stream.uniform(at: first) + stream.uniform(at: first + 1)
        var value = noise * (drawn - 1)
        value += j % classes == ranks[i] ? separation : 0
        if rectified { value = max(value, 0) }
        return value + offset
      }
      for column in 0..<constant { row[column] = 0.75 }
      for column in 0..<duplicated {
        row[features - 1 - column] = row[features - 1 - column - duplicated]
      }
      x[i] = row
    }
    let draws = CounterRandom(seed: seed, key: "probabilities")
    var theta: [Float] = []
    for i in 0..<rows {
      let weights = (0..<sources).map { z -> Double in
        let uniform = draws.uniform(at: UInt64(i * sources + z))
        return uniform * uniform + (z % classes == ranks[i] ? 2 : 0)
      }
      let total = weights.reduce(0, +)
      theta += weights.map { Float($0 / total) }
    }
    let scale = factor ?? self.scale
    return try FeatureTable(
      model: name,
      features: Tensor(
        shape: [rows, features], values: x.flatMap { $0.map { Float($0 * scale) } }),
      labels: ranks.map { $0 * labelStep + labelStart },
      sourceProbabilities: Tensor(shape: [rows, sources], values: theta))
  }

  private func rank(_ i: Int) -> Int {
    switch imbalance {
    case "none": i % classes
    case "single": i == 0 ? classes - 1 : i % (classes - 1)
    default: i % 10 == 0 ? (i / 10) % classes : 0
    }
  }
}
