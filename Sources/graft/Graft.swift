import ArgumentParser
import FineTuning
import Foundation

/// The command line: parses, calls, prints; nothing else happens here.
@main
struct Graft: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "graft",
    abstract: "Tells how to do transfer learning for image classification, and does it.",
    discussion: """
      You have a folder of labelled images and a few pre-trained networks.

        graft profile DATA                     what is in it, and what is wrong
        graft score   DATA --models M1 M2      which network to start from
        graft advise  DATA --models M1 M2      which strategy to use, and why
        graft run     DATA --models M1 M2 -o RUN    follow the advice and train
        graft predict RUN IMAGE…               use the trained model
        graft export  RUN -o model.onnx         take it to other tools

      DATA is a folder with one folder per class (or train/ val/ test/ folders of
      such), a .csv or .tsv file with the columns path and label (and split and
      group), a folder of IDX files (MNIST) or of CIFAR's binary files, tar shards
      as WebDataset names them ('train-{000..009}.tar' or their folder), or an .npz
      file with images and labels. M is a weight file (.pth .pt .th .npz .onnx
      .safetensors .pkl), a folder with model.safetensors and config.json as timm
      writes it, a *.card.yaml, the result of an earlier run, or the name of a
      model that 'graft models pull' or 'graft models add' has brought. Flags such
      as --arch and --mean say what the card of a weight file would. Results go to
      standard output, progress and remarks to standard error; --json prints the
      result for machines. Exit status: 0 done, 1 failed, 64 wrong usage, 130
      interrupted.
      """,
    version: Version.text,
    subcommands: [
      ProfileCommand.self, EmbedCommand.self, ScoreCommand.self, AdviseCommand.self,
      RunCommand.self, PredictCommand.self, EvaluateCommand.self, RulesCommand.self,
      ExportCommand.self, ModelsCommand.self, BenchCommand.self, DemoCommand.self, DrawCommand.self,
    ]
  )

  static func main() {
    // A reader that has seen enough (`graft rules list | head`) is no failure.
    signal(SIGPIPE, SIG_DFL)
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch is CancellationError {
      Console.error("Stopped.")
      Foundation.exit(130)
    } catch {
      exit(withError: error)
    }
  }
}
