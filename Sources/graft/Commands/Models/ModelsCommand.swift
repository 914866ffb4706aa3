import ArgumentParser
import Checkpoints
import FineTuning
import Foundation
import Networks
import Reports

struct ModelsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "models",
    abstract: "Fetches, lists and checks pre-trained networks.",
    discussion: """
      A model is named by the path of its weights, by its id in the catalogue, or
      as hf:OWNER/NAME once it has been pulled from a Hub.

        graft models pull hf:timm/resnet18.a1_in1k
        graft models add colleague.pth --arch resnet50 --classes names.txt
        graft models list
      """,
    subcommands: [
      List.self, Inspect.self, Pull.self, Add.self, Remove.self, Verify.self, Initialise.self,
    ]
  )

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Lists models at hand and the architectures that weights can be loaded into.",
      discussion: """
        Models are looked for in $GRAFT_MODELS, in the user's cache folder, and in
        the cache of Hugging Face's tools ($HF_HUB_CACHE, $HF_HOME).
        """)
    @OptionGroup var output: OutputOptions

    func run() throws {
      try output.print(ModelListing(), ModelText.list)
    }
  }

  struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Says what a weight file holds and which network it is.",
      discussion: """
        Names every tensor and, where a card or the nearest architecture needs
        others, what is missing, surplus or of another shape, with the nearest
        names.
        """)
    @Argument(
      help: ArgumentHelp("A weight file, card, folder, id or hf:OWNER/NAME.", valueName: "model"))
    var file: String
    @OptionGroup var output: OutputOptions

    func run() throws {
      try output.print(try Inspection(of: file, in: ModelCatalogue()), ModelText.inspection)
    }
  }

  struct Initialise: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "init",
      abstract: "Writes a network with random weights, to be trained with --regime scratch.")
    @Option(help: "The architecture's id.") var arch: String
    @Option(help: "The number of classes.") var classes = 10
    @Option(help: "The seed of the weights.") var seed: UInt64 = 0
    @Option(name: .shortAndLong, help: "The folder to write.") var output: String
    @OptionGroup var shared: OutputOptions

    func validate() throws {
      if classes < 1 { throw ValidationError("--classes must be at least 1.") }
    }

    func run() throws {
      let network = try Network.initialised(
        architecture: arch, classCount: classes, seed: seed)
      let card = ModelCard(
        id: "\(arch)-random-\(seed)", architecture: arch,
        input: try Architecture.named(arch).input, classCount: classes,
        origin: "random weights, seed \(seed)")
      let written = try TimmExport.write(
        network, card: card, classNames: nil, to: URL(fileURLWithPath: output))
      try shared.print(written) { "Wrote \($0.id) to \(output).\n" }
    }
  }
}
