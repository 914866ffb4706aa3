/// Something wrong in a file of the rules folder, and where.
public struct RuleProblem: Sendable, Equatable, CustomStringConvertible {
  /// The file, relative to the rules folder.
  public let file: String
  /// The line, from 1.
  public let line: Int
  /// The column, from 1.
  public let column: Int
  /// What is wrong and what would be right.
  public let message: String

  /// `file:line:column: message`.
  public var description: String { "\(file):\(line):\(column): \(message)" }
}

/// Why a rules folder cannot be used.
public enum RuleCatalogError: Error, Sendable, CustomStringConvertible {
  /// The folder is not there or cannot be read.
  case unreadable(path: String, reason: String)
  /// Files in it are wrong; every problem is listed.
  case invalid([RuleProblem])

  /// The problem as sentences, each with its place.
  public var description: String {
    switch self {
    case .unreadable(let path, let reason):
      "The rules folder \(path) cannot be read (\(reason)); give --rules a folder that holds"
        + " placement.yaml, citations.yaml and one YAML file per rule."
    case .invalid(let problems):
      problems.map(\.description).joined(separator: "\n")
    }
  }
}
