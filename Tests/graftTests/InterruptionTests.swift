import Foundation
import TestSupport
import Testing

@Suite("Ctrl-C")
struct InterruptionTests {
  /// A training under way in a process of its own.
  final class Training {
    let process = Process()
    let folder: URL
    let errors: URL

    init(_ scratch: ScratchFolder, regime: String, epochs: Int) throws {
      let world = try World.shared
      folder = scratch("run")
      errors = try scratch.write("", to: "stderr")
      let output = try scratch.write("", to: "stdout")
      process.executableURL = GraftBinary.url
      process.arguments = [
        "run", world.data, "--model", world.models[0], "--regime", regime, "--epochs",
        "\(epochs)", "--learning-rate", "1e-5", "-o", folder.path,
      ]
      process.environment = ProcessInfo.processInfo.environment
        .merging(GraftBinary.environment(scratch.url)) { $1 }
      process.standardInput = FileHandle.nullDevice
      process.standardOutput = try FileHandle(forWritingTo: output)
      process.standardError = try FileHandle(forWritingTo: errors)
      try process.run()
    }

    var checkpoint: Bool {
      FileManager.default.fileExists(
        atPath: folder.appendingPathComponent("checkpoint/progress.json").path)
    }
  }

  @Test(
    "It leaves a checkpoint, says how to go on, and --resume ends the run",
    arguments: ["full", "partial"])
  func resume(regime: String) throws {
    let scratch = try ScratchFolder()
    let world = try World.shared
    let training = try Training(scratch, regime: regime, epochs: 12)
    while training.process.isRunning && !training.checkpoint { usleep(2000) }
    training.process.interrupt()
    training.process.waitUntilExit()
    let errors = try String(contentsOf: training.errors, encoding: .utf8)
    #expect(training.process.terminationStatus == 130, "\(errors)")
    #expect(training.process.terminationReason == .exit)
    #expect(errors.contains("epoch   1"), "\(errors)")
    let path = training.folder.path
    #expect(errors.contains("graft run \(world.data) --resume \(path)"), "\(errors)")

    // Neither a new run nor a reader takes the half of a run for a whole one.
    try GraftBinary.expectFailure(
      ["run", world.data, "--model", world.models[0], "--regime", regime, "-o", path],
      naming: [path, "--resume"])
    let resumed = try GraftBinary.run(["run", world.data, "--resume", path, "--json"])
    #expect(resumed.status == 0, "\(resumed.errors)")
    let history = try #require(try resumed.json()["history"] as? [[String: Any]])
    #expect(history.compactMap { $0["epoch"] as? Int } == Array(1...12))
    #expect(resumed.errors.contains("going on from epoch"))
    let evaluated = try GraftBinary.run(["evaluate", path, world.data])
    #expect(evaluated.status == 0)
  }
}
