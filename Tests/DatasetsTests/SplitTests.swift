import Datasets
import Foundation
import Testing

struct SplitTests {
  /// Classes of 10, 5, 3, 2 and 1 pictures.
  private func uneven(_ folder: TemporaryFolder) throws -> Dataset {
    for (name, count) in [("a", 10), ("b", 5), ("c", 3), ("d", 2), ("e", 1)] {
      try folder.pictures(name, count)
    }
    return try Dataset.open(folder.url)
  }

  @Test func isStratifiedAndLeavesSomethingToLearnFrom() throws {
    let folder = try TemporaryFolder()
    let whole = try uneven(folder)
    let dataset = whole.split(validationFraction: 0.2, testFraction: 0.2, seed: 3)
    #expect(dataset.classCounts(in: .train) == [6, 3, 1, 1, 1])
    #expect(dataset.classCounts(in: .validation) == [2, 1, 1, 1, 0])
    #expect(dataset.classCounts(in: .test) == [2, 1, 1, 0, 0])
    #expect(Set(dataset.samples.map(\.id)) == Set(whole.samples.map(\.id)))
    #expect(dataset.splits == [.train, .validation, .test])
    let finding = try #require(dataset.findings.last)
    #expect(finding.code == .fewShotClass && finding.paths == ["e/0.png"])
  }

  @Test func dependsOnTheSeedAlone() throws {
    let folder = try TemporaryFolder()
    let whole = try uneven(folder)
    func chosen(_ dataset: Dataset, _ seed: UInt64) -> Set<String> {
      Set(
        dataset.split(validationFraction: 0.3, seed: seed).subset(of: .validation).samples.map(\.id)
      )
    }
    #expect(chosen(whole, 1) == chosen(whole, 1))
    #expect(Set((0..<8).map { chosen(whole, $0) }).count > 4)
    // One more picture moves at most one other.
    let before = chosen(whole, 1)
    try folder.picture("a/new.png", 99)
    let after = chosen(try Dataset.open(folder.url), 1)
    #expect(before.symmetricDifference(after).count <= 2)
  }

  @Test func keepsTheSplitsThatAreThere() throws {
    let folder = try TemporaryFolder()
    for path in ["train/a", "train/b", "val/a", "val/b"] { try folder.pictures(path, 4) }
    let dataset = try Dataset.open(folder.url)
      .split(validationFraction: 0.5, testFraction: 0.25, seed: 0)
    #expect(dataset.classCounts(in: .train) == [3, 3])
    #expect(dataset.classCounts(in: .validation) == [4, 4])
    #expect(dataset.classCounts(in: .test) == [1, 1])
  }

  @Test func limitKeepsProportionsAndEveryClass() throws {
    let folder = try TemporaryFolder()
    let whole = try uneven(folder)
    #expect(whole.limited(to: 100, seed: 0).samples == whole.samples)
    for limit in 1...21 {
      let counts = whole.limited(to: limit, seed: 0).classCounts()
      #expect(counts.reduce(0, +) == limit)
      #expect(limit < 5 || counts.allSatisfy { $0 > 0 }, "\(limit): \(counts)")
      #expect(zip(counts, whole.classCounts()).allSatisfy { $0 <= $1 })
    }
    #expect(whole.limited(to: 11, seed: 0).classCounts() == [4, 3, 2, 1, 1])
  }

  @Test func limitIsPerSplit() throws {
    let folder = try TemporaryFolder()
    for path in ["train/a", "train/b", "test/a", "test/b"] { try folder.pictures(path, 6) }
    let dataset = try Dataset.open(folder.url).limited(to: 4, seed: 0)
    #expect(dataset.classCounts(in: .train) == [2, 2])
    #expect(dataset.classCounts(in: .test) == [2, 2])
  }
}
