import Foundation
import Tensors
import Testing
import Transferability

/// Tables large enough for products in Float32: what these leave open Float64 decides.
@Suite("Scores that choose by Float32 products")
struct ScreeningTests {
  /// Normal noise, and `spread` in every column that has the class's remainder by `classes`; twin of
  /// `Tests/Reference/screened_scores.py`.
  static func table(
    _ rows: Int, _ width: Int, _ classes: Int, _ spread: Double
  ) throws -> FeatureTable {
    let random = CounterRandom(seed: 7, key: "screened")
    let values = (0..<rows * width).map { index in
      let isOwn = index / width % classes == index % width % classes
      return Float(random.normal(at: UInt64(index)) + (isOwn ? spread : 0))
    }
    return try FeatureTable(
      model: "made", features: Tensor(shape: [rows, width], values: values),
      labels: (0..<rows).map { $0 % classes })
  }

  static func value(_ id: String, _ table: FeatureTable) throws -> Double {
    try #require(try Score.named(id)(Candidate(table, intervals: false)).value)
  }

  @Test("NLEEP's components and means, as in NumPy to 10⁻⁶")
  func mixtures() throws {
    let value = try Self.value("nleep", Self.table(400, 150, 8, 1))
    #expect(abs(value + 0.45636339910019824) < 4e-7)
  }

  @Test("PACTran, stopped early, is the minimum to 10⁻³")
  func earlyStop() throws {
    let value = try Self.value("pactran", Self.table(600, 150, 120, 1))
    #expect(abs(value + 6.307491241899016) < 6e-3)
  }

  @Test("PACTran of drawn rows, fewer than their directions, as in NumPy to 10⁻⁶")
  func drawn() throws {
    let value = try Self.value("pactran", Self.table(1300, 1100, 2, 0.05))
    #expect(abs(value + 0.097675358136494) < 1e-7)
  }

  @Test("Nearest neighbours by products of Float32 are those by Float64", arguments: [0, 3000])
  func neighbours(_ offset: Float) throws {
    // Two heaps far apart make products large, and their rounding larger than distances in a heap.
    let made = try Self.table(240, 60, 4, 0.8)
    var values = made.features.values
    for index in 0..<120 * 60 { values[index] += offset }
    let table = try FeatureTable(
      model: "made", features: Tensor(shape: [240, 60], values: values), labels: made.labels)
    func square(_ a: Int, _ b: Int) -> Double {
      (0..<60).reduce(0) { sum, column in
        let difference = Double(values[a * 60 + column]) - Double(values[b * 60 + column])
        return sum + difference * difference
      }
    }
    let right = (0..<240).count { row in
      let near = (0..<240).filter { $0 != row }
        .map { (square(row, $0), $0) }.sorted { $0 < $1 }.prefix(3).map { table.labels[$0.1] }
      let most = near.max { a, b in
        near.count { $0 == a } < near.count { $0 == b }
      }
      let tied = near.allSatisfy { label in near.count { $0 == label } == 1 }
      return (tied ? near[0] : most) == table.labels[row]
    }
    #expect(try Self.value("knn", table) == Double(right) / 240)
  }
}
