import ArgumentParser
import FineTuning
import Foundation
import Networks
import Reports

struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measures the network engine: images per second on this machine.",
    discussion: """
      Runs a network with random weights on random images, after a warm-up, and
      prints the best of several rounds with all of them. 'infer' computes
      embeddings, 'train' makes whole training steps (forward, backward, update).
      """,
    subcommands: [Infer.self, Train.self]
  )

  struct Settings: ParsableArguments {
    @Option(help: "The architecture's id; 'graft models list' names them.") var arch = "resnet50"
    @Option(help: "Images per step.") var batch = 16
    @Option(help: "Side of the square images in pixels (default: the architecture's own).")
    var size: Int?
    @Option(help: "Rounds of about a second each.") var rounds = 5
    @OptionGroup var output: OutputOptions

    func validate() throws {
      if batch < 1 || rounds < 1 || (size ?? 1) < 1 {
        throw ValidationError("--batch, --size and --rounds must be at least 1.")
      }
    }

    func run(_ kind: EngineBenchmark.Kind) throws {
      let console = output.console()
      console.show(.phase("Measuring \(kind.rawValue) of \(arch)"))
      let result = try EngineBenchmark(
        kind: kind, architecture: arch, batchSize: batch, imageSize: size, rounds: rounds
      ).run()
      try output.print(result, BenchmarkText.text)
    }
  }

  struct Infer: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Measures inference.")
    @OptionGroup var settings: Settings
    func run() throws { try settings.run(.infer) }
  }

  struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Measures training steps.")
    @OptionGroup var settings: Settings
    func run() throws { try settings.run(.train) }
  }
}
