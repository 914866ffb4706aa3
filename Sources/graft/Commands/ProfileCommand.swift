import Advisor
import ArgumentParser
import Checkpoints
import Datasets
import FineTuning
import Foundation
import Profiling
import Reports

struct ProfileCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "profile",
    abstract: "Says what is in a data set, and what is wrong with it.",
    discussion: """
      Counts images and classes, tells how balanced they are, which resolutions
      and file types occur, and finds files that can't be read, exact and near
      duplicates, images that lie in two splits or two classes, and those that
      are dark, bright, blurred, empty or of an odd size. Every file is decoded
      once.

      With --model it also finds labels that are likely wrong, confirms
      near-duplicates by the network's features, and tells what more labels
      would bring.

        graft profile photos
        graft profile photos --model resnet18.pth --write-clean clean.csv
      """
  )

  @Argument(help: .data)
  var data: String

  @Option(help: "A pre-trained network: a file, folder, card, id or hf:OWNER/NAME.")
  var model: String?

  @Option(
    help: ArgumentHelp(
      "Write the images worth keeping to this CSV table: path, label, split, group. Of copies one "
        + "stays, in test before validation before training; images with two labels and files that "
        + "can't be read go.",
      valueName: "file.csv"))
  var writeClean: String?

  @Flag(help: "Leave likely mislabelled images out of that table, too; needs --model.")
  var dropMislabelled = false

  @Option(help: "The seed of the folds that probes are fitted on.")
  var seed: UInt64 = 0

  @Flag(
    inversion: .prefixedNo,
    help: "Keep computed embeddings for the next command (under the user's cache folder).")
  var cache = true

  @OptionGroup(title: "For a model without a card") var card: CardOptions
  @OptionGroup(title: "Decoding") var decoding: DecodingArguments
  @OptionGroup var output: OutputOptions

  func validate() throws {
    if dropMislabelled && (model == nil || writeClean == nil) {
      throw ValidationError("--drop-mislabelled needs --model and --write-clean.")
    }
  }

  func run() throws {
    let console = output.console()
    let cancellation = Interruption.listen()
    let file = writeClean.map { URL(fileURLWithPath: $0) }
    if let file {
      try FilePlacement.prepare(
        folder: file.deletingLastPathComponent(), marker: "", overwrite: true)
    }
    let dataset = try decoding.open(data)
    let network = try model.map { try ModelCatalogue().resolve($0, details: try card.details()) }
    let examination = try Examination.of(
      dataset, events: { console.show($0) }, cancellation: cancellation)
    let study = try network.map {
      try FeatureStudy.computed(
        examination, model: $0, seed: seed,
        embedding: EmbeddingOptions(cacheFolder: cache ? EmbeddingOptions.userCacheFolder : nil),
        events: { console.show($0) }, cancellation: cancellation)
    }
    if let file {
      let clean = CleanManifest(examination, study: study, dropsMislabelled: dropMislabelled)
      guard let table = clean.csv(in: file.deletingLastPathComponent()) else {
        throw CleanManifestError.notFiles(data: data)
      }
      try FilePlacement.write(Data(table.utf8), to: file)
      console.show(.note(ProfileText.sentence(clean, path: file.path)))
    }
    try output.print(examination.profile(with: study), ProfileText.text)
  }
}

/// Why no table of clean images can be written.
private enum CleanManifestError: Error, CustomStringConvertible {
  case notFiles(data: String)

  var description: String {
    switch self {
    case .notFiles(let data):
      "--write-clean lists files, but the images of \(data) lie inside larger files; "
        + "unpack them into a folder per class first."
    }
  }
}
