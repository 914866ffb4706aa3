import Foundation
import Testing
import Transferability

/// The fixture that `Tests/Reference/rankings.py` writes.
struct ReferenceRankings: Decodable {
  struct Case: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    let scores, accuracies: [Double]
    let both, accuracy, pearson: Double

    var testDescription: String { name }
  }

  struct Table: Decodable {
    let name: String
    let accuracies: [Double]
    /// The mean rank of each network on the other data sets.
    let `static`: [Double]
  }

  struct Printed: Decodable {
    let `static`, top1: [Double]
  }

  let cases: [Case]
  let networks: [String]
  let top1: [Double]
  let tables: [Table]
  let printed: Printed

  static let shared: ReferenceRankings = {
    let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Fixtures/rankings.json")
    do {
      return try JSONDecoder().decode(ReferenceRankings.self, from: Data(contentsOf: url))
    } catch {
      preconditionFailure("Fixtures/rankings.json: \(error)")
    }
  }()
}

@Suite("Ranking protocol")
struct RankingProtocolTests {
  @Test(
    "Weighted τ in both conventions, and Pearson, equal SciPy's",
    arguments: ReferenceRankings.shared.cases)
  func parity(reference: ReferenceRankings.Case) throws {
    for (convention, expected) in [
      (WeightedTau.Convention.both, reference.both), (.accuracy, reference.accuracy),
    ] {
      let value = try #require(
        WeightedTau.value(
          scores: reference.scores, accuracies: reference.accuracies, convention))
      #expect(abs(value - expected) < 1e-12, "\(convention): \(value), SciPy \(expected)")
    }
    let agreement = try #require(
      RankingAgreement(scores: reference.scores, accuracies: reference.accuracies))
    #expect(abs(try #require(agreement.pearson) - reference.pearson) < 1e-12)
  }

  @Test("The published rows of static rankings come out as printed")
  func publishedRows() throws {
    let reference = ReferenceRankings.shared
    for (index, table) in reference.tables.enumerated() {
      for (scores, printed) in [
        (table.static, reference.printed.static[index]),
        (reference.top1, reference.printed.top1[index]),
      ] {
        let agreement = try #require(
          RankingAgreement(scores: scores, accuracies: table.accuracies.map { $0 / 100 }))
        let tau = try #require(agreement.weightedTau)
        #expect(abs(tau - printed) < 6e-4, "\(table.name): \(tau), printed \(printed)")
      }
    }
    // "Always choosing ResNet-152 gives Rel@1 0.999."
    let always = reference.networks.map { $0 == "resnet152" ? 1.0 : 0 }
    let rel = reference.tables.compactMap {
      RankingAgreement(scores: always, accuracies: $0.accuracies)?.rel["1"]
    }
    #expect(abs(rel.reduce(0, +) / 11 - 0.999) < 5e-4)
  }

  @Test("Rel@k, Recall@k and regret by hand; a tie never flatters")
  func byHand() throws {
    let accuracies = [0.9, 0.8, 0.7, 0.6]
    let agreement = try #require(
      RankingAgreement(scores: [1, 4, 3, 2], accuracies: accuracies))
    #expect(abs((agreement.rel["1"] ?? 0) - 8 / 9) < 1e-15)
    #expect(abs((agreement.rel["3"] ?? 0) - 8 / 9) < 1e-15)
    #expect(agreement.rel["5"] == nil)
    #expect(agreement.recall["1"] == 0)
    #expect(abs((agreement.recall["3"] ?? 0) - 2 / 3) < 1e-15)
    #expect(abs(agreement.regretPoints - 10) < 1e-12)
    let tied = try #require(RankingAgreement(scores: [1, 1, 1, 1], accuracies: accuracies))
    #expect(abs(tied.regretPoints - 30) < 1e-12)
    #expect(tied.weightedTau == nil && tied.pearson == nil)
    let perfect = try #require(RankingAgreement(scores: accuracies, accuracies: accuracies))
    #expect(perfect.weightedTau == 1 && perfect.weightedTauByAccuracy == 1)
    #expect(perfect.regretPoints == 0 && perfect.recall["3"] == 1)
  }

  @Test("One network, equal accuracies, NaN: no value")
  func undefined() {
    #expect(RankingAgreement(scores: [1], accuracies: [1]) == nil)
    #expect(RankingAgreement(scores: [1, .nan], accuracies: [1, 2]) == nil)
    #expect(WeightedTau.value(scores: [1, 2], accuracies: [3, 3], .both) == nil)
    #expect(ChanceLevel(accuracies: [0.5, 0.5, 0.5]) == nil)
    #expect(ChanceLevel(accuracies: [0.5]) == nil)
  }

  @Test(
    "Chance for eleven networks is as published, for three it is exact, and it follows the seed")
  func chance() throws {
    let eleven = try #require(
      ChanceLevel(accuracies: ReferenceRankings.shared.tables[0].accuracies))
    #expect(abs(eleven.weightedTau[0] + 0.46) < 0.02, "\(eleven)")
    #expect(abs(eleven.weightedTau[1] - 0.47) < 0.02, "\(eleven)")
    #expect(!eleven.isExact && eleven.orders == 10_000)
    // Of the six orders of three the extremes are −1 and 1; the quantiles lie between neighbours.
    let three = try #require(ChanceLevel(accuracies: [3, 2, 1]))
    #expect(three.isExact && three.orders == 6)
    let values = [[1.0, 2, 3], [1, 3, 2], [2, 1, 3], [2, 3, 1], [3, 1, 2], [3, 2, 1]].compactMap {
      WeightedTau.value(scores: $0, accuracies: [3, 2, 1], .both)
    }.sorted()
    #expect(abs(three.weightedTau[0] - (values[0] + 0.25 * (values[1] - values[0]))) < 1e-12)
    #expect(abs(three.weightedTau[1] - (values[4] + 0.75 * (values[5] - values[4]))) < 1e-12)
    let other = try #require(
      ChanceLevel(accuracies: ReferenceRankings.shared.tables[0].accuracies, seed: 1))
    #expect(other.weightedTau != eleven.weightedTau)
  }
}
