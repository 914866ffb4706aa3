import Checkpoints
public import Foundation
import Tensors
public import Transferability

/// Files of features as candidates: which files belong together, under which name.
///
/// An argument is `file` or `name=file,file,…`. Files that are joined under a name are shards of one
/// model, and so are files that name the same `model` themselves; their rows follow each other in the
/// order given. A file that names no model is called after itself.
public enum FeatureInputs {
  /// The candidates of arguments, in the order of their first files.
  ///
  /// - Parameters:
  ///   - arguments: at least one.
  ///   - labels: files of labels: none, one for all, or one for each file, in their order.
  /// - Throws: `CheckpointError` for a file, `FeatureInputError` for files that don't fit together,
  ///   `TransferabilityError`.
  public static func sources(_ arguments: [String], labels: [String]) throws -> [FeatureSource] {
    let named = arguments.flatMap(split)
    guard labels.count <= 1 || labels.count == named.count else {
      throw FeatureInputError.labelFiles(count: labels.count, features: named.count)
    }
    var groups: [(model: String, files: [FeatureFile])] = []
    var seen: Set<String> = []
    for (index, (name, path)) in named.enumerated() {
      let url = URL(fileURLWithPath: path)
      guard seen.insert(url.standardizedFileURL.resolvingSymlinksInPath().path).inserted else {
        throw FeatureInputError.twice(path: path)
      }
      let column = labels.isEmpty ? nil : labels[labels.count == 1 ? 0 : index]
      let file = try FeatureFile.open(url, labels: column.map { URL(fileURLWithPath: $0) })
      let stem = url.deletingPathExtension().lastPathComponent
      // Only what a person or the file says joins files: equal file names in two folders don't.
      let isSaid = name != nil || file.model != nil
      let model = name ?? file.model ?? (groups.contains { $0.model == stem } ? path : stem)
      if isSaid, let place = groups.firstIndex(where: { $0.model == model }) {
        groups[place].files.append(file)
      } else {
        groups.append((model, [file]))
      }
    }
    return try groups.map { try source(of: $0.files, model: $0.model) }
  }

  /// `name=a,b` as its parts; a path that is there is a path whatever it looks like.
  private static func split(_ argument: String) -> [(name: String?, path: String)] {
    guard !FileManager.default.fileExists(atPath: argument), let sign = argument.firstIndex(of: "=")
    else { return [(nil, argument)] }
    let name = String(argument[..<sign])
    return argument[argument.index(after: sign)...].split(separator: ",").map {
      (name.isEmpty ? nil : name, String($0))
    }
  }

  private static func source(of files: [FeatureFile], model: String) throws -> FeatureSource {
    let first = files[0]
    for file in files.dropFirst() {
      guard file.features.width == first.features.width else {
        throw FeatureInputError.widths(
          model: model, path: file.file.relativePath, width: file.features.width,
          expected: first.features.width)
      }
      guard file.labels.isNamed == first.labels.isNamed else {
        throw FeatureInputError.names(model: model, path: file.file.relativePath)
      }
      guard file.sourceProbabilities?.width == first.sourceProbabilities?.width else {
        throw FeatureInputError.probabilities(model: model, path: file.file.relativePath)
      }
    }
    let names = Set(files.flatMap(\.labels.names)).sorted()
    let place = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
    let labels = files.flatMap { file -> [Int] in
      let own = file.labels.names.map { place[$0] ?? 0 }
      return file.labels.indices.map { own[$0] }
    }
    let probabilities = files.compactMap(\.sourceProbabilities)
    return try FeatureSource(
      model: model, features: FeatureRows(joining: files.map { rows($0.features) }),
      labels: labels,
      sourceProbabilities: probabilities.isEmpty
        ? nil : FeatureRows(joining: probabilities.map(rows)))
  }

  private static func rows(_ stored: StoredRows) -> FeatureRows {
    if let tensor = stored.tensor { return FeatureRows(tensor) }
    return FeatureRows(count: stored.count, width: stored.width) { stored.read($0, into: $1) }
  }
}

/// Why files of features are no candidates.
public enum FeatureInputError: Error, Sendable, Equatable, CustomStringConvertible {
  /// A file is named twice.
  case twice(path: String)
  /// Neither one file of labels nor one for each file of features.
  case labelFiles(count: Int, features: Int)
  /// A shard has another number of features.
  case widths(model: String, path: String, width: Int, expected: Int)
  /// One shard has names of classes and another has numbers.
  case names(model: String, path: String)
  /// A shard has no source probabilities, or of other classes.
  case probabilities(model: String, path: String)

  /// One sentence for the person.
  public var description: String {
    switch self {
    case .twice(let path):
      "\(path) is named twice; each row may count only once."
    case .labelFiles(let count, let features):
      "There are \(count) files of labels for \(features) file\(features == 1 ? "" : "s") of "
        + "features; give one for all, or one for each."
    case .widths(let model, let path, let width, let expected):
      "\(path) holds \(width) features, but the files before it of the model \(model) hold "
        + "\(expected); shards of one model have the same features (NAME=FILE names them apart)."
    case .names(let model, let path):
      "\(path) and the files before it of the model \(model) don't say classes alike: one has names "
        + "and the other numbers; write 'class_names' into all of them or none."
    case .probabilities(let model, let path):
      "\(path) and the files before it of the model \(model) don't have the same source classes; "
        + "write 'source_probabilities' of one classifier into all of them or none."
    }
  }
}
