import ArgumentParser
import Checkpoints
import Datasets
import FineTuning
import Foundation
import Reports

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Tells how well a trained model names the images of a data set.",
    discussion: """
      Prints accuracy with its interval, mean per-class accuracy, and the classes
      that are most often confused. The data's classes are matched to the model's
      by name.
      """
  )

  @Argument(help: ArgumentHelp("The folder that 'graft run' left.", valueName: "run"))
  var model: String

  @Argument(help: .data)
  var data: String

  @Option(
    help: "Only the images of this split: train, val or test (default: test where there is one).")
  var split: String?

  @OptionGroup(title: "For a model without a card") var card: CardOptions
  @OptionGroup(title: "Decoding") var decoding: DecodingArguments
  @OptionGroup var output: OutputOptions

  func validate() throws {
    if let split, Split(folderName: split) == nil {
      throw ValidationError("--split must be train, val or test, not '\(split)'.")
    }
  }

  func run() throws {
    let console = output.console()
    let cancellation = Interruption.listen()
    let dataset = try decoding.open(data)
    let wanted =
      split.flatMap(Split.init(folderName:)) ?? (dataset.splits.contains(.test) ? .test : nil)
    let report = try ModelEvaluation.of(
      try ModelCatalogue().resolve(model, details: try card.details()),
      on: wanted.map { dataset.subset(of: $0) } ?? dataset,
      events: { console.show($0) }, cancellation: cancellation)
    decoding.report(dataset, to: console)
    for sentence in report.unreadable { console.show(.note(sentence)) }
    try output.print(report, EvaluationText.text)
  }
}
