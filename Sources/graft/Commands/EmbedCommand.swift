import Advisor
import ArgumentParser
import Checkpoints
import Datasets
import FineTuning
import Foundation
import Reports

struct EmbedCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "embed",
    abstract: "Computes a network's features of every image, as a NumPy archive.",
    discussion: """
      The archive holds features [N, D] Float32, labels [N], paths [N],
      class_names, and, where the network has its source classifier,
      source_probabilities [N, S]. 'graft score --features' and numpy.load read
      it.
      """
  )

  @Argument(help: .data)
  var data: String

  @Option(help: "The pre-trained network: a file, folder, card, id or hf:OWNER/NAME.")
  var model: String

  @Option(name: .shortAndLong, help: ArgumentHelp("The archive to write.", valueName: "file.npz"))
  var output: String

  @Option(name: [.long, .customLong("batch-size")], help: "Images per run of the engine.")
  var batch = 16

  @Option(help: "Only the images of this split: train, val or test.")
  var split: String?

  @Option(help: "At most this many images, drawn evenly from the classes.")
  var limit: Int?

  @Option(help: "The seed of the drawing.")
  var seed: UInt64 = 0

  @Flag(inversion: .prefixedNo, help: "Use embeddings that an earlier command computed.")
  var cache = true

  @OptionGroup var precision: PrecisionOption
  @OptionGroup(title: "For a model without a card") var card: CardOptions
  @OptionGroup(title: "Decoding") var decoding: DecodingArguments
  @OptionGroup var shared: OutputOptions

  func validate() throws {
    if batch < 1 { throw ValidationError("--batch must be at least 1.") }
    if let limit, limit < 1 { throw ValidationError("--limit must be at least 1.") }
    if let split, Split(folderName: split) == nil {
      throw ValidationError("--split must be train, val or test, not '\(split)'.")
    }
  }

  func run() throws {
    let console = shared.console()
    let cancellation = Interruption.listen()
    let file = URL(fileURLWithPath: output)
    try FilePlacement.prepare(
      folder: file.deletingLastPathComponent(), marker: "", overwrite: true)
    var dataset = try decoding.open(data)
    if let split = split.flatMap(Split.init(folderName:)) { dataset = dataset.subset(of: split) }
    if let limit { dataset = dataset.limited(to: limit, seed: seed) }
    let model = try ModelCatalogue().resolve(model, details: try card.details())
    console.show(.phase("Embedding \(dataset.samples.count) images with \(model.card.id)"))
    let result = try EmbeddedDataset.compute(
      dataset, model: model,
      options: EmbeddingOptions(
        batchSize: batch, cacheFolder: cache ? EmbeddingOptions.userCacheFolder : nil,
        precision: precision.precision),
      events: { console.show($0) }, cancellation: cancellation)
    decoding.report(dataset, to: console)
    for sentence in result.unreadable { console.show(.note(sentence)) }
    try FeatureArchive(result.embeddings, remarks: result.unreadable).write(to: file)
    try shared.print(EmbeddingSummary(result, file: file.path), EmbeddingText.text)
  }
}
