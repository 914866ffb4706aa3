import Datasets
import Foundation
import Images
import Profiling
import TestSupport
import Testing

struct ProfilerTests {
  /// A data set with known faults, in a folder that is removed at the end.
  private final class Planted {
    let url: URL

    init() throws {
      url = FileManager.default.temporaryDirectory
        .appendingPathComponent("graft-profiling-\(UUID().uuidString)")
      _ = try DrawnDataset(
        family: .shapes, trainPerClass: 24, testPerClass: 4, size: 16, seed: 2
      ).write(to: url)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func copy(_ from: String, to: String) throws {
      try FileManager.default.copyItem(
        at: url.appendingPathComponent(from), to: url.appendingPathComponent(to))
    }

    func write(_ data: Data, to path: String) throws {
      try data.write(to: url.appendingPathComponent(path))
    }

    func profile(threads: Int = 2) throws -> DatasetProfile {
      try Profiler(threads: threads).profile(Dataset.open(url))
    }
  }

  @Test func aCleanSetHasNoFindings() throws {
    let set = try Planted()
    let profile = try set.profile()
    #expect(profile.findings.isEmpty)
    #expect(profile.schema == "graft.profile/1")
    #expect(profile.sampleCount == 280 && profile.readableCount == 280)
    #expect(profile.splits.map(\.split) == [.train, .test])
    #expect(profile.splits.map(\.count) == [240, 40])
    #expect(profile.balance.ratio == 1)
    #expect(abs((profile.balance.normalisedEntropy ?? 0) - 1) < 1e-12)
    #expect(abs((profile.balance.effectiveClassCount ?? 0) - 10) < 1e-9)
    #expect(profile.fileTypes == ["png": 280])
    #expect(profile.widths == Spread([16]) && profile.aspects == Spread([1]))
    #expect(profile.greyShare == 0)
  }

  @Test func everyPlantedFaultIsFound() throws {
    let set = try Planted()
    try set.copy("train/star/00001.png", to: "train/star/again.png")
    try set.copy("train/ring/00002.png", to: "test/ring/leak.png")
    try set.copy("train/heart/00003.png", to: "train/arrow/wrong.png")
    let whole = try Data(contentsOf: set.url.appendingPathComponent("train/star/00005.png"))
    try set.write(whole.prefix(whole.count / 2), to: "train/star/cut.png")
    try set.write(Data(), to: "train/star/empty.png")
    try set.write(Data("words".utf8), to: "train/star/text.png")
    try set.write(Data("words".utf8), to: "train/star/notes.txt")
    try set.write(Data("RIFF____WEBPVP8 ".utf8), to: "train/star/photo.webp")
    try set.write(Data("GIF89a__________".utf8), to: "train/star/photo.jpg")
    let profile = try set.profile()
    func paths(_ code: DataFinding.Code) -> [[String]] {
      profile.findings.filter { $0.code == code }.map(\.paths)
    }
    #expect(paths(.duplicateExact) == [["train/star/00001.png", "train/star/again.png"]])
    #expect(paths(.leakage) == [["train/ring/00002.png", "test/ring/leak.png"]])
    #expect(paths(.labelConflict) == [["train/arrow/wrong.png", "train/heart/00003.png"]])
    #expect(Set(paths(.corrupt)) == [["train/star/cut.png"], ["train/star/empty.png"]])
    #expect(Set(paths(.notAnImage)) == [["train/star/text.png"], ["train/star/notes.txt"]])
    #expect(
      Set(paths(.unsupportedFormat)) == [["train/star/photo.webp"], ["train/star/photo.jpg"]])
    #expect(profile.findings.count == 9)
    #expect(profile.sampleCount == 287 && profile.readableCount == 283)
    let severities = profile.findings.map(\.severity)
    #expect(severities.prefix(2) == [.error, .error] && severities.last == .info)
    #expect(profile.findings.allSatisfy { $0.message.hasSuffix(".") })
  }

  @Test func theProfileDoesNotDependOnThreadsAndSurvivesJSON() throws {
    let set = try Planted()
    try set.copy("train/star/00001.png", to: "train/star/again.png")
    let profile = try set.profile(threads: 1)
    #expect(try set.profile(threads: 5) == profile)
    let data = try JSONEncoder().encode(profile)
    #expect(try JSONDecoder().decode(DatasetProfile.self, from: data) == profile)
    let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(object["schema"] as? String == "graft.profile/1")
    let finding = try #require((object["findings"] as? [[String: Any]])?.first)
    #expect(finding["code"] as? String == "duplicate-exact")
    #expect(finding["severity"] as? String == "warning")
    #expect((finding["paths"] as? [String])?.count == 2)
  }

  @Test func progressIsToldAndStoppingStops() throws {
    let set = try Planted()
    let dataset = try Dataset.open(set.url)
    #expect(throws: CancellationError.self) {
      try Profiler().profile(dataset, shouldStop: { true })
    }
    var steps: [Int] = []
    _ = try Profiler().profile(
      dataset, progress: { steps.append($0.done) })
    #expect(steps.first == 0 && steps.last == 280 && steps == steps.sorted())
  }

  @Test func unevenClassesAreFindings() throws {
    let set = try Planted()
    for index in 2..<24 {
      let name = String(format: "train/star/%05d.png", index)
      try FileManager.default.removeItem(at: set.url.appendingPathComponent(name))
    }
    let profile = try set.profile()
    #expect(profile.findings.map(\.code) == [.imbalance, .fewShotClass])
    #expect(profile.findings.map(\.severity) == [.warning, .warning])
    #expect(profile.fewShotClasses == ["star"])
    #expect(profile.balance.ratio == 12)
  }

  @Test func balanceOfKnownCounts() throws {
    let balance = ClassBalance(counts: [30, 10])
    // H = −0.75 ln 0.75 − 0.25 ln 0.25
    #expect(abs((balance.normalisedEntropy ?? 0) - 0.811278124459) < 1e-9)
    #expect(abs((balance.effectiveClassCount ?? 0) - 1.754765350603) < 1e-9)
    #expect(balance.imagesPerClass == Spread([10, 20, 30]))
    #expect(ClassBalance(counts: [3, 0]).ratio == nil)
    #expect(ClassBalance(counts: [3, 0]).effectiveClassCount == 1)
    #expect(ClassBalance(counts: []).imagesPerClass == nil)
    #expect(ClassBalance(counts: [4]).normalisedEntropy == nil)
    let spread = try #require(Spread([4, 1, 3, 2]))
    #expect(spread.minimum == 1 && spread.median == 2.5 && spread.maximum == 4)
  }

  @Test(.enabled(if: ReferenceAssets.url("data/magtile") != nil, "shared assets absent"))
  func magneticTilesAreGreyAndImbalanced() throws {
    let url = try #require(ReferenceAssets.url("data/magtile"))
    let profile = try Profiler().profile(Dataset.open(url))
    #expect(profile.greyShare == 1)
    #expect(profile.readableCount == 775)
    #expect(profile.count(of: .imbalance) == 1)
  }
}
