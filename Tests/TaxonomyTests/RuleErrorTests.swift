import Foundation
import Taxonomy
import Testing

@Suite("What is wrong in a rule is said with its place")
struct RuleErrorTests {
  static let rule = """
    id: example
    title: An example
    status: stable
    since: 0.1.0
    evidence: weak
    provenance: [P]
    when:
      all:
        - {fact: dataset.trainingImages, below: 1000, unit: images}
        - {fact: source.similarity, atLeast: high}
    advise:
      message: Do this.
      regimes: {linear-probe: 0.5}
      hyperparameters:
        - {name: momentum, low: 0, high: 0.9}
    why: Because.
    cites: [{key: li2020, where: "Table 1"}]
    examples:
      fires: [{dataset.trainingImages: 100, source.similarity: 0.9}]
      silent: [{dataset.trainingImages: 100, source.similarity: 0.1}]
    """

  /// The problems of the example with one text replaced by another.
  static func problems(_ old: String, _ new: String, id: String = "example") -> [String] {
    var files = RuleCatalog.embeddedFiles.filter { !$0.key.contains("/") }
    files["test/\(id).yaml"] = rule.replacingOccurrences(of: old, with: new)
    return RuleCatalog.check(files: files).map(\.description)
  }

  @Test("The example itself is right")
  func clean() {
    #expect(Self.problems("", "").isEmpty)
  }

  @Test(
    "Each fault is found at its line and column",
    arguments: [
      ("title:", "titel:", "2:1: unknown key 'titel'"),
      ("dataset.trainingImages, below", "dataset.trainingImage, below", "9:14: unknown fact"),
      ("unit: images", "unit: pixels", "9:57: dataset.trainingImages is measured in 'images'"),
      ("below: 1000", "below: -3", "9:45: dataset.trainingImages: -3.0 is outside"),
      ("below: 1000", "is: true", "9:42: 'is' does not suit dataset.trainingImages"),
      ("below: 1000, unit", "below: 1000, softness: 0, unit", "9:61: softness must be above 0"),
      ("atLeast: high", "atLeast: hihg", "10:42: unknown level"),
      ("linear-probe: 0.5", "linear-prob: 0.5", "13:13: unknown regime 'linear-prob'"),
      ("linear-probe: 0.5", "linear-probe: 1.5", "13:27: a vote lies between -1 and 1"),
      ("name: momentum", "name: momentun", "15:14: unknown hyper-parameter 'momentun'"),
      ("high: 0.9}", "high: 9}", "15:38: momentum lies between 0.0 and 0.999"),
      ("key: li2020", "key: li2021", "17:15: unknown citation 'li2021'"),
      ("evidence: weak", "evidence: sure", "5:11: unknown evidence 'sure'"),
      ("provenance: [P]", "provenance: [Q]", "6:14: unknown provenance 'Q'"),
      ("why: Because.", "why: [Because", "this is no YAML"),
      ("why: Because.", "why: Because.\nwhy: Twice.", "a key is given twice"),
      ("id: example", "id: other", "1:5: the id 'other' must equal the file's name"),
      ("similarity: 0.1}]", "similarity: 0.9}]", "example 1 of silent fires the rule"),
      (
        "fires: [{dataset.trainingImages: 100,", "fires: [{dataset.trainingImages: 90000,",
        "example 1 of fires does not fire"
      ),
      ("cites: [{key: li2020, where: \"Table 1\"}]", "cites: []", "17:8: a rule without citations"),
      ("why: Because.", "why: Because.\noverrides: [nobody]", "overrides 'nobody'"),
    ])
  func fault(old: String, new: String, expected: String) {
    let problems = Self.problems(old, new)
    #expect(
      problems.contains { $0.hasPrefix("test/example.yaml:") && $0.contains(expected) },
      "\(problems)")
  }

  @Test("Opposite advice without overrides is a problem, with overrides it is none")
  func contradictions() {
    var files = RuleCatalog.embeddedFiles.filter { !$0.key.contains("/") }
    files["test/example.yaml"] = Self.rule
    let opposite = Self.rule.replacingOccurrences(of: "id: example", with: "id: contrary")
      .replacingOccurrences(of: "linear-probe: 0.5", with: "linear-probe: -0.5")
    files["test/contrary.yaml"] = opposite
    #expect(RuleCatalog.check(files: files).contains { $0.message.contains("opposite advice") })
    files["test/contrary.yaml"] = opposite + "\noverrides: [example]"
    #expect(RuleCatalog.check(files: files).isEmpty)
    files["test/contrary.yaml"] = opposite.replacingOccurrences(
      of: "linear-probe: -0.5", with: "linear-probe: 0.5"
    ).replacingOccurrences(of: "low: 0, high: 0.9", with: "low: 0.95, high: 0.99")
    #expect(RuleCatalog.check(files: files).contains { $0.message.contains("momentum") })
  }

  @Test("A folder that is absent, or lacks a file, is said to be so")
  func folders() throws {
    let nowhere = FileManager.default.temporaryDirectory.appendingPathComponent("no-rules-here")
    #expect(throws: RuleCatalogError.self) { try RuleCatalog(directory: nowhere) }
    let link = FileManager.default.temporaryDirectory
      .appendingPathComponent("rules-\(UUID().uuidString)")
    try FileManager.default.createSymbolicLink(at: link, withDestinationURL: RulesFolder.url)
    defer { try? FileManager.default.removeItem(at: link) }
    #expect(try RuleCatalog(directory: link).rules.count == RuleCatalog.embedded.rules.count)
    let problems = RuleCatalog.check(files: ["test/example.yaml": Self.rule])
    #expect(problems.map(\.file).sorted() == ["citations.yaml", "placement.yaml"])
  }
}
