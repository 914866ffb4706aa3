import Advisor
import ArgumentParser
import Checkpoints
import Datasets
import FineTuning
import Foundation
import Images
import Profiling
import Reports
import Taxonomy

struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Trains: follows the advice, or the recipe or regime that you name.",
    discussion: """
      Without --regime or --recipe it advises first and runs the first recipe. The
      result is a folder with model.safetensors and config.json (timm loads it:
      timm.create_model("local-dir:RUN", pretrained=True)), recipe.yaml, run.json
      and CSV tables. Validation images are set aside from the training images
      where the data has none; without a test split a fifth is held back as one.
      Ctrl-C leaves a checkpoint, and --resume goes on from it to the same result.

        graft run photos --models a.pth b.pth -o run
        graft run photos --model a.pth --regime partial -o run
        graft run photos --recipe recipes/2-full.yaml -o run
        graft run photos --resume run
      """
  )

  @Argument(help: .data)
  var data: String

  @OptionGroup var candidates: CandidateOptions

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("The folder for the result; made when absent.", valueName: "run"))
  var output: String?

  @Option(
    help: ArgumentHelp(
      "The regime, instead of the advised one: "
        + Regimes.all.map(\.id).joined(separator: ", ") + ".", valueName: "regime"))
  var regime: String?

  @Option(help: ArgumentHelp("The recipe to carry out.", valueName: "file.yaml"))
  var recipe: String?

  @Option(
    help: ArgumentHelp("Go on with the run that was stopped in this folder.", valueName: "run"))
  var resume: String?

  @Flag(help: "Replace an earlier result in the folder.")
  var overwrite = false

  @Option(help: ArgumentHelp("Passes over the training images.", valueName: "count"))
  var epochs: Int?

  @Option(help: ArgumentHelp("The peak learning rate.", valueName: "rate"))
  var learningRate: Double?

  @Option(help: ArgumentHelp("Images per training step.", valueName: "count"))
  var batch: Int?

  @Option(help: ArgumentHelp("Rules to use instead of the built-in ones.", valueName: "folder"))
  var rules: String?

  @OptionGroup(title: "Mixing of pictures while training") var mixing: MixingArguments
  @OptionGroup(title: "Decoding") var decoding: DecodingArguments
  @OptionGroup var shared: OutputOptions

  func validate() throws {
    if resume != nil {
      guard recipe == nil, regime == nil, output == nil, candidates.models.isEmpty, !overwrite,
        epochs == nil, learningRate == nil, batch == nil, mixing.isEmpty, decoding.isEmpty
      else {
        throw ValidationError("--resume takes everything else from the run's own recipe.")
      }
      return
    }
    if output == nil { throw ValidationError("Name the folder for the result with -o.") }
    if recipe == nil && candidates.models.isEmpty {
      throw ValidationError("Name the candidate networks with --models, or a --recipe.")
    }
    if recipe != nil && (regime != nil || !candidates.models.isEmpty) {
      throw ValidationError("A --recipe names model and regime itself.")
    }
    if let regime, !Regimes.all.contains(where: { $0.id == regime }) {
      throw ValidationError(
        RecipeError.unknownRegime(regime, known: Regimes.all.map(\.id)).description)
    }
    if regime != nil && candidates.models.count > 1 {
      throw ValidationError("With --regime name one network; several need advice to choose from.")
    }
    for (name, isWrong) in [
      ("--epochs", epochs.map { $0 < 1 }), ("--batch", batch.map { $0 < 1 }),
      ("--learning-rate", learningRate.map { !($0 > 0) }),
    ] where isWrong == true {
      throw ValidationError("\(name) must be positive.")
    }
  }

  func run() throws {
    let console = shared.console()
    let cancellation = Interruption.listen()
    let folder = RunFolder(URL(fileURLWithPath: resume ?? output ?? ""))
    if resume == nil {
      try folder.prepare(overwrite: overwrite)
    } else if FileManager.default.fileExists(atPath: folder.recordFile.path) {
      throw RunFolderError.finished(path: folder.url.path)
    } else if !FileManager.default.fileExists(atPath: folder.recipeFile.path) {
      throw RunFolderError.absent(path: folder.url.path)
    }
    let embedding = EmbeddingOptions(
      cacheFolder: candidates.cache ? EmbeddingOptions.userCacheFolder : nil)
    let (chosen, model, dataset, report) = try choose(folder, console, cancellation)
    if let report, !shared.json { try shared.write(AdviceText.text(report) + "\n") }
    console.show(.phase("Running: \(chosen.name)"))
    let execution = RecipeExecution(
      recipe: chosen, model: model, dataset: dataset, folder: folder, embedding: embedding,
      resumes: resume != nil)
    do {
      let result = try execution.run(events: { console.show($0) }, cancellation: cancellation)
      decoding.report(dataset, to: console)
      try shared.print(result) { RunText.text($0, folder: folder.url.path) }
    } catch is CancellationError {
      if folder.isUnfinished {
        Console.error("Go on with: graft run \(data) --resume \(folder.url.path)")
      }
      throw CancellationError()
    }
  }

  /// The recipe to carry out, its network, the data, and the advice where there was any.
  private func choose(
    _ folder: RunFolder, _ console: Console, _ cancellation: Cancellation
  ) throws -> (Recipe, Model, Dataset, AdviceReport?) {
    if let file = resume.map({ _ in folder.recipeFile })
      ?? recipe.map({ URL(fileURLWithPath: $0) })
    {
      var dataset = try decoding.open(data)
      let written = try adjusted(Recipe.read(file))
      guard let weights = written.model.weights else {
        throw RecipeError.unfit(recipe: written.name, reason: "its model names no weights")
      }
      let said = try candidates.card.details()
      let model = try ModelCatalogue().resolve(
        weights, details: said.isEmpty ? written.model.details ?? said : said)
      if let expected = written.model.sha256, expected != model.sha256 {
        throw RecipeError.unfit(
          recipe: written.name,
          reason: "the weights in \(weights) are not those that it was written for")
      }
      dataset.decoding = written.decoding ?? DecodingOptions()
      let examination = try Examination.of(
        dataset, events: { console.show($0) }, cancellation: cancellation)
      return (written, model, examination.keepingDuplicatesTogether, nil)
    }
    let advisor = try candidates.advisor(
      data: data, decoding: decoding, taxonomy: try Taxonomy(rules: rules),
      console: console, cancellation: cancellation)
    if let regime {
      return (
        try adjusted(advisor.recipe(regime: regime)), advisor.models[0], advisor.dataset, nil
      )
    }
    let report = try advisor.advise()
    guard let first = report.recipes.first,
      let model = advisor.models.first(where: { $0.sha256 == first.model.sha256 })
    else { preconditionFailure("advice holds a recipe for one of its models") }
    return (try adjusted(first), model, advisor.dataset, report)
  }

  /// The recipe with what the command line says instead.
  private func adjusted(_ recipe: Recipe) throws -> Recipe {
    var result = recipe
    if let epochs { result.hyperparameters.epochs = epochs }
    if let learningRate { result.hyperparameters.learningRate = learningRate }
    if let batch { result.hyperparameters.batchSize = batch }
    if !decoding.isEmpty {
      result.decoding = decoding.applied(to: recipe.decoding ?? DecodingOptions())
    }
    try mixing.apply(to: &result)
    return result
  }
}
