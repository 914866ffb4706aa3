import Advisor
import ArgumentParser
import Checkpoints
import Datasets
import FineTuning
import Foundation
import Profiling
import Reports
import Taxonomy

struct DemoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "Shows the whole job on one data set: ranking, place, recipe, trained model.",
    discussion: """
      What scripts/demo runs, which also obtains real networks and data. Without
      --data it draws a data set itself, from the seed. Images are capped so that
      the demo ends in minutes; 'graft run' uses all of them.
      """
  )

  @Option(help: "The data set, of any kind that 'profile' reads; drawn when left out.")
  var data: String?
  @Option(
    parsing: .upToNextOption,
    help: "Pre-trained networks.") var models: [String] = []
  @Option(help: "The folder for the result.") var output: String
  @Option(help: "At most this many training images, and as many test images.")
  var images = 1500
  @Option(help: "The seed of everything that is drawn at random.") var seed: UInt64 = 0
  @OptionGroup(title: "For models without a card") var card: CardOptions
  @OptionGroup var shared: OutputOptions

  func validate() throws {
    if models.isEmpty { throw ValidationError("Name pre-trained networks with --models.") }
    if images < 20 { throw ValidationError("--images must be at least 20.") }
  }

  func run() throws {
    let console = shared.console()
    let cancellation = Interruption.listen()
    let folder = RunFolder(URL(fileURLWithPath: output))
    try folder.prepare(overwrite: true)
    let dataset = try demonstrationData(folder, console)
    let catalogue = ModelCatalogue()
    let details = try card.details()
    let models = try models.map { try catalogue.resolve($0, details: details) }
    let advisor = Advisor(
      examination: try Examination.of(
        dataset, events: { console.show($0) }, cancellation: cancellation),
      models: models, limit: images, seed: seed, embedding: EmbeddingOptions(),
      taxonomy: Taxonomy(),
      events: { console.show($0) }, cancellation: cancellation)
    let report = try advisor.advise()
    if !shared.json { try shared.write(AdviceText.text(report) + "\n") }
    guard let recipe = report.recipes.first,
      let model = advisor.models.first(where: { $0.sha256 == recipe.model.sha256 })
    else { preconditionFailure("advice holds a recipe for one of its models") }
    console.show(.phase("Running: \(recipe.name)"))
    let result = try RecipeExecution(
      recipe: recipe, model: model, dataset: advisor.dataset, folder: folder,
      embedding: EmbeddingOptions()
    ).run(events: { console.show($0) }, cancellation: cancellation)
    try shared.print(result) { RunText.text($0, folder: folder.url.path) }
  }

  private func demonstrationData(_ folder: RunFolder, _ console: Console) throws -> Dataset {
    guard let data else {
      let drawings = folder.url.appendingPathComponent("drawings")
      console.show(.phase("Drawing a data set into \(drawings.path)"))
      return try DrawnDataset(family: .letters, seed: seed).write(to: drawings)
    }
    let whole = try Dataset.open(URL(fileURLWithPath: data))
    return whole.limited(to: images, seed: seed)
  }
}
