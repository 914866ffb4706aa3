import Advisor
import ArgumentParser
import FineTuning
import Foundation
import Reports
import Taxonomy

struct AdviseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "advise",
    abstract: "Says which transfer-learning strategy to use, with reasons and citations.",
    discussion: """
      Profiles the data, embeds a stratified draw of it with every candidate,
      places the task on the two axes of Plested, Phiri & Gedeon's taxonomy (size
      and similarity, both continuous), applies the rules that hold there, and
      writes ranked recipes. Nothing is trained but linear probes. 'graft rules
      show ID' tells more of a rule; 'graft run --recipe FILE' carries a recipe
      out.
      """
  )

  @Argument(help: .data)
  var data: String

  @OptionGroup var candidates: CandidateOptions

  @Option(
    help: ArgumentHelp(
      "Also write each recipe as a YAML file into this folder.", valueName: "folder")
  )
  var recipes: String?

  @Option(help: ArgumentHelp("Rules to use instead of the built-in ones.", valueName: "folder"))
  var rules: String?

  @OptionGroup(title: "Decoding") var decoding: DecodingArguments
  @OptionGroup var output: OutputOptions

  func validate() throws {
    if candidates.models.isEmpty {
      throw ValidationError("Name the candidate networks with --models.")
    }
  }

  func run() throws {
    let console = output.console()
    let cancellation = Interruption.listen()
    let folder = recipes.map { URL(fileURLWithPath: $0) }
    if let folder { try FilePlacement.prepare(folder: folder, marker: "", overwrite: true) }
    let advisor = try candidates.advisor(
      data: data, decoding: decoding, taxonomy: try Taxonomy(rules: rules),
      console: console, cancellation: cancellation)
    let report = try advisor.advise()
    decoding.report(advisor.dataset, to: console)
    if let folder {
      for (index, recipe) in report.recipes.enumerated() {
        try FilePlacement.write(
          Data(recipe.yaml().utf8),
          to: folder.appendingPathComponent("\(index + 1)-\(recipe.regime).yaml"))
      }
    }
    try output.print(report, AdviceText.text)
  }
}

extension Taxonomy {
  /// The taxonomy with the rules of a folder, or with those built in.
  init(rules folder: String?) throws {
    self.init(
      catalog: try folder.map { try RuleCatalog(directory: URL(fileURLWithPath: $0)) } ?? .embedded)
  }
}
