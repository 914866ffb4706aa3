package import Foundation

/// A weight file and the card that belongs to it, found from a path.
package struct WeightLocation {
  /// The weight file.
  package var weights: URL
  /// Its card; nil where there is none and the digest is not known.
  package var card: ModelCard?
  /// The digest, where finding the card needed it.
  package var sha256: String?

  /// File name endings of the weight formats.
  static let extensions = ["safetensors", "pth", "pt", "th", "bin", "pkl", "npz", "onnx"]

  /// The card of a weight file: `resnet50.card.yaml` for `resnet50.pth`.
  static func cardName(of weights: URL) -> String {
    weights.deletingPathExtension().lastPathComponent + ".card.yaml"
  }

  /// The digest of the weight file, which is computed if need be.
  package func digest() throws(CheckpointError) -> String {
    if let sha256 { return sha256 }
    return try SHA256.hexadecimal(of: weights)
  }

  /// Finds weights and card from the path of a folder, a card or a weight file.
  package init(_ url: URL) throws(CheckpointError) {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else {
      throw CheckpointError(file: url, .unreadable("no such file or folder"))
    }
    if isFolder.boolValue {
      try self.init(folder: url)
    } else if ["yaml", "yml"].contains(url.pathExtension) {
      try self.init(card: url)
    } else if url.lastPathComponent == "config.json" {
      try self.init(folder: url.deletingLastPathComponent())
    } else {
      try self.init(weights: url)
    }
  }

  private init(folder: URL) throws(CheckpointError) {
    let files = FileManager.default
    let names = ((try? files.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()
    let candidates = names.filter { name in
      WeightLocation.extensions.contains((name as NSString).pathExtension)
    }
    // What timm's hub layout calls them, before anything else.
    let standard = ["model.safetensors", "pytorch_model.bin"].first(where: candidates.contains)
    guard let name = standard ?? (candidates.count == 1 ? candidates[0] : nil) else {
      throw CheckpointError(
        file: folder,
        candidates.isEmpty
          ? .unrecognised(
            "the folder holds no weights; give a folder with model.safetensors and config.json, or "
              + "a weight file")
          : .unrecognised(
            "the folder holds several weight files (\(candidates.joined(separator: ", "))); name "
              + "one of them"))
    }
    try self.init(weights: folder.appendingPathComponent(name))
  }

  private init(card url: URL) throws(CheckpointError) {
    let card = try ModelCard.read(url)
    let folder = url.deletingLastPathComponent()
    var stem = url.deletingPathExtension().lastPathComponent
    if stem.hasSuffix(".card") { stem.removeLast(5) }
    let names = [card.weights].compactMap { $0 } + WeightLocation.extensions.map { "\(stem).\($0)" }
    let found = names.map { folder.appendingPathComponent($0) }
      .first { FileManager.default.fileExists(atPath: $0.path) }
    guard let found else {
      throw CheckpointError(
        file: url,
        .unrecognised(
          "the weights of this card are not beside it; put them there as "
            + (card.weights ?? "\(stem).safetensors")))
    }
    weights = found
    self.card = card
  }

  private init(weights: URL) throws(CheckpointError) {
    self.weights = weights
    let folder = weights.deletingLastPathComponent()
    let files = FileManager.default
    for name in [
      WeightLocation.cardName(of: weights), weights.lastPathComponent + ".card.yaml",
    ] {
      let url = folder.appendingPathComponent(name)
      if files.fileExists(atPath: url.path) {
        card = try ModelCard.read(url)
        return
      }
    }
    let configuration = folder.appendingPathComponent("config.json")
    if ["model.safetensors", "pytorch_model.bin"].contains(weights.lastPathComponent),
      files.fileExists(atPath: configuration.path)
    {
      card = try ModelCard.read(timmConfiguration: configuration)
      return
    }
    guard WeightLocation.extensions.contains(weights.pathExtension) else { return }
    let digest = try SHA256.hexadecimal(of: weights)
    sha256 = digest
    card = KnownModel.all.first { $0.card.sha256 == digest }?.card
  }
}
