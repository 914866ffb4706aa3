import Datasets
import Foundation
import Images
import Profiling
import Tensors
import Testing

@Suite("A data set with planted faults")
struct PlantedFaultsTests {
  /// The faults of the issue: each by the ids that must be named together.
  private struct Faults {
    var exact: [Set<String>] = []
    var near: [Set<String>] = []
    var leaks: [Set<String>] = []
    var swapped: Set<String> = []
    var truncated: Set<String> = []
    var texts: Set<String> = []
  }

  private let set: PaintedPictures
  private let faults: Faults

  init() throws {
    set = try PaintedPictures(trainPerClass: 40, testPerClass: 12)
    var faults = Faults()
    let names = PaintedPictures.classNames
    for index in 0..<5 {
      let name = names[index % 4]
      let from = "train/\(name)/00\(index).png"
      let again = "train/\(name)/again\(index).png"
      try set.copy(from, to: again)
      faults.exact.append([from, again])

      let source = "train/\(name)/01\(index).png"
      let picture = try set.read(source)
      let changed =
        switch index {
        case 0: picture.quantised(step: 14)
        case 1: picture.resized(width: 60, height: 45, filter: .bilinear)
        case 2: picture.cut(left: 0.04, top: 0.04, right: 0.04, bottom: 0.04).quantised(step: 6)
        case 3: picture.cut(left: 0.05, top: 0.05, right: 0, bottom: 0)
        default: picture.cut(left: 0, top: 0, right: 0.06, bottom: 0.02).quantised(step: 4)
        }
      let near = "train/\(name)/near\(index).png"
      try set.write(changed, to: near)
      faults.near.append([source, near])

      let learned = "train/\(name)/02\(index).png"
      let leak = "test/\(name)/leak\(index).png"
      if index < 3 {
        try set.copy(learned, to: leak)
      } else {
        try set.write(try set.read(learned).quantised(step: 8), to: leak)
      }
      faults.leaks.append([learned, leak])

      let wrong = "train/\(names[(index + 1) % 4])/swapped\(index).png"
      try FileManager.default.moveItem(
        at: set.url.appendingPathComponent("train/\(name)/03\(index).png"),
        to: set.url.appendingPathComponent(wrong))
      faults.swapped.insert(wrong)
    }
    for index in 0..<3 {
      let id = "train/stone/cut\(index).png"
      let whole = try Data(contentsOf: set.url.appendingPathComponent("train/stone/005.png"))
      try whole.prefix(whole.count * (index + 1) / 5).write(
        to: set.url.appendingPathComponent(id))
      faults.truncated.insert(id)
    }
    for index in 0..<2 {
      let id = "train/sea/text\(index).jpg"
      try Data("not a picture \(index)".utf8).write(to: set.url.appendingPathComponent(id))
      faults.texts.insert(id)
    }
    self.faults = faults
  }

  private func named(_ profile: DatasetProfile, _ code: DataFinding.Code) -> [Set<String>] {
    profile.findings.filter { $0.code == code }.map { Set($0.paths) }
  }

  @Test("Every duplicate, leak and damaged file is found, and nothing else")
  func found() throws {
    let profile = try Profiler().profile(Dataset.open(set.url))
    #expect(Set(named(profile, .duplicateExact)) == Set(faults.exact))
    #expect(Set(named(profile, .duplicateNear)) == Set(faults.near))
    #expect(Set(named(profile, .leakage)) == Set(faults.leaks))
    #expect(Set(named(profile, .corrupt)) == Set(faults.truncated.map { [$0] }))
    #expect(Set(named(profile, .notAnImage)) == Set(faults.texts.map { [$0] }))
    #expect(named(profile, .labelConflict).isEmpty)
    #expect(
      profile.duplicates.exact == 8 && profile.duplicates.near == 7
        && profile.duplicates.leaked == 5 && profile.duplicates.conflicting == 0)
  }

  @Test("Swapped labels are found by features, hardly anything else is called mislabelled")
  func mislabelled() throws {
    let dataset = try Dataset.open(set.url)
    let examination = try Profiler().examine(dataset)
    let readable = dataset.samples.filter { (try? dataset.loadImage($0)) != nil }
    let study = try FeatureStudy(
      examination, model: "colours", features: try Self.features(readable, of: dataset),
      ids: readable.map(\.id), seed: 1)
    let profile = examination.profile(with: study)
    let findings = profile.findings.filter { $0.code == .mislabelled }
    let likely = Set(try #require(findings.first { $0.severity == .warning }).paths)
    #expect(likely.intersection(faults.swapped).count >= 4)
    #expect(likely.subtracting(faults.swapped).count <= 1)
    // What is not likely is doubtful, and few others are.
    let named = Set(findings.flatMap(\.paths))
    #expect(faults.swapped.isSubset(of: named))
    #expect(named.count <= 12)
    for issue in study.mislabelled where faults.swapped.contains(dataset.samples[issue.sample].id) {
      // Painted as the class before the one that it was put into.
      #expect(issue.suggested == (dataset.samples[issue.sample].label + 3) % 4)
    }
    // Features of colour confirm the near-duplicates.
    #expect(Set(self.named(profile, .duplicateNear)) == Set(faults.near))
    #expect(profile.model == "colours")
    let projection = try #require(profile.projection)
    #expect(projection.images == dataset.subset(of: .train).samples.count - 5)
    #expect(projection.low <= projection.gain && projection.gain <= projection.high)
  }

  @Test("The clean list keeps the test copies, and opening it finds nothing wrong any more")
  func clean() throws {
    let examination = try Profiler().examine(try Dataset.open(set.url))
    let clean = CleanManifest(examination)
    #expect(clean.counts == [.unreadable: 5, .exactCopy: 8, .nearCopy: 7])
    let table = try #require(clean.csv(in: set.url))
    let rows = table.split(separator: "\n").map { $0.split(separator: ",").map(String.init) }
    #expect(rows[0] == ["path", "label", "split", "group"])
    let paths = Set(rows.dropFirst().map { $0[0] })
    #expect(paths.count == rows.count - 1 && paths.count == clean.kept.count)
    for leak in faults.leaks {
      #expect(leak.intersection(paths).count == 1)
      #expect(leak.intersection(paths).first?.hasPrefix("test/") == true)
    }
    for pair in faults.exact + faults.near { #expect(pair.intersection(paths).count == 1) }
    #expect(rows.contains(["test/sea/000.png", "sea", "test"]))
    #expect(paths.isDisjoint(with: faults.truncated.union(faults.texts)))
    #expect(faults.swapped.isSubset(of: paths))
  }

  @Test("Splits never part near-duplicates")
  func splits() throws {
    let examination = try Profiler().examine(try Dataset.open(set.url))
    let whole = examination.keepingDuplicatesTogether
    for seed in 0..<6 {
      let split = whole.split(validationFraction: 0.3, seed: UInt64(seed))
      let part = Dictionary(uniqueKeysWithValues: split.samples.map { ($0.id, $0.split) })
      for pair in faults.exact + faults.near {
        #expect(Set(pair.map { part[$0] }).count == 1, "seed \(seed): \(pair)")
      }
      #expect(split.findings.contains { $0.code == .keptTogether })
    }
    // Without the groups some seed parts some pair.
    let parted = (0..<6).contains { seed in
      let split = examination.dataset.split(validationFraction: 0.3, seed: UInt64(seed))
      let part = Dictionary(uniqueKeysWithValues: split.samples.map { ($0.id, $0.split) })
      return (faults.exact + faults.near).contains { Set($0.map { part[$0] }).count > 1 }
    }
    #expect(parted)
  }

  /// Averages of 4 × 3 boxes: features in which the palettes lie apart.
  private static func features(_ samples: [Sample], of dataset: Dataset) throws -> Tensor {
    var values: [Float] = []
    for sample in samples {
      let small = try dataset.loadImage(sample).resized(width: 4, height: 3, filter: .box)
      values += small.pixels.map { Float($0) / 255 }
    }
    return Tensor(shape: [samples.count, 36], values: values)
  }
}
