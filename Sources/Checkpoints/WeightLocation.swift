package import Foundation
package import Hub

/// A weight file and the card that belongs to it, found from a path.
package struct WeightLocation {
  /// The weight file.
  package var weights: URL
  /// Its card; nil where there is none and the digest is not known.
  package var card: ModelCard?
  /// The file that the card was read from; nil where the digest told it.
  package var cardFile: URL?
  /// What was pulled from a Hub to bring the weights, with their file; nil for others.
  package var reference: HubReference?

  /// The model's name: the card's, or what the path tells.
  package var id: String {
    if let card { return card.id }
    return reference.map(WeightLocation.id) ?? weights.deletingPathExtension().lastPathComponent
  }

  /// Whether the card lies in another folder than the weights that it is about.
  package var isCardElsewhere: Bool {
    guard let cardFile, reference == nil || cardFile.lastPathComponent != "config.json" else {
      return false
    }
    return cardFile.deletingLastPathComponent().standardizedFileURL.path
      != weights.deletingLastPathComponent().standardizedFileURL.path
  }

  /// File name endings of the weight formats.
  static let extensions = ["safetensors", "pth", "pt", "th", "bin", "pkl", "npz", "onnx"]

  /// What weights are called in a Hub's repositories and in timm's folders, the best first.
  static let standardNames = [
    "model.safetensors", "model.safetensors.index.json", "pytorch_model.bin",
    "pytorch_model.bin.index.json",
  ]

  /// The card of a weight file: `resnet50.card.yaml` for `resnet50.pth`.
  static func cardName(of weights: URL) -> String {
    weights.deletingPathExtension().lastPathComponent + ".card.yaml"
  }

  /// Finds weights and card from the path of a folder, a card or a weight file.
  ///
  /// - Parameters:
  ///   - url: The path.
  ///   - details: What is said of the model; an architecture said here stands in for one in timm's
  ///     configuration that Graft does not have.
  ///   - hub: The cache of what was pulled; weights in it are called by the Hub's name.
  package init(
    _ url: URL, details: CardDetails = CardDetails(), hub: HubCache = HubCache()
  ) throws(CheckpointError) {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else {
      throw CheckpointError(file: url, .unreadable("no such file or folder"))
    }
    if isFolder.boolValue {
      try self.init(folder: url, details, hub)
    } else if ["yaml", "yml"].contains(url.pathExtension) {
      try self.init(card: url, hub)
    } else if url.lastPathComponent == "config.json" {
      try self.init(folder: url.deletingLastPathComponent(), details, hub)
    } else {
      try self.init(weights: url, details, hub)
    }
  }

  private init(folder: URL, _ details: CardDetails, _ hub: HubCache) throws(CheckpointError) {
    let files = FileManager.default
    let names = ((try? files.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()
    let candidates = names.filter { name in
      WeightLocation.extensions.contains((name as NSString).pathExtension)
    }
    // What timm's hub layout calls them, before anything else.
    let standard = WeightLocation.standardNames.first(where: names.contains)
    if standard == nil, names.contains("saved_model.pb") {
      throw CheckpointError(file: folder, .unsupported(ForeignFormat.tensorFlow))
    }
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
    try self.init(weights: folder.appendingPathComponent(name), details, hub)
  }

  private init(card url: URL, _ hub: HubCache) throws(CheckpointError) {
    let card = try ModelCard.read(url)
    let folder = url.deletingLastPathComponent()
    var stem = url.deletingPathExtension().lastPathComponent
    if stem.hasSuffix(".card") { stem.removeLast(5) }
    let names = [card.weights].compactMap { $0 } + WeightLocation.extensions.map { "\(stem).\($0)" }
    let found =
      names
      .map { $0.hasPrefix("/") ? URL(fileURLWithPath: $0) : folder.appendingPathComponent($0) }
      .first { FileManager.default.fileExists(atPath: $0.path) }
    guard let found else {
      throw CheckpointError(
        file: url,
        .unrecognised(
          (card.weights?.hasPrefix("/") == true
            ? "the weights of this card are not where they were: "
            : "the weights of this card are not beside it; put them there as ")
            + (card.weights ?? "\(stem).safetensors")))
    }
    weights = found
    reference = hub.reference(containing: found)
    self.card = card
    cardFile = url
  }

  private init(
    weights: URL, _ details: CardDetails, _ hub: HubCache
  ) throws(CheckpointError) {
    self.weights = weights
    reference = hub.reference(containing: weights)
    let folder = weights.deletingLastPathComponent()
    let files = FileManager.default
    for name in [
      WeightLocation.cardName(of: weights), weights.lastPathComponent + ".card.yaml",
    ] {
      let url = folder.appendingPathComponent(name)
      if files.fileExists(atPath: url.path) {
        card = try ModelCard.read(url)
        cardFile = url
        return
      }
    }
    let configuration = (reference.flatMap { hub.snapshot(of: $0.whole) } ?? folder)
      .appendingPathComponent("config.json")
    if reference != nil || WeightLocation.standardNames.contains(weights.lastPathComponent),
      files.fileExists(atPath: configuration.path)
    {
      card = try ModelCard.read(
        timmConfiguration: configuration, insteadOfUnknown: details.architecture)
      cardFile = card == nil ? nil : configuration
      if let reference {
        card?.id = WeightLocation.id(reference)
        card?.origin = "hf:\(reference.repository)"
      }
      if card != nil { return }
    }
    card = try KnownModel.of(weights)?.card
  }

  /// The model's name in tables: the file is part of it only where it is not the usual one.
  private static func id(_ reference: HubReference) -> String {
    standardNames.contains(reference.file ?? "") ? reference.whole.description : "\(reference)"
  }
}
