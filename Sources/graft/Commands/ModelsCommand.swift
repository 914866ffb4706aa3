import ArgumentParser
import Checkpoints
import FineTuning
import Foundation
import Networks
import Reports

struct ModelsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "models",
    abstract: "Lists the networks at hand, and says what a weight file holds.",
    subcommands: [List.self, Inspect.self, Initialise.self]
  )

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Lists models at hand and the architectures that weights can be loaded into.",
      discussion: "Models are looked for in $GRAFT_MODELS and in the user's cache folder.")
    @OptionGroup var output: OutputOptions

    func run() throws {
      try output.print(ModelListing(), ModelText.list)
    }
  }

  struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Says what a weight file holds and which network it is.")
    @Argument(help: "A weight file, card or folder.") var file: String
    @OptionGroup var output: OutputOptions

    func run() throws {
      try output.print(
        try Inspection(of: URL(fileURLWithPath: file)), ModelText.inspection)
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
