public import Foundation
internal import Networks

/// Finds models: by the path of a weight file, card or folder, or by the id of a known model.
///
/// Known models are looked for in ``folders``; nothing is ever fetched from a network.
public struct ModelCatalogue: Sendable {
  /// Where models are looked for by id, the first folder first.
  public var folders: [URL]

  /// A catalogue over these folders.
  ///
  /// - Parameter folders: By default the folder that `GRAFT_MODELS` names, if any, and
  ///   ``cacheFolder``.
  public init(folders: [URL]? = nil) {
    let named = ProcessInfo.processInfo.environment["GRAFT_MODELS"].map {
      URL(fileURLWithPath: $0, isDirectory: true)
    }
    self.folders = folders ?? [named, ModelCatalogue.cacheFolder].compactMap { $0 }
  }

  /// Where `scripts/fetch-models` puts models: `graft/models` in `XDG_CACHE_HOME` or `~/.cache`.
  public static var cacheFolder: URL {
    let environment = ProcessInfo.processInfo.environment
    let cache =
      environment["XDG_CACHE_HOME"].flatMap { $0.hasPrefix("/") ? URL(fileURLWithPath: $0) : nil }
      ?? FileManager.default.homeDirectoryForCurrentUser.appendingPathComponent(".cache")
    return cache.appendingPathComponent("graft/models", isDirectory: true)
  }

  /// A model that lies in one of the folders.
  public struct Listing: Sendable, Codable, Hashable {
    /// What its card says.
    public var card: ModelCard
    /// Where its weights lie; nil for a known model that has not been obtained.
    public var path: String?

    /// A card and where its weights lie.
    public init(card: ModelCard, path: String?) {
      self.card = card
      self.path = path
    }
  }

  /// Every model that lies in the folders, then the known ones that do not, each once.
  ///
  /// Weight files that are neither known nor have a card are left out, as are damaged cards; resolve
  /// a path to hear what is wrong with it. Cost: each known file is hashed.
  public func list() -> [Listing] {
    var listings: [Listing] = []
    var seen = Set<String>()
    for folder in folders {
      for listing in ModelCatalogue.list(folder) where seen.insert(listing.card.id).inserted {
        listings.append(listing)
      }
    }
    for known in KnownModel.all where seen.insert(known.card.id).inserted {
      listings.append(Listing(card: known.card, path: nil))
    }
    return listings
  }

  /// The models that lie in a folder: weight files with a card or of known digest, and folders in
  /// timm's layout.
  public static func list(_ folder: URL) -> [Listing] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    var listings: [Listing] = []
    for name in names.sorted() {
      let url = folder.appendingPathComponent(name)
      let location: WeightLocation?
      do { location = try WeightLocation(url) } catch { location = nil }
      guard let location, let card = location.card else { continue }
      listings.append(Listing(card: card, path: location.weights.path))
    }
    return listings
  }

  /// Opens a model.
  ///
  /// - Parameter spec: The path of a weight file (safetensors, PyTorch, NumPy), of a card, of a
  ///   folder in timm's layout or of a run; or the id of a model in ``folders``.
  /// - Throws: ``CheckpointError`` in one sentence: what is missing or wrong, and what to do.
  public func resolve(_ spec: String) throws(CheckpointError) -> Model {
    let url = URL(fileURLWithPath: (spec as NSString).expandingTildeInPath)
    if FileManager.default.fileExists(atPath: url.path) {
      return try ModelCatalogue.open(url)
    }
    let listings = list()
    if let listing = listings.first(where: { $0.card.id == spec }) {
      guard let path = listing.path else {
        throw CheckpointError(
          file: url,
          .unrecognised(
            "the model '\(spec)' is known but its weights are not here; run scripts/fetch-models, "
              + "or put its file (\(listing.card.origin ?? "see its card")) into "
              + "\(ModelCatalogue.cacheFolder.path)"))
      }
      return try ModelCatalogue.open(URL(fileURLWithPath: path))
    }
    let near = nearestNames(to: spec, among: listings.map(\.card.id))
    let hint = near.isEmpty ? "" : "; did you mean \(near.joined(separator: ", "))?"
    throw CheckpointError(
      file: url,
      .unrecognised("there is no such file or folder, and no model has this id\(hint)"))
  }

  /// Opens the model at a path.
  static func open(_ url: URL) throws(CheckpointError) -> Model {
    let location = try WeightLocation(url)
    let digest = try location.digest()
    if let card = location.card {
      return try Model(weights: location.weights, card: card, sha256: digest)
    }
    if ONNXModel.matches(location.weights) {
      let model = try ONNXModel.read(location.weights)
      try model.checkImages(location.weights)
      return try Model(
        model.network,
        card: model.card(id: location.weights.deletingPathExtension().lastPathComponent),
        file: location.weights, sha256: digest)
    }
    let mapping = NameMapping(try WeightFile.read(location.weights).tensors)
    let card = try guessedCard(mapping, of: location.weights)
    return try Model(mapping, card: card, file: location.weights, sha256: digest)
  }

  /// The card that the tensors alone suggest: only where exactly one architecture fits.
  private static func guessedCard(
    _ mapping: NameMapping, of file: URL
  ) throws(CheckpointError) -> ModelCard {
    let guess = ArchitectureGuess(mapping.state)
    if guess.exact.count == 1,
      let architecture = Architecture.all.first(where: {
        $0.id == guess.exact[0]
      })
    {
      return ModelCard(
        id: file.deletingPathExtension().lastPathComponent, architecture: architecture.id,
        input: architecture.input, classCount: guess.classCount)
    }
    let candidates = guess.exact.isEmpty ? [guess.closest].compactMap { $0 } : guess.exact
    let architecture = Architecture.all.first { $0.id == candidates.first }
    let template = ModelCard(
      id: file.deletingPathExtension().lastPathComponent,
      architecture: architecture?.id ?? "resnet50",
      input: architecture?.input ?? InputSpecification(imageSize: 224),
      classCount: guess.classCount)
    let why =
      guess.exact.count > 1
      ? "its tensors fit several architectures (\(guess.exact.joined(separator: ", ")))"
      : guess.closest.map { "its tensors fit no architecture exactly, \($0) most nearly" }
        ?? "its tensors fit no architecture"
    throw CheckpointError(
      file: file,
      .unrecognised(
        "\(why); write what it is into the card \(WeightLocation.cardName(of: file)) beside it, "
          + "such as {\(flow(template))}"))
  }

  /// A card on one line, for an error message.
  private static func flow(_ card: ModelCard) -> String {
    let input = card.input
    func list(_ values: [Double]) -> String {
      "[" + values.map { "\($0)" }.joined(separator: ", ") + "]"
    }
    return
      "schema: \(card.schema), id: \(card.id), architecture: \(card.architecture), "
      + "classCount: \(card.classCount), input: {imageSize: \(input.imageSize), "
      + "mean: \(list(input.mean)), standardDeviation: \(list(input.standardDeviation)), "
      + "cropPercent: \(input.cropPercent), resize: \(input.resize.rawValue), "
      + "interpolation: \(input.interpolation.rawValue), "
      + "channelOrder: \(input.channelOrder.rawValue)}"
  }
}
