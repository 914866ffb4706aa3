import Advisor
import ArgumentParser
import Checkpoints
import Datasets
import FineTuning
import Foundation
import Profiling
import Reports
import Taxonomy

struct ScoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "score",
    abstract: "Ranks pre-trained networks by how well they should transfer to the data.",
    discussion: """
      Scores (higher is better): LogME, the evidence of a Bayesian linear model of
      the labels on the features; LEEP, from the source classifier's
      probabilities; H-score, how far apart the classes lie in the features. Each
      comes with an interval, and candidates that cannot be told apart are said to
      be so. With --features the scores come from archives that 'graft embed' or
      another tool wrote, one for each candidate.

        graft score photos --models resnet18.pth efficientnet_lite0.pth
        graft score --features resnet18.npz efficientnet_lite0.npz
      """
  )

  @Argument(help: ArgumentHelp("The data set.", valueName: "data"))
  var data: String?

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Archives of features instead of data and models.", valueName: "file.npz"))
  var features: [String] = []

  @OptionGroup var candidates: CandidateOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    if features.isEmpty {
      guard data != nil, !candidates.models.isEmpty else {
        throw ValidationError("Give DATA with --models, or --features with archives.")
      }
    } else if data != nil || !candidates.models.isEmpty {
      throw ValidationError("--features stands alone: give no DATA and no --models with it.")
    }
  }

  func run() throws {
    let console = output.console()
    let cancellation = Interruption.listen()
    guard let data else {
      let tables = try features.map {
        try FeatureArchive.read(URL(fileURLWithPath: $0)).embeddings
      }
      return try output.print(
        try Advisor.scorecard(tables, cancellation: cancellation), ScorecardText.text)
    }
    let advisor = try candidates.advisor(
      data: data, taxonomy: Taxonomy(), console: console, cancellation: cancellation)
    try output.print(try advisor.score(), ScorecardText.text)
  }
}

extension CandidateOptions {
  /// The data and the candidates, opened.
  func advisor(
    data: String, taxonomy: Taxonomy, console: Console, cancellation: Cancellation
  ) throws -> Advisor {
    let dataset = try Dataset.open(URL(fileURLWithPath: data))
    let catalogue = ModelCatalogue()
    let details = try card.details()
    let models = try models.map { try catalogue.resolve($0, details: details) }
    return Advisor(
      examination: try Examination.of(
        dataset, events: { console.show($0) }, cancellation: cancellation),
      models: models, limit: limit, seed: seed,
      embedding: EmbeddingOptions(
        cacheFolder: cache ? EmbeddingOptions.userCacheFolder : nil,
        precision: precision.precision),
      taxonomy: taxonomy, events: { console.show($0) }, cancellation: cancellation)
  }
}
