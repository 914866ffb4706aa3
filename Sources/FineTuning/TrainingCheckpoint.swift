import Checkpoints
import Files
import Foundation
import Networks

/// How far a training has come; with the tensors beside it, all that is needed to go on.
struct TrainingProgress: Codable {
  /// Epochs that are complete.
  var epoch = 0
  /// Optimiser steps made.
  var step = 0
  /// Samples of the present epoch's order that are used up.
  var consumed = 0
  var lossSum = 0.0
  var rightCount = 0
  var seenCount = 0
  var seconds = 0.0
  var history: [EpochRecord] = []
  var bestEpoch = 0
  var bestValidation: Evaluation?

  /// Whether an evaluation beats the best so far; without validation images every epoch does.
  func isImprovement(_ evaluation: Evaluation?) -> Bool {
    guard let evaluation, let best = bestValidation else { return true }
    return evaluation.accuracy != best.accuracy
      ? evaluation.accuracy > best.accuracy : evaluation.loss < best.loss
  }

  /// Closes the present epoch and opens the next.
  mutating func endEpoch(_ evaluation: Evaluation?, learningRate: Double) {
    epoch += 1
    history.append(
      EpochRecord(
        epoch: epoch, step: step, trainingLoss: lossSum / Double(max(seenCount, 1)),
        trainingAccuracy: Double(rightCount) / Double(max(seenCount, 1)),
        validationAccuracy: evaluation?.accuracy, validationLoss: evaluation?.loss,
        learningRate: learningRate, seconds: seconds))
    consumed = 0
    lossSum = 0
    rightCount = 0
    seenCount = 0
  }
}

/// The checkpoint of a training that is under way, in a folder of its own.
///
/// The tensors of a step get names of their own, `progress.json` is then replaced in one move, and
/// only after that the older tensors go: whenever the program ends, one whole checkpoint is there.
struct TrainingCheckpoint {
  let folder: URL

  private struct Index: Codable {
    var schema = "graft.checkpoint/1"
    var progress: TrainingProgress
    var optimizerSteps: Int
    var model: String
    var optimizer: String
    var best: String?
  }

  /// Whether there is one.
  var exists: Bool { FileManager.default.fileExists(atPath: index.path) }

  private var index: URL { folder.appendingPathComponent("progress.json") }

  func write(
    _ progress: TrainingProgress, model: StateDict, optimizer: OptimizerState, best: StateDict?
  ) throws {
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw OutputError.unwritable(
        path: folder.path, reason: systemReason(error, makingBelow: folder))
    }
    let mark = "\(progress.epoch)-\(progress.step)"
    let entry = Index(
      progress: progress, optimizerSteps: optimizer.stepCount,
      model: "model-\(mark).safetensors", optimizer: "optimizer-\(mark).safetensors",
      best: best == nil ? nil : "best-\(progress.bestEpoch).safetensors")
    try SafeTensors.write(model, metadata: [:], to: folder.appendingPathComponent(entry.model))
    try SafeTensors.write(
      optimizer.tensors, metadata: [:], to: folder.appendingPathComponent(entry.optimizer))
    if let best, let name = entry.best {
      let file = folder.appendingPathComponent(name)
      if !FileManager.default.fileExists(atPath: file.path) {
        try SafeTensors.write(best, metadata: [:], to: file)
      }
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
    try FilePlacement.write(try encoder.encode(entry), to: index)
    let kept: Set<String> = [entry.model, entry.optimizer, entry.best ?? "", "progress.json"]
    let present = try? FileManager.default.contentsOfDirectory(atPath: folder.path)
    for name in present ?? [] where !kept.contains(name) && name.hasSuffix(".safetensors") {
      try? FileManager.default.removeItem(at: folder.appendingPathComponent(name))
    }
  }

  /// The checkpoint, or nil where there is none.
  func read() throws -> (
    progress: TrainingProgress, model: StateDict, optimizer: OptimizerState, best: StateDict?
  )? {
    guard exists else { return nil }
    let entry: Index
    do {
      entry = try JSONDecoder().decode(Index.self, from: Data(contentsOf: index))
    } catch {
      throw RecipeError.unfit(
        recipe: folder.path, reason: "its progress.json is damaged; begin again with --overwrite")
    }
    let model = try SafeTensors.read(folder.appendingPathComponent(entry.model)).0
    let tensors = try SafeTensors.read(folder.appendingPathComponent(entry.optimizer)).0
    let best = try entry.best.map { try SafeTensors.read(folder.appendingPathComponent($0)).0 }
    return (
      entry.progress, model,
      OptimizerState(stepCount: entry.optimizerSteps, tensors: tensors), best
    )
  }

  /// Removes the checkpoint once a run is complete.
  func remove() { try? FileManager.default.removeItem(at: folder) }
}
