import Datasets
import Foundation
import Profiling
import Reports
import TestSupport
import Testing

@Suite("A profile as text")
struct ProfileTextTests {
  @Test("Findings of a kind stand together, the most severe first, with a few paths each")
  func findings() throws {
    let scratch = try ScratchFolder()
    let drawn = try DrawnDataset(
      family: .shapes, trainPerClass: 24, testPerClass: 4, size: 16, seed: 2
    ).write(to: scratch("data"))
    func copy(_ from: String, _ to: String) throws {
      try FileManager.default.copyItem(
        at: drawn.root.appendingPathComponent(from), to: drawn.root.appendingPathComponent(to))
    }
    for index in 0..<5 {
      try copy("train/star/0000\(index).png", "train/star/again\(index).png")
    }
    for index in 0..<7 { try copy("train/ring/00001.png", "train/ring/more\(index).png") }
    try copy("train/heart/00003.png", "test/heart/leak.png")
    let examination = try Profiler().examine(try Dataset.open(drawn.root))
    let text = ProfileText.text(examination.profile())
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let leak = try #require(lines.firstIndex(of: "  error: leakage"))
    let copies = try #require(
      lines.firstIndex(of: "  warning: duplicate-exact (6 findings, 18 files)"))
    #expect(leak < copies)
    #expect(lines.contains("      test/heart/leak.png"))
    #expect(lines.contains("      … and 3 more"))
    #expect(lines.contains("    … and 3 more of this kind (--json lists them)"))
    #expect(
      lines.contains("duplicates   13 exact, 0 near; 1 across splits, 0 across classes"))
    #expect(text.contains("train/star/00000.png"))
    let sentence = ProfileText.sentence(CleanManifest(examination), path: "clean.csv")
    #expect(sentence == "clean.csv keeps 280 images and leaves out 13 exact copies.")
  }
}
