import Advisor
import ArgumentParser
import Checkpoints
import FineTuning
import Foundation
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

/// The candidates and how much of the data is looked at to compare them.
struct CandidateOptions: ParsableArguments {
  @Option(
    name: [.long, .customLong("model")], parsing: .upToNextOption,
    help: ArgumentHelp(
      "Pre-trained networks: weight files, timm folders, cards or earlier runs.",
      valueName: "model"))
  var models: [String] = []

  @Option(
    help: ArgumentHelp(
      "At most this many training images are looked at, drawn evenly from the classes.",
      valueName: "images"))
  var limit = 2000

  @Option(help: "The seed of everything that is drawn at random.")
  var seed: UInt64 = 0

  @Flag(
    inversion: .prefixedNo,
    help: "Keep computed embeddings for the next command (under the user's cache folder).")
  var cache = true

  func validate() throws {
    if limit < 10 { throw ValidationError("--limit must be at least 10 images.") }
  }
}
