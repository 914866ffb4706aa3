import FineTuning
import Foundation
import Networks
import Tensors
import TestSupport
import Testing

@Suite("Runs can be made again", .serialized)
struct ReproducibilityTests {
  @Test(
    "The same seed gives the same bits, whatever the number of threads",
    arguments: ["linear-probe", "partial", "full"])
  func threads(regime: String) throws {
    let task = try TinyTask(trainPerClass: 5, testPerClass: 2)
    let usual = Parallel.threadCount
    defer { Parallel.threadCount = usual }
    var runs: [TrainingRun] = []
    var weights: [Data] = []
    for (index, count) in [2, 2, 1, 4].enumerated() {
      Parallel.threadCount = count
      runs.append(try task.run(try task.recipe(regime), into: "run\(index)").timeless)
      weights.append(try task.weights(of: "run\(index)"))
    }
    for index in 1..<runs.count {
      #expect(runs[index] == runs[0])
      #expect(weights[index] == weights[0])
    }
    var other = try task.recipe(regime)
    other.seed += 1
    other.split.seed += 1
    _ = try task.run(other, into: "other")
    #expect(try task.weights(of: "other") != weights[0], "another seed gives another model")
  }

  /// 48 training images in batches of 16 are three steps an epoch.
  @Test(
    "A run that was stopped ends with the bits of one that was not", arguments: ["full", "partial"])
  func resume(regime: String) throws {
    let task = try TinyTask(trainPerClass: 8, testPerClass: 2)
    let recipe = try task.recipe(regime) {
      $0.epochs = 3
      $0.labelSmoothing = 0.1
    }
    let whole = try task.run(recipe, into: "whole")
    for stop in [1, 3, 4, 9] {
      let name = "parts\(stop)"
      let stopper = Stopper(after: stop)
      #expect(throws: CancellationError.self) {
        try task.execution(recipe, into: name)
          .run(events: { stopper.handle($0) }, cancellation: stopper.cancellation)
      }
      let folder = RunFolder(task.scratch(name))
      #expect(folder.isUnfinished)
      #expect(throws: RunFolderError.unfinished(path: folder.url.path)) {
        try folder.readRecord()
      }
      #expect(throws: RunFolderError.unfinished(path: folder.url.path)) {
        try folder.prepare(overwrite: false)
      }

      let written = try Recipe.read(folder.recipeFile)
      let parts = try task.run(written, into: name, resumes: true)
      #expect(parts.timeless.metrics == whole.timeless.metrics, "stopped after \(stop)")
      #expect(parts.timeless.history == whole.timeless.history, "stopped after \(stop)")
      #expect(try task.weights(of: name) == task.weights(of: "whole"), "stopped after \(stop)")
      #expect(!folder.isUnfinished)
      #expect(!FileManager.default.fileExists(atPath: task.scratch("\(name)/checkpoint").path))
    }
  }

  @Test("What an earlier run left in the folder plays no part in a new one")
  func leftovers() throws {
    let task = try TinyTask(trainPerClass: 8, testPerClass: 2)
    let recipe = try task.recipe("full") { $0.epochs = 3 }
    var other = recipe
    other.seed = 77
    _ = try task.run(recipe, into: "clean")
    _ = try task.run(other, into: "used")
    let first = Stopper(after: 5)
    #expect(throws: CancellationError.self) {
      try task.execution(other, into: "used")
        .run(events: { first.handle($0) }, cancellation: first.cancellation)
    }
    #expect(RunFolder(task.scratch("used")).isUnfinished, "the older run.json is gone")
    let second = Stopper(after: 5)
    #expect(throws: CancellationError.self) {
      try task.execution(recipe, into: "used")
        .run(events: { second.handle($0) }, cancellation: second.cancellation)
    }
    _ = try task.run(recipe, into: "used", resumes: true)
    #expect(try task.weights(of: "used") == task.weights(of: "clean"))
  }
}
