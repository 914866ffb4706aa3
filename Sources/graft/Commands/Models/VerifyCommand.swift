import ArgumentParser
import Checkpoints
import FineTuning
import Foundation
import Reports

extension ModelsCommand {
  struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Reads models again from the first byte, checks their digests, and opens them.",
      discussion: """
        Compares the weights with the digest of their card, and what was pulled
        from a Hub with the digests that the Hub stated. Without a name it checks
        every model at hand. The exit status is 1 where anything is wrong.
        """)

    @Argument(
      help: ArgumentHelp("Models, as other commands take them (default: all).", valueName: "model"))
    var models: [String] = []

    @OptionGroup var output: OutputOptions

    func run() throws {
      let console = output.console()
      let cancellation = Interruption.listen()
      let catalogue = ModelCatalogue()
      var report = ModelVerification()
      for model in models.isEmpty ? catalogue.verifiable() : models {
        console.show(.phase("Checking \(model)"))
        let entry = catalogue.verify(model) { _ in !cancellation.isCancelled }
        guard let entry else { throw CancellationError() }
        report.models.append(entry)
      }
      try output.print(report, ModelText.verification)
      if !report.isSound { throw ExitCode.failure }
    }
  }
}
