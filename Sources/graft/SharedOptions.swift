import Advisor
import ArgumentParser
import Checkpoints
import Files
import FineTuning
import Foundation
import Networks
import Reports
import Tensors

/// What every command understands.
struct OutputOptions: ParsableArguments {
  @Flag(help: "Print the result as JSON, and nothing else, on standard output.")
  var json = false

  @Flag(name: .shortAndLong, help: "No progress and no remarks on standard error.")
  var quiet = false

  @Option(
    help: ArgumentHelp(
      "Threads of the network engine (default: all cores). Results don't depend on it.",
      valueName: "count"))
  var threads: Int?

  func validate() throws {
    if let threads, threads < 1 { throw ValidationError("--threads must be at least 1.") }
  }

  /// The console, with the number of threads set as asked.
  func console() -> Console {
    if let threads { Parallel.threadCount = threads }
    return Console(quiet: quiet)
  }

  /// Prints a value: as JSON, or as the text that `text` makes of it.
  func print<Value: Encodable>(_ value: Value, _ text: (Value) -> String) throws {
    try write(json ? try JSONText.encode(value) : text(value))
  }

  /// Writes text to standard output at once, in the order of the calls.
  func write(_ text: String) throws {
    // The throwing call: the other ends the program where the disk is full.
    do {
      try FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
    } catch {
      throw OutputError.noOutput(reason: systemReason(error))
    }
  }
}

extension ArgumentHelp {
  /// What every command that reads a data set says of it.
  static var data: ArgumentHelp {
    ArgumentHelp(
      "The data set: a folder per class, a .csv or .tsv list, IDX or CIFAR files, tar shards "
        + "('train-{000..009}.tar'), or an .npz with images.",
      valueName: "data")
  }
}

/// The format in which embeddings are computed.
struct PrecisionOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Multiply in this format to embed: float16 and bfloat16 need the CPU's AVX512_FP16 or "
        + "AVX512_BF16. Training stays float32.",
      valueName: "format"),
    transform: PrecisionOption.parse)
  var precision = Precision.float32

  static func parse(_ text: String) throws -> Precision {
    guard let precision = Precision(rawValue: text) else {
      let known = Precision.allCases.map(\.rawValue).joined(separator: ", ")
      throw ValidationError("--precision must be one of \(known), not '\(text)'.")
    }
    return precision
  }
}

/// The candidates and how much of the data is looked at to compare them.
struct CandidateOptions: ParsableArguments {
  @Option(
    name: [.long, .customLong("model")], parsing: .upToNextOption,
    help: ArgumentHelp(
      "Pre-trained networks: weight files, timm folders, cards, ids, hf:OWNER/NAME or earlier runs.",
      valueName: "model"))
  var models: [String] = []

  @Option(
    help: ArgumentHelp(
      "At most this many training images are looked at, drawn so that each class keeps its share "
        + "(default: 2000).", valueName: "images"))
  var limit: Int?

  @Option(help: "The seed of everything that is drawn at random.")
  var seed: UInt64 = 0

  @Flag(
    inversion: .prefixedNo,
    help: "Keep computed embeddings for the next command (under the user's cache folder).")
  var cache = true

  @OptionGroup var precision: PrecisionOption
  @OptionGroup(title: "For models without a card") var card: CardOptions

  /// The limit for images, whose features cost time.
  var imageLimit: Int { limit ?? 2000 }

  func validate() throws {
    if let limit, limit < 10 { throw ValidationError("--limit must be at least 10 images.") }
  }
}
