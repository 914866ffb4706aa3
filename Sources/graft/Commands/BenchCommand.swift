import ArgumentParser
import Checkpoints
import FineTuning
import Foundation
import Networks
import Reports

struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measures the network engine and the scores on this machine.",
    discussion: """
      Runs a network after a warm-up and prints the best of several rounds with
      all of them. 'infer' computes embeddings, 'train' makes whole training steps
      (forward, cross-entropy, backward, update). Weights and images are random
      unless --model and --images give them. Time is the engine's alone: reading,
      decoding and planning are not in it. 'scores' measures transferability
      scores on features.

        graft bench infer --arch resnet50 --batch 16
        graft bench infer --model FOLDER --images x.npy --features y.npy
        graft bench train --arch resnet18 --batch 16 --profile
        graft bench scores --features x.npy --labels y.npy

      --profile says where the time goes: sums by kind of node, and the slowest
      nodes with their shapes and GFLOP/s. With --json every node is listed.
      """,
    subcommands: [Infer.self, Train.self, Scores.self]
  )

  struct Settings: ParsableArguments {
    @Option(
      help: ArgumentHelp(
        "A network with its weights, instead of random ones: a file, folder, card, id or hf:OWNER/NAME.",
        valueName: "model"))
    var model: String?

    @Option(
      help: ArgumentHelp(
        "One batch of images as the network takes them: [N, H, H, 3] Float32.",
        valueName: "x.npy"))
    var images: String?

    @Option(help: "Images per step (default: 16, or all of --images).") var batch: Int?
    @Option(help: "Side of the square images in pixels (default: the architecture's own).")
    var size: Int?
    @Option(help: "The number of rounds.") var rounds = 5
    @Option(help: "The least length of a round; it has at least one step.") var seconds = 1.0
    @Flag(help: "Show where the time of a step goes, node by node.") var profile = false
    @OptionGroup(title: "For random weights (--arch; default: resnet50) or a model without a card")
    var card: CardOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
      if (batch ?? 1) < 1 || rounds < 1 || (size ?? 1) < 1 {
        throw ValidationError("--batch, --size and --rounds must be at least 1.")
      }
      if !(seconds >= 0) { throw ValidationError("--seconds must be 0 or more.") }
      if images != nil && (batch != nil || size != nil) {
        throw ValidationError("--images says itself how many images and how large; drop the rest.")
      }
    }

    func run(
      _ kind: EngineBenchmark.Kind, adjust: (inout EngineBenchmark.Options) -> Void
    ) throws {
      let console = output.console()
      let (architecture, details) = (card.arch ?? "resnet50", try card.details())
      guard model != nil || !details.isMoreThanAnArchitecture else {
        throw ValidationError(
          "Random weights have an --arch and nothing else to describe; name a --model, or the side of "
            + "the images with --size.")
      }
      let source =
        model.map { .model($0, details) } ?? EngineBenchmark.Source.architecture(architecture)
      console.show(.phase("Measuring \(kind.rawValue) of \(model ?? architecture)"))
      var options = EngineBenchmark.Options(kind: kind, source: source)
      options.batchSize = batch
      options.imageSize = size
      options.rounds = rounds
      options.seconds = seconds
      options.images = images.map { URL(fileURLWithPath: $0) }
      options.isProfiled = profile
      adjust(&options)
      try output.print(try EngineBenchmark(options).run(), BenchmarkText.text)
    }
  }

  struct Infer: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Measures inference: images in memory to embeddings.")
    @OptionGroup var settings: Settings

    @Option(
      help: ArgumentHelp("Where to write the embeddings, [N, D] Float32.", valueName: "y.npy"))
    var features: String?

    @OptionGroup var precision: PrecisionOption

    func run() throws {
      try settings.run(.infer) {
        $0.features = features.map { URL(fileURLWithPath: $0) }
        $0.precision = precision.precision
      }
    }
  }

  struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Measures training steps.",
      discussion: """
        A step is forward, cross-entropy, backward and an update of all parameters
        by SGD with momentum 0.9 and the rate 0.001. Loss and gradient norm of the
        first step tell whether another implementation does the same.
        """)
    @OptionGroup var settings: Settings

    @Option(
      help: ArgumentHelp(
        "The class of each image, [N] integers (default: 0, 1, 2 …).", valueName: "l.npy"))
    var labels: String?

    func run() throws {
      try settings.run(.train) { $0.labels = labels.map { URL(fileURLWithPath: $0) } }
    }
  }
}
