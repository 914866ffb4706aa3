import ArgumentParser
import Checkpoints
import FineTuning
import Foundation
import Reports

struct PredictCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Names the class of images with a trained model.",
    discussion: """
      Prints for each image the most probable classes. An image that can't be read
      is named with its reason and the others go on; the exit status is then 1.
      """
  )

  @Argument(help: ArgumentHelp("The folder that 'graft run' left.", valueName: "run"))
  var model: String

  @Argument(help: ArgumentHelp("JPEG or PNG files.", valueName: "image"))
  var images: [String]

  @Option(help: ArgumentHelp("How many classes to print for each image.", valueName: "count"))
  var top = 3

  @OptionGroup(title: "For a model without a card") var card: CardOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    if images.isEmpty { throw ValidationError("Name at least one image.") }
    if top < 1 { throw ValidationError("--top must be at least 1.") }
  }

  func run() throws {
    let console = output.console()
    let cancellation = Interruption.listen()
    let predictions = try Predictions.of(
      images, model: try ModelCatalogue().resolve(model, details: try card.details()),
      events: { console.show($0) },
      cancellation: cancellation)
    try output.print(predictions) { PredictionText.text($0, top: top) }
    if !predictions.unreadable.isEmpty { throw ExitCode.failure }
  }
}
