public import Foundation
public import Networks
public import Tensors

/// Embeddings as a file: what `graft embed` writes and `graft score --features` reads.
///
/// An `.npz` archive with `features` `[N, D]`, `labels` `[N]` (integers or text), and optionally
/// `source_probabilities` `[N, S]`, `paths` `[N]`, `class_names` `[C]`, `model` (one text) and
/// `remarks` (sentences about pictures that are missing). Other tools may write the first two.
public struct FeatureArchive: Sendable {
  /// The features, `[N, D]`.
  public var features: Tensor
  /// The label of each row, `0..<C`, an index in ``classNames``.
  public var labels: [Int]
  /// The classes: names where the file has them, else the labels as text.
  public var classNames: [String]
  /// The source classifier's probabilities, `[N, S]`, where there are any.
  public var sourceProbabilities: Tensor?
  /// Where each row comes from; row numbers where the file doesn't say.
  public var paths: [String]
  /// The model's id; the file's name where the file doesn't say.
  public var model: String
  /// Sentences about pictures that are missing.
  public var remarks: [String]

  /// The table of embeddings.
  public init(_ embeddings: Embeddings, remarks: [String] = []) {
    features = embeddings.features
    labels = embeddings.labels
    classNames = embeddings.classNames
    sourceProbabilities = embeddings.sourceProbabilities
    paths = embeddings.paths
    model = embeddings.model
    self.remarks = remarks
  }

  /// The embeddings of the table.
  public var embeddings: Embeddings {
    Embeddings(
      features: features, labels: labels, classNames: classNames,
      sourceProbabilities: sourceProbabilities, paths: paths, model: model)
  }

  /// Reads a table.
  ///
  /// Labels need not be contiguous: they are numbered anew in their order, and named by
  /// `class_names` or by themselves.
  ///
  /// - Throws: `CheckpointError` naming the file and the array that is missing or doesn't fit.
  public static func read(_ file: URL) throws(CheckpointError) -> FeatureArchive {
    let arrays = try NumPyFile.readArchive(file)
    return try naming(file) { () throws(CheckpointError.Problem) in
      func table(_ name: String, rows: Int?) throws(CheckpointError.Problem) -> Tensor? {
        guard let array = arrays[name] else { return nil }
        guard let tensor = array.tensor, tensor.shape.count == 2 else {
          throw .unsupported(
            "'\(name)' must be a table of numbers, but has the shape \(array.shape)")
        }
        guard rows == nil || tensor.shape[0] == rows else {
          throw .unsupported(
            "'\(name)' has \(tensor.shape[0]) rows, but 'features' has \(rows ?? 0)")
        }
        return tensor
      }
      guard let features = try table("features", rows: nil) else {
        throw .unsupported(
          "it holds no 'features' [N, D]; it holds \(arrays.keys.sorted().joined(separator: ", "))")
      }
      let count = features.shape[0]
      guard count > 0, features.shape[1] > 0 else {
        throw .unsupported("'features' has the shape \(features.shape); it must not be empty")
      }
      guard let labelArray = arrays["labels"] else {
        throw .unsupported("it holds no 'labels' [N], the class of each row of 'features'")
      }
      guard labelArray.shape == [count] else {
        throw .unsupported(
          "'labels' has the shape \(labelArray.shape), but 'features' has \(count) rows")
      }
      let column = try LabelColumn(labelArray, names: arrays["class_names"]?.strings)
      let paths = arrays["paths"]?.strings
      guard paths == nil || paths?.count == count else {
        throw .unsupported("'paths' has \(paths?.count ?? 0) entries for \(count) rows")
      }
      var result = FeatureArchive(
        Embeddings(
          features: features, labels: column.indices, classNames: column.names,
          sourceProbabilities: try table("source_probabilities", rows: count),
          paths: paths ?? (0..<count).map(String.init),
          model: arrays["model"]?.strings?.first
            ?? file.deletingPathExtension().lastPathComponent))
      result.remarks = arrays["remarks"]?.strings ?? []
      return result
    }
  }

  /// Writes the table as an `.npz` archive; the file appears only once it is complete.
  ///
  /// - Throws: `CheckpointError` with `.unwritable`.
  public func write(to file: URL) throws(CheckpointError) {
    var arrays: [(name: String, array: NumPyArray)] = [
      ("features", NumPyArray(features)), ("labels", NumPyArray(labels)),
      ("paths", NumPyArray(paths)), ("class_names", NumPyArray(classNames)),
      ("model", NumPyArray([model])), ("remarks", NumPyArray(remarks)),
    ]
    if let sourceProbabilities {
      arrays.append(("source_probabilities", NumPyArray(sourceProbabilities)))
    }
    try NumPyFile.write(arrays, to: file)
  }
}
