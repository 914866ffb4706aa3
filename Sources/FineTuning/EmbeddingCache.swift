import Checkpoints
import Datasets
import Files
import Foundation
import Images
import Networks
import Tensors

/// Embeddings kept between commands: `score`, `advise` and `run` on the same data compute them once.
///
/// A file's name is a digest of everything that the embeddings depend on: the weights, what the
/// network expects of a picture, the precision of its products, how pictures are decoded, and each
/// picture's name, label, size and time of change. A cache that can't be read or written only costs time, so its failures are
/// silent.
struct EmbeddingCache {
  private let file: URL
  private let dataset: Dataset
  private let model: Model

  init(folder: URL, dataset: Dataset, model: Model, precision: Precision) {
    // Weights that can no longer be read are like no others.
    let weights = model.sha256 ?? UUID().uuidString
    var text = "graft.embeddings/1\n\(model.card.id)\n\(weights)\n"
    text += "\(model.network.architecture)\n\(model.card.input)\n\(dataset.root.path)\n"
    if precision != .float32 { text += "\(precision.rawValue)\n" }
    // Other limits leave other pictures out.
    if dataset.decoding != DecodingOptions() { text += "\(dataset.decoding)\n" }
    for sample in dataset.samples {
      text += "\(sample.id)\t\(sample.label)\t\(sample.split.rawValue)"
      if let path = dataset.url(of: sample)?.path { text += Self.stamp(path) }
      text += "\n"
    }
    // Packed pictures change with the files that hold them.
    for file in dataset.packedFiles { text += file.path + Self.stamp(file.path) + "\n" }
    file = folder.appendingPathComponent(Digest.sha256(of: text) + ".npz")
    self.dataset = dataset
    self.model = model
  }

  /// A file's size and time of change.
  private static func stamp(_ path: String) -> String {
    guard let attributes = try? FileManager.default.attributesOfItem(atPath: path) else {
      return ""
    }
    let changed = (attributes[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
    return "\t\(attributes[.size] ?? 0)\t\(changed)"
  }

  func read() -> (embeddings: Embeddings, unreadable: [String])? {
    guard FileManager.default.fileExists(atPath: file.path),
      let table = try? FeatureArchive.read(file)
    else { return nil }
    let byID = Dictionary(
      dataset.samples.map { ($0.id, $0.label) }, uniquingKeysWith: { first, _ in first })
    let labels = table.paths.compactMap { byID[$0] }
    guard labels.count == table.features.shape[0],
      table.features.shape[1] == model.network.featureCount
    else { return nil }
    let embeddings = Embeddings(
      features: table.features, labels: labels, classNames: dataset.classNames,
      sourceProbabilities: table.sourceProbabilities, paths: table.paths, model: model.card.id)
    return (embeddings, table.remarks)
  }

  func write(_ result: EmbeddedDataset) {
    try? FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try? FeatureArchive(result.embeddings, remarks: result.unreadable).write(to: file)
  }
}
