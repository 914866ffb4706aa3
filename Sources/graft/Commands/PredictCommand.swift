import ArgumentParser
import Checkpoints
import Datasets
import FineTuning
import Foundation
import Reports

struct PredictCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Names the class of images with a trained model.",
    discussion: """
      Prints for each image the most probable classes. An image that can't be read
      is named with its reason and the others go on; the exit status is then 1. A
      folder stands for the JPEG and PNG files below it, with or without class
      folders; a data set in larger files or a list stands alone.

        graft predict run cat.jpg dog.png
        graft predict run photos
        graft predict run 'shards/train-{000..009}.tar'
      """
  )

  @Argument(help: ArgumentHelp("The folder that 'graft run' left.", valueName: "run"))
  var model: String

  @Argument(
    help: ArgumentHelp(
      "JPEG or PNG files, folders of them, or a data set.", valueName: "image"))
  var images: [String]

  @Option(help: ArgumentHelp("How many classes to print for each image.", valueName: "count"))
  var top = 3

  @OptionGroup(title: "For a model without a card") var card: CardOptions
  @OptionGroup(title: "Decoding") var decoding: DecodingArguments
  @OptionGroup var output: OutputOptions

  func validate() throws {
    if images.isEmpty { throw ValidationError("Name at least one image.") }
    if top < 1 { throw ValidationError("--top must be at least 1.") }
  }

  func run() throws {
    let console = output.console()
    let cancellation = Interruption.listen()
    var pictures = try Dataset.unlabelled(images)
    decoding.apply(to: &pictures)
    let predictions = try Predictions.of(
      pictures, model: try ModelCatalogue().resolve(model, details: try card.details()),
      events: { console.show($0) },
      cancellation: cancellation)
    decoding.report(pictures, to: console)
    try output.print(predictions) { PredictionText.text($0, top: top) }
    if !predictions.unreadable.isEmpty { throw ExitCode.failure }
  }
}
