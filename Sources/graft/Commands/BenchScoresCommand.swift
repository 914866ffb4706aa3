import ArgumentParser
import Checkpoints
import FineTuning
import Foundation
import Reports
import Tensors
import Transferability

extension BenchCommand {
  struct Scores: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Measures the transferability scores: features in memory to values.",
      discussion: """
        Each round computes everything anew: the statistics, then the scores in the
        order given, each with the replicates of its interval unless --value-only is
        given; what scores share counts for the first that needs it. The least time
        of all rounds is told.
        """)

    @Option(help: ArgumentHelp("The features, [N, D].", valueName: "x.npy"))
    var features: String

    @Option(help: ArgumentHelp("The label of each row, [N] integers.", valueName: "y.npy"))
    var labels: String

    @Option(
      help: ArgumentHelp("Probabilities of the source classes, [N, S].", valueName: "p.npy"))
    var sourceProbabilities: String?

    @Option(
      help: ArgumentHelp("Ids with commas between (default: all scores).", valueName: "ids"))
    var scores: String?

    @Flag(help: "Compute the values without their intervals.") var valueOnly = false
    @Option(help: "The number of rounds.") var rounds = 3
    @OptionGroup var output: OutputOptions

    func validate() throws {
      if rounds < 1 { throw ValidationError("--rounds must be at least 1.") }
    }

    func run() throws {
      let console = output.console()
      let chosen = try scores.map { try $0.split(separator: ",").map { try Score.named("\($0)") } }
      guard let labels = try NumPyFile.readArray(URL(fileURLWithPath: labels)).integers else {
        throw ValidationError("--labels: \(labels) does not hold integers.")
      }
      let table = try FeatureTable(
        model: features, features: Self.matrix(features), labels: labels,
        sourceProbabilities: sourceProbabilities.map { try Self.matrix($0) })
      console.show(.phase("Measuring scores of \(features)"))
      let result = try ScoreBenchmark(
        table, scores: chosen ?? Score.all, intervals: !valueOnly, rounds: rounds)
      try output.print(result, ScoreBenchmarkText.text)
    }

    private static func matrix(_ path: String) throws -> Tensor {
      guard let tensor = try NumPyFile.readArray(URL(fileURLWithPath: path)).tensor,
        tensor.shape.count == 2
      else { throw ValidationError("\(path) does not hold numbers with two axes.") }
      return tensor
    }
  }
}
