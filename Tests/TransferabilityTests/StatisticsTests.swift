import Foundation
import Tensors
import Testing
import Transferability

@Suite("Statistics and their intervals")
struct StatisticsTests {
  static func worst(_ a: [Double], _ b: [Double]) -> Double {
    let size = a.map(abs).max() ?? 1
    return zip(a, b).map { abs($0 - $1) }.max().map { $0 / max(size, 1e-300) } ?? .infinity
  }

  static func part(_ table: FeatureTable, _ rows: [Int]) throws -> FeatureTable {
    func pick(_ tensor: Tensor) -> Tensor {
      Tensor(
        shape: [rows.count, tensor.rowLength], values: rows.flatMap { tensor.row($0).values })
    }
    return try FeatureTable(
      model: table.model, features: pick(table.features), labels: rows.map { table.labels[$0] },
      sourceProbabilities: table.sourceProbabilities.map(pick))
  }

  @Test("Shards merged in any order equal the whole")
  func shards() throws {
    let table = try ScorePropertyTests.reference("a class with one row").table()
    let count = table.labels.count
    var whole = FeatureStatistics(dimension: table.features.rowLength)
    whole.add(table.features, labels: table.labels)
    var merged = FeatureStatistics(dimension: table.features.rowLength)
    for range in [80..<count, 0..<1, 1..<50, 50..<80] {
      let shard = try Self.part(table, Array(range))
      var statistics = FeatureStatistics(dimension: table.features.rowLength)
      statistics.add(shard.features, labels: shard.labels)
      merged.merge(statistics)
    }
    #expect(merged.labels == whole.labels)
    #expect(merged.counts == whole.counts)
    #expect(Self.worst(whole.gram.values, merged.gram.values) < 1e-12)
    #expect(Self.worst(whole.classSums.values, merged.classSums.values) < 1e-12)
    for value in [LogME.value(of:), HScore.value(of:), ShrunkHScore.value(of:)] {
      let first = try #require(try value(whole))
      let second = try #require(try value(merged))
      #expect(abs(first - second) <= 1e-10 * abs(first))
    }
  }

  @Test("The source histogram merges, and LEEP is additive over shards")
  func sourceShards() throws {
    let table = try ScorePropertyTests.reference("imbalanced").table()
    let halves = try [
      Self.part(table, Array(0..<100)), Self.part(table, Array(100..<table.labels.count)),
    ]
    var histogram = SourceHistogram(sourceClassCount: 10)
    for half in halves {
      var part = SourceHistogram(sourceClassCount: 10)
      part.add(try #require(half.sourceProbabilities), labels: half.labels)
      histogram.merge(part)
    }
    let sum = try halves.reduce(0.0) {
      $0
        + LEEP.sum(
          try #require($1.sourceProbabilities), labels: $1.labels, under: histogram)
    }
    let leep = try #require(try Score.named("leep")(Candidate(table)).value)
    #expect(abs(sum / Double(table.labels.count) - leep) < 1e-12)
  }

  @Test(
    "A replicate is the score without its block",
    arguments: [
      "many rows", "fewer rows than features", "rectified", "a class with one row",
      "many classes", "well separated", "perfectly separated", "more features than components",
    ])
  func replicates(name: String) throws {
    let table = try ScorePropertyTests.reference(name).table()
    let candidate = Candidate(table)
    // The rest, by their own words, don't fit again without a block.
    let ids = [
      "logme", "leep", "hscore", "hscore-shrunk", "nce", "lfc", "transrate", "gbc", "knn",
    ]
    for score in try ids.map(Score.named) {
      let replicates = try score(candidate).replicates
      if score.id == "hscore", name == "fewer rows than features" {
        #expect(replicates.isEmpty)
        continue
      }
      #expect(replicates.count == Jackknife.blocks)
      let entry = Scorecard.Entry(try score(candidate))
      let halfWidth = try #require(entry.high) - #require(entry.value)
      var worst = 0.0
      defer { print("\(name) \(score.id): worst error of a replicate \(worst) of its limit") }
      for (block, replicate) in replicates.enumerated() {
        let rows = candidate.blockOfRow.indices.filter { candidate.blockOfRow[$0] != block }
        let again = try #require(try score(Candidate(Self.part(table, rows))).value)
        let value = try #require(replicate)
        // LogME's replicates interpolate in λ, GBC's keep the components: far less than the
        // interval is wide. The rest is exact.
        // Where classes separate perfectly the width is all but 0, and rounding is what remains.
        let slack = ["logme": 2e-2, "gbc": 0.35][score.id]
        let limit =
          slack.map { $0 * halfWidth + 1e-9 * max(1, abs(again)) } ?? 1e-7 * max(1e-3, abs(again))
        worst = max(worst, abs(value - again) / limit)
        #expect(abs(value - again) <= limit, "\(score.id), block \(block)")
      }
    }
  }

  @Test("Blocks hold their share of each class")
  func assignment() {
    let labels = (0..<205).map { $0 % 5 == 0 ? 9 : 2 }
    let blocks = Jackknife.assignment(labels)
    for label in [9, 2] {
      let sizes = (0..<Jackknife.blocks).map { block in
        zip(labels, blocks).count { $0 == label && $1 == block }
      }
      #expect((sizes.max() ?? 9) - (sizes.min() ?? 0) <= 1)
    }
  }

  @Test("The interval covers the score of fresh rows about as often as it says")
  func coverage() throws {
    // The mean of a LogME over many draws stands for its true value at this number of rows.
    let base = try ScorePropertyTests.reference("many rows")
    var values: [Double] = []
    var intervals: [(Double, Double)] = []
    for seed in 100..<160 {
      var drawn = base
      drawn.seed = UInt64(seed)
      let entry = Scorecard.Entry(try Score.named("logme")(Candidate(drawn.table())))
      values.append(try #require(entry.value))
      intervals.append((try #require(entry.low), try #require(entry.high)))
    }
    let centre = values.reduce(0, +) / Double(values.count)
    let covered = intervals.count { $0.0 <= centre && centre <= $0.1 }
    // 95 % of 60 is 57; a sound interval falls below 50 less than once in a thousand times.
    print("LogME's interval covered \(covered) of \(values.count)")
    #expect(covered >= 50)
  }

  @Test("The caller's arrays stay as they are")
  func untouched() throws {
    let table = try ScorePropertyTests.reference("many rows").table()
    let before = table.features.values
    for score in Score.all { _ = try score(Candidate(table)) }
    #expect(table.features.values == before)
  }
}
