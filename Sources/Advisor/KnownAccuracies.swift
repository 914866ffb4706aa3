public import Checkpoints
public import Foundation
public import Transferability

/// Accuracies of fine-tuned networks that are known already, to judge rankings by.
public struct KnownAccuracies: Sendable, Equatable {
  /// The accuracy of each model, in 0…1.
  public let values: [String: Double]
  /// The file they come from.
  public let file: URL

  /// Reads a table with the columns `model` and `accuracy`, by comma, semicolon or tab.
  ///
  /// Accuracies are shares; where one is above 1 all are taken as percent.
  /// - Throws: `CheckpointError` naming the line that is not right.
  public static func read(_ file: URL) throws(CheckpointError) -> KnownAccuracies {
    let values = try FileMapping.parsing(file) {
      (bytes) throws(CheckpointError.Problem) -> [String: Double] in
      let table = try DelimitedTable(bytes)
      let models = try table.column(["model", "network"], "models")
      let cells = try table.column(["accuracy"], "accuracies")
      var values: [String: Double] = [:]
      for ((model, cell), row) in zip(zip(models, cells), table.rows.dropFirst()) {
        guard let value = Double(cell), value.isFinite, (0...100).contains(value) else {
          throw .unsupported(
            "line \(row.line) gives '\(model)' the accuracy '\(cell)'; give a share or percent")
        }
        guard values.updateValue(value, forKey: model) == nil else {
          throw .unsupported("line \(row.line) names '\(model)' a second time")
        }
      }
      return values
    }
    let isPercent = values.values.contains { $0 > 1 }
    return KnownAccuracies(
      values: values.mapValues { isPercent ? $0 / 100 : $0 }, file: file)
  }
}

/// Why rankings cannot be judged.
public enum TruthError: Error, Sendable, Equatable, CustomStringConvertible {
  /// Fewer than two candidates have a known accuracy.
  case tooFew(path: String, found: [String], candidates: [String])
  /// All known accuracies are equal.
  case constant(path: String)

  /// One sentence for the person.
  public var description: String {
    switch self {
    case .tooFew(let path, let found, let candidates):
      "\(path) knows \(found.isEmpty ? "none" : "only \(found.joined(separator: ", "))") of the "
        + "candidates, and a ranking needs two; the candidates are called "
        + "\(candidates.joined(separator: ", "))."
    case .constant(let path):
      "\(path) gives all candidates the same accuracy, so there is no order to compare with."
    }
  }
}

extension Scorecard {
  /// Judges every score, the prior and the combined ranking by known accuracies.
  ///
  /// - Throws: `TruthError`.
  public mutating func compare(with truth: KnownAccuracies, seed: UInt64 = 0) throws {
    let names = candidates.map(\.model)
    let known = names.filter { truth.values[$0] != nil }
    guard known.count > 1 else {
      throw TruthError.tooFew(path: truth.file.relativePath, found: known, candidates: names)
    }
    guard let agreement = ScorecardAgreement(self, accuracies: truth.values, seed: seed) else {
      throw TruthError.constant(path: truth.file.relativePath)
    }
    self.agreement = agreement
  }
}
