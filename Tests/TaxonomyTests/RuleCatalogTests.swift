import Foundation
import Taxonomy
import Testing

@Suite("The rules of the repository")
struct RuleCatalogTests {
  @Test("The folder has no problem, examples and contradictions included")
  func folderIsClean() throws {
    let problems = try RuleCatalog.check(directory: RulesFolder.url)
    #expect(problems.isEmpty, "\(problems.map(\.description).joined(separator: "\n"))")
  }

  @Test("The program carries exactly the folder's files")
  func embeddedEqualsFolder() throws {
    let paths = try RulesFolder.paths
    try RulesFolder.expectCurrent(
      "Sources/CRuleCatalog/catalog.c", RuleIndex.embedding(of: paths))
    let embedded = RuleCatalog.embeddedFiles
    #expect(embedded.keys.sorted() == paths)
    for path in paths {
      let text = try String(
        contentsOf: RulesFolder.url.appendingPathComponent(path), encoding: .utf8)
      #expect(embedded[path] == text, "\(path)")
    }
  }

  @Test("rules/README.md is current")
  func indexIsCurrent() throws {
    let catalog = try RuleCatalog(directory: RulesFolder.url)
    try RulesFolder.expectCurrent("rules/README.md", RuleIndex(catalog: catalog).markdown)
  }

  @Test("rules/schema/rule.schema.json is current")
  func schemaIsCurrent() throws {
    let catalog = try RuleCatalog(directory: RulesFolder.url)
    try RulesFolder.expectCurrent(
      "rules/schema/rule.schema.json", RuleIndex(catalog: catalog).jsonSchema)
  }

  @Test("There are many rules, every work is cited, every regime of the design is known")
  func breadth() {
    let catalog = RuleCatalog.embedded
    #expect(catalog.rules.count >= 25)
    #expect(Set(catalog.rules.map(\.id)).count == catalog.rules.count)
    let cited = Set(catalog.rules.flatMap { $0.references.map(\.key) })
    #expect(Set(catalog.citations.keys).subtracting(cited).isEmpty)
    let regimes = Set(catalog.calibration.regimes.map(\.id))
    #expect(regimes.isSuperset(of: ["linear-probe", "partial", "full", "scratch", "lp-ft"]))
    #expect(regimes.count == 23)
  }

  @Test("Only rules tagged SV speak in the survey's name")
  func surveyIsNotMisquoted() {
    for rule in RuleCatalog.embedded.rules
    where rule.references.contains(where: { $0.key == "plested2022" }) {
      #expect(rule.provenance.contains(.survey), "\(rule.id)")
    }
  }

  @Test("Each rule's own examples hold", arguments: RuleCatalog.embedded.rules.map(\.id))
  func examples(id: String) throws {
    let rule = try #require(RuleCatalog.embedded.rule(id))
    let taxonomy = Taxonomy()
    func membership(_ facts: Facts) -> Double {
      let placement = taxonomy.place(facts)
      return rule.condition.membership(in: facts.completed(placement: placement)) ?? 0
    }
    for example in rule.firing { #expect(membership(example) >= 0.5) }
    for example in rule.silent { #expect(membership(example) < 0.5) }
  }
}
