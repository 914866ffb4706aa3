import Datasets
import Foundation
import Testing

@Suite("Splits that keep groups together")
struct GroupSplitTests {
  /// Three classes of 20 pictures.
  private func dataset(_ folder: TemporaryFolder) throws -> Dataset {
    for (index, name) in ["a", "b", "c"].enumerated() {
      try folder.pictures(name, 20, from: 100 * index)
    }
    return try Dataset.open(folder.url)
  }

  private func part(_ dataset: Dataset) -> [String: Split] {
    Dictionary(uniqueKeysWithValues: dataset.samples.map { ($0.id, $0.split) })
  }

  @Test("No group straddles, and classes keep their numbers")
  func together() throws {
    let folder = try TemporaryFolder()
    let whole = try dataset(folder)
    // Pairs in every class, and one group across two classes.
    var groups: [[Int]] = []
    for label in 0..<3 {
      for pair in 0..<4 { groups.append([label * 20 + pair, label * 20 + 19 - pair]) }
    }
    groups.append([5, 25, 26])
    let tied = whole.keeping(together: groups)
    var setAside = Set<Int>()
    for seed in 0..<10 {
      let split = tied.split(validationFraction: 0.2, testFraction: 0.2, seed: UInt64(seed))
      let part = part(split)
      for (index, group) in groups.enumerated() {
        let splits = Set(group.map { part[whole.samples[$0].id] })
        #expect(splits.count == 1, "seed \(seed), group \(index)")
        if splits != [.train] { setAside.insert(index) }
      }
      for counts in [split.classCounts(in: .validation), split.classCounts(in: .test)] {
        #expect(counts.allSatisfy { (3...5).contains($0) }, "\(counts)")
      }
    }
    // Groups are set aside, too: not merely left in training.
    #expect(setAside.count > 6)
  }

  @Test("Groups that share a sample become one")
  func chained() throws {
    let folder = try TemporaryFolder()
    let whole = try dataset(folder)
    let tied = whole.keeping(together: [[0, 1], [1, 2]]).keeping(together: [[2, 3]])
    for seed in 0..<10 {
      let part = part(tied.split(validationFraction: 0.3, seed: UInt64(seed)))
      #expect(Set((0..<4).map { part[whole.samples[$0].id] }).count == 1)
    }
    let finding = try #require(
      tied.split(validationFraction: 0.3, seed: 0).findings.first { $0.code == .keptTogether })
    #expect(finding.count == 4 && finding.message.contains("one group"))
  }

  @Test("Without groups the split is what it was; with one, only what it concerns moves")
  func stable() throws {
    let folder = try TemporaryFolder()
    let whole = try dataset(folder)
    let plain = part(whole.split(validationFraction: 0.2, seed: 4))
    #expect(part(whole.keeping(together: []).split(validationFraction: 0.2, seed: 4)) == plain)
    #expect(part(whole.keeping(together: [[7]]).split(validationFraction: 0.2, seed: 4)) == plain)
    let tied = part(whole.keeping(together: [[0, 1]]).split(validationFraction: 0.2, seed: 4))
    #expect(plain.filter { tied[$0.key] != $0.value }.count <= 4)
  }

  @Test("A class of large groups only gets the smallest of them, rather than nothing")
  func largeGroups() throws {
    let folder = try TemporaryFolder()
    let whole = try dataset(folder)
    let groups = [Array(0..<8), Array(8..<15), Array(15..<20)]
    let split = whole.keeping(together: groups).split(validationFraction: 0.1, seed: 1)
    #expect(split.classCounts(in: .validation) == [5, 2, 2])
  }

  @Test("A whole class in one group stays in training")
  func oneGroup() throws {
    let folder = try TemporaryFolder()
    let split = try dataset(folder).keeping(together: [Array(0..<20)])
      .split(validationFraction: 0.2, seed: 1)
    #expect(split.classCounts(in: .validation) == [0, 4, 4])
  }
}
