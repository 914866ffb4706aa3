import ArgumentParser
import Checkpoints
import Foundation
import Reports

extension ModelsCommand {
  struct Add: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Writes what weights are into a card, once, so that their id is enough.",
      discussion: """
        Opens the weights as the flags say, and writes the card and a copy of the
        weights into the catalogue ($GRAFT_MODELS, or the user's cache folder).
        What the flags leave out is the architecture's own, and where the tensors
        fit one architecture only not even that need be named.

          graft models add colleague.pth --arch resnet50 --mean 0.5,0.5,0.5 \\
            --std 0.5,0.5,0.5 --classes names.txt --id colleague
          graft score photos --models colleague hf:timm/resnet18.a1_in1k
        """)

    @Argument(
      help: ArgumentHelp("A weight file, folder, card or hf:OWNER/NAME.", valueName: "model"))
    var model: String

    @Option(
      help: ArgumentHelp(
        "The model's name from now on (default: the file's or the card's).", valueName: "id"))
    var id: String?

    @Flag(help: "Leave the weights where they are; the card tells their path.")
    var link = false

    @Flag(help: "Replace a model of the same id in the catalogue.")
    var replace = false

    @OptionGroup(title: "What the model is") var card: CardOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
      let addition = try ModelCatalogue().add(
        model, details: try card.details(), id: id, links: link, replaces: replace)
      try output.print(addition, ModelText.addition)
    }
  }
}
