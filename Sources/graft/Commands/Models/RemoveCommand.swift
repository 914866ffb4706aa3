import ArgumentParser
import Checkpoints
import Foundation
import Reports

extension ModelsCommand {
  struct Remove: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Takes models out of the catalogue or the Hub's cache.",
      discussion: """
        Deletes a model's card, and its weights where they lie in the catalogue or
        were pulled from a Hub; weights anywhere else stay. Before weights are
        deleted it asks, or needs --force where nobody can answer. What is pulled
        is shared with Hugging Face's tools and is gone for them too.
        """)

    @Argument(
      help: ArgumentHelp("Ids, hf:OWNER/NAME[@REVISION], or paths in it.", valueName: "model"))
    var models: [String]

    @Flag(help: "Delete weights without asking.") var force = false
    @OptionGroup var output: OutputOptions

    func validate() throws {
      if models.isEmpty { throw ValidationError("Name at least one model.") }
    }

    func run() throws {
      let catalogue = ModelCatalogue()
      // All are found before the first goes.
      let plans = try models.map { try catalogue.removal(of: $0) }
      var report = RemovalReport()
      for plan in plans {
        if plan.byteCount > 0, !force, try !consents(to: plan) {
          report.models.append(plan)
          continue
        }
        report.models.append(try catalogue.carryOut(plan))
      }
      try output.print(report, ModelText.removal)
      if report.models.contains(where: { !$0.isDone }) { throw ExitCode.failure }
    }

    /// Asks on the terminal.
    private func consents(to plan: ModelRemoval) throws -> Bool {
      guard isatty(STDIN_FILENO) == 1, !output.json else {
        throw RemovalRefused(plan: plan)
      }
      try FileHandle.standardError.write(
        contentsOf: Data("\(ModelText.question(plan)) [y/N] ".utf8))
      return ["y", "yes"].contains(readLine()?.lowercased() ?? "")
    }
  }
}

/// Weights would go, and nobody has said that they may.
private struct RemovalRefused: Error, CustomStringConvertible {
  let plan: ModelRemoval

  var description: String {
    "\(plan.model): \(ModelText.size(plan.byteCount)) of weights in "
      + "\(plan.weightsPath) would be deleted; say so with --force."
  }
}
