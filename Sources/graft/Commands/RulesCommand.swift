import ArgumentParser
import Foundation
import Reports
import Taxonomy

struct RulesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rules",
    abstract: "Lists, shows and checks the rules behind the advice.",
    subcommands: [List.self, Show.self, Check.self]
  )

  struct Source: ParsableArguments {
    @Option(help: ArgumentHelp("Rules to use instead of the built-in ones.", valueName: "folder"))
    var rules: String?

    func catalog() throws -> RuleCatalog {
      try rules.map { try RuleCatalog(directory: URL(fileURLWithPath: $0)) } ?? .embedded
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Lists every rule, one line each.")
    @OptionGroup var source: Source
    @OptionGroup var output: OutputOptions

    func run() throws {
      try output.print(RuleListing(try source.catalog()), RuleText.list)
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Shows a rule: when it holds, what it advises, why, and the papers it rests on.")
    @Argument(help: "The rule's id, as 'graft rules list' prints it.") var id: String
    @OptionGroup var source: Source
    @OptionGroup var output: OutputOptions

    func run() throws {
      let catalog = try source.catalog()
      try output.print(try RuleListing(catalog, only: id), RuleText.page)
    }
  }

  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Checks rules: keys, facts, citations, contradictions and their own examples.",
      discussion:
        "Prints every problem with file, line and column; exit status 1 when there is any.")
    @OptionGroup var source: Source
    @OptionGroup var output: OutputOptions

    func run() throws {
      let report = try RuleCheck(folder: source.rules.map { URL(fileURLWithPath: $0) })
      try output.print(report, RuleText.check)
      if !report.problems.isEmpty { throw ExitCode.failure }
    }
  }
}
