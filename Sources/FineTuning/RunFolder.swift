public import Checkpoints
import Datasets
public import Foundation
public import Networks

/// The folder that a run leaves: a model that timm loads, and the record of how it came about.
///
/// `model.safetensors`, `config.json` and `model.card.yaml` (timm's layout and Graft's card),
/// `recipe.yaml`, `run.json`, `metrics.csv`, `history.csv` and `confusion-SPLIT.csv`.
public struct RunFolder: Sendable {
  /// The folder.
  public let url: URL

  /// Names a folder; nothing is read or made.
  public init(_ url: URL) { self.url = url }

  /// The record of the run.
  public var recordFile: URL { url.appendingPathComponent("run.json") }
  /// The recipe, complete.
  public var recipeFile: URL { url.appendingPathComponent("recipe.yaml") }

  /// Where a training that is under way can be taken up again.
  var checkpoint: TrainingCheckpoint {
    TrainingCheckpoint(folder: url.appendingPathComponent("checkpoint"))
  }

  /// Whether a training was stopped here that can be taken up again.
  public var isUnfinished: Bool {
    checkpoint.exists && !FileManager.default.fileExists(atPath: recordFile.path)
  }

  /// Makes sure that the folder can take a result.
  ///
  /// - Throws: `OutputError`; `RunFolderError.unfinished` where hours of training would be lost.
  public func prepare(overwrite: Bool) throws {
    if isUnfinished && !overwrite { throw RunFolderError.unfinished(path: url.path) }
    try FilePlacement.prepare(
      folder: url, marker: recordFile.lastPathComponent, overwrite: overwrite)
  }

  /// Takes away what would make a new training in the folder look finished or be mixed with it.
  func discardResult() {
    try? FileManager.default.removeItem(at: recordFile)
    checkpoint.remove()
  }

  /// Writes the recipe, before training begins.
  public func write(_ recipe: Recipe) throws {
    try FilePlacement.write(Data(recipe.yaml().utf8), to: recipeFile)
  }

  /// Writes model and record; `run.json` comes last, so that it stands for a complete result.
  public func write(_ run: TrainingRun, network: Network, card: ModelCard) throws {
    var card = card
    card.id = "\(run.regime)-\(run.model)-\(run.data.name)"
    card.sourceData = ModelCard.SourceData(
      name: "\(run.data.name), from \(card.sourceData?.name ?? run.model)",
      imageCount: run.data.trainingImages)
    try TimmExport.write(network, card: card, classNames: run.data.classNames, to: url)
    try write("metrics.csv", run.metricsCSV)
    try write("history.csv", run.historyCSV)
    for (name, evaluation) in [
      ("validation", run.metrics.validation), ("test", run.metrics.test),
    ] {
      guard let evaluation else { continue }
      try write(
        "confusion-\(name).csv", Self.csv(evaluation.confusion, names: run.data.classNames))
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    try FilePlacement.write(try encoder.encode(run), to: recordFile)
  }

  /// The record of a finished run.
  ///
  /// - Throws: `RunFolderError`.
  public func readRecord() throws -> TrainingRun {
    guard FileManager.default.fileExists(atPath: recordFile.path) else {
      throw isUnfinished
        ? RunFolderError.unfinished(path: url.path) : RunFolderError.absent(path: url.path)
    }
    do {
      return try JSONDecoder().decode(TrainingRun.self, from: Data(contentsOf: recordFile))
    } catch {
      throw RunFolderError.damaged(path: recordFile.path)
    }
  }

  private func write(_ name: String, _ text: String) throws {
    try FilePlacement.write(Data(text.utf8), to: url.appendingPathComponent(name))
  }

  private static func csv(_ confusion: [[Int]], names: [String]) -> String {
    CSVLine.text(["true\\named"] + names)
      + zip(names, confusion).map { name, row in CSVLine.text([name] + row.map(String.init)) }
      .joined()
  }
}

/// Why a run's folder can't be used.
public enum RunFolderError: Error, Sendable, Equatable, CustomStringConvertible {
  /// There is no result in the folder.
  case absent(path: String)
  /// The run was stopped before its end.
  case unfinished(path: String)
  /// The run is complete.
  case finished(path: String)
  /// The record can't be read.
  case damaged(path: String)

  /// One sentence for the person.
  public var description: String {
    switch self {
    case .absent(let path):
      "\(path) holds no run.json, so it is not the result of 'graft run'; give the folder that -o "
        + "named."
    case .unfinished(let path):
      "The run in \(path) was stopped before its end; 'graft run DATA --resume \(path)' finishes it, "
        + "--overwrite begins again."
    case .finished(let path):
      "The run in \(path) is complete; there is nothing to resume."
    case .damaged(let path):
      "\(path) is damaged or of another version of Graft; make the run again from its recipe.yaml."
    }
  }
}
