import ArgumentParser
import Datasets
import FineTuning
import Foundation
import Reports

struct DrawCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "draw",
    abstract: "Draws a labelled data set from a seed: shapes, letters or textures."
  )

  @Argument(help: "What to draw: shapes, letters or textures.") var family: String
  @Option(name: .shortAndLong, help: "The folder to write.") var output: String
  @Option(help: "Training images of each class.") var train = 100
  @Option(help: "Test images of each class.") var test = 30
  @Option(help: "Side of the images in pixels.") var size = 32
  @Option(help: "The seed of the drawing.") var seed: UInt64 = 0
  @OptionGroup var shared: OutputOptions

  func validate() throws {
    if DrawnDataset.Family(rawValue: family) == nil {
      throw ValidationError("There is no family '\(family)'; draw shapes, letters or textures.")
    }
    if train < 1 || test < 0 || size < 8 {
      throw ValidationError("--train must be at least 1, --test 0 and --size 8.")
    }
  }

  func run() throws {
    guard let family = DrawnDataset.Family(rawValue: family) else { return }
    let folder = URL(fileURLWithPath: output)
    try FilePlacement.prepare(folder: folder, marker: "train", overwrite: false)
    let drawing = DrawnDataset(
      family: family, trainPerClass: train, testPerClass: test, size: size, seed: seed)
    let dataset = try drawing.write(to: folder)
    try shared.print(DrawingSummary(drawing, dataset: dataset), \.text)
  }
}
