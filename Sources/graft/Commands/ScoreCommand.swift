import Advisor
import ArgumentParser
import Checkpoints
import Datasets
import FineTuning
import Foundation
import Profiling
import Reports
import Taxonomy
import Transferability

struct ScoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "score",
    abstract: "Ranks pre-trained networks by how well they should transfer to the data.",
    discussion: """
      The table shows the score that ranks, with its 95 % interval; the accuracy
      that a linear probe on the features is expected to have; the probability
      that a network is the best of the candidates by that score; what one would
      choose without looking at the data (prior), and both together (combined).
      Networks that cannot be told apart are said to be so. '--scores all' shows
      every score, '--list' explains them.

      With --features the scores come from files that 'graft embed' or another
      tool wrote: .npz with features [N, D], labels [N] (numbers or text) and
      optionally source_probabilities [N, S]; the same as .safetensors; or .npy
      with --labels beside it. Files that name the same 'model' in themselves, or
      are joined as NAME=FILE,FILE, are shards of one model and give what the whole
      table would. Large tables are read in one pass and never held in memory;
      estimators that need the rows themselves then see 10,000 of them.

        graft score photos --models resnet18.pth efficientnet_lite0.pth
        graft score --features resnet18.npz efficientnet_lite0.npz
        graft score --features vit=vit-0.npy,vit-1.npy --labels y-0.npy y-1.npy
        graft score --features *.npz --truth accuracies.csv
      """
  )

  @Argument(help: .data)
  var data: String?

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Files of features instead of data and models; NAME=FILE,FILE joins shards.",
      valueName: "file"))
  var features: [String] = []

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Labels of the features where their files hold none: .npy, a text with one on each line, or "
        + ".csv with a column 'label'; one for all files or one for each.", valueName: "file"))
  var labels: [String] = []

  @Option(
    help: ArgumentHelp(
      "The scores to compute and show, by id with commas between; all shows all.",
      valueName: "ids"))
  var scores: String?

  @Option(help: ArgumentHelp("The score that ranks (default: logme).", valueName: "id"))
  var rankBy: String?

  @Option(
    help: ArgumentHelp(
      "A table with the columns 'model' and 'accuracy' (after fine-tuning): tells how well the "
        + "rankings foretold it, and what chance would.", valueName: "file.csv"))
  var truth: String?

  @Flag(help: "Explain every score: formula, needs, cost, reference.")
  var list = false

  @OptionGroup var candidates: CandidateOptions
  @OptionGroup(title: "Decoding") var decoding: DecodingArguments
  @OptionGroup var output: OutputOptions

  func validate() throws {
    if list { return }
    if features.isEmpty {
      guard data != nil, !candidates.models.isEmpty else {
        throw ValidationError("Give DATA with --models, or --features with archives.")
      }
      if !labels.isEmpty { throw ValidationError("--labels goes with --features.") }
    } else if data != nil || !candidates.models.isEmpty {
      throw ValidationError("--features stands alone: give no DATA and no --models with it.")
    }
  }

  func run() throws {
    if list { return try output.print(ScoreListing(), ScoreListingText.text) }
    let chosen = try ScoreChoice(scores, rankedBy: rankBy)
    let truth = try truth.map { try KnownAccuracies.read(URL(fileURLWithPath: $0)) }
    let console = output.console()
    let cancellation = Interruption.listen()
    var scorecard: Scorecard
    if let data {
      let advisor = try candidates.advisor(
        data: data, decoding: decoding, taxonomy: Taxonomy(), console: console,
        cancellation: cancellation)
      scorecard = try advisor.score(chosen.scores, rankedBy: chosen.ranking)
      decoding.report(advisor.dataset, to: console)
    } else {
      let sources = try FeatureInputs.sources(features, labels: labels).map { source in
        candidates.limit.map { source.limited(to: $0, seed: candidates.seed) } ?? source
      }
      scorecard = try Scorecard(
        sources: sources, scores: chosen.scores, rankedBy: chosen.ranking, seed: candidates.seed,
        progress: Advisor.progress({ console.show($0) }, cancellation))
    }
    if let truth { try scorecard.compare(with: truth, seed: candidates.seed) }
    try output.print(scorecard) { ScorecardText.text($0, showing: chosen.shown) }
  }
}

/// Which scores are computed, which ranks, and which the text shows.
private struct ScoreChoice {
  var scores = Score.all
  var ranking = "logme"
  /// Ids of the scores that the second table shows; empty for no such table.
  var shown: [String] = []

  init(_ list: String?, rankedBy: String?) throws {
    if let list {
      let ids = list.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
      if ids != ["all"] { scores = try ids.map { try Score.named($0) } }
      shown = scores.map(\.id)
    }
    if let rankedBy {
      ranking = try Score.named(rankedBy).id
    } else if !scores.contains(where: { $0.id == ranking }) {
      ranking = scores.first?.id ?? ranking
    }
    // The score that ranks is always computed, each score once and in the order of the list.
    let wanted = Set(scores.map(\.id) + [ranking])
    scores = Score.all.filter { wanted.contains($0.id) }
  }
}

extension CandidateOptions {
  /// The data and the candidates, opened.
  func advisor(
    data: String, decoding: DecodingArguments, taxonomy: Taxonomy, console: Console,
    cancellation: Cancellation
  ) throws -> Advisor {
    let dataset = try decoding.open(data)
    let catalogue = ModelCatalogue()
    let details = try card.details()
    let models = try models.map { try catalogue.resolve($0, details: details) }
    return Advisor(
      examination: try Examination.of(
        dataset, events: { console.show($0) }, cancellation: cancellation),
      models: models, limit: imageLimit, seed: seed,
      embedding: EmbeddingOptions(
        cacheFolder: cache ? EmbeddingOptions.userCacheFolder : nil,
        precision: precision.precision),
      taxonomy: taxonomy, events: { console.show($0) }, cancellation: cancellation)
  }
}
