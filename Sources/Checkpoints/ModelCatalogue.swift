internal import Files
public import Foundation
public import Hub
internal import Networks

/// Finds models: by the path of a weight file, card or folder, by the id of one in the catalogue, or as
/// `hf:OWNER/NAME` in the cache of what was pulled from a Hub.
///
/// Models are looked for in ``folders`` and ``hub``; nothing is ever fetched from a network.
public struct ModelCatalogue: Sendable {
  /// Where models are looked for by id, the first folder first.
  public var folders: [URL]
  /// Where models pulled from a Hub lie; nil to look for none.
  public var hub: HubCache?

  /// A catalogue over these folders.
  ///
  /// - Parameters:
  ///   - folders: By default the folder that `GRAFT_MODELS` names, if any, and ``cacheFolder``.
  ///   - hub: The cache of Hugging Face's tools, by default where no folders are named.
  public init(folders: [URL]? = nil, hub: HubCache? = nil) {
    self.hub = hub ?? (folders == nil ? HubCache() : nil)
    let named = ProcessInfo.processInfo.environment["GRAFT_MODELS"].map {
      URL(fileURLWithPath: $0, isDirectory: true)
    }
    self.folders = folders ?? [named, ModelCatalogue.cacheFolder].compactMap { $0 }
  }

  /// Where models given as `hf:OWNER/NAME` lie, listed or not.
  var cache: HubCache { hub ?? HubCache() }

  /// Where `scripts/fetch-models` puts models: `graft/models` in `XDG_CACHE_HOME` or `~/.cache`.
  public static var cacheFolder: URL {
    CacheHome.graft().appendingPathComponent("models", isDirectory: true)
  }

  /// A model that lies in one of the folders.
  public struct Listing: Sendable, Codable, Hashable {
    /// What its card says.
    public var card: ModelCard
    /// Where its weights lie; nil for a known model that has not been obtained.
    public var path: String?
    /// The length of its weights.
    public var byteCount: Int?

    /// A card and where its weights lie.
    public init(card: ModelCard, path: String?, byteCount: Int? = nil) {
      self.card = card
      self.path = path
      self.byteCount = byteCount
    }
  }

  /// Every model that lies in the folders and in the Hub's cache, then the known ones that do not, each
  /// once.
  ///
  /// Weight files that are neither known nor have a card are left out, as are damaged cards; resolve
  /// a path to hear what is wrong with it. Cost: files of a known length are hashed, once.
  public func list() -> [Listing] {
    var listings = locations().compactMap { Listing($0) }
    let seen = Set(listings.map(\.card.id))
    for known in KnownModel.all where !seen.contains(known.card.id) {
      listings.append(Listing(card: known.card, path: nil))
    }
    return listings
  }

  /// Where every model with a card lies, the first of each id.
  private func locations() -> [WeightLocation] {
    var seen = Set<String>()
    return (folders.flatMap(members) + pulled()).filter { location in
      location.card.map { seen.insert($0.id).inserted } ?? false
    }
  }

  /// The models that lie in a folder: weight files with a card or of known digest, and folders in
  /// timm's layout.
  private func members(of folder: URL) -> [WeightLocation] {
    let names = ModelCatalogue.names(in: folder)
    // A card before the weights beside it: it may be about weights elsewhere.
    let cards = names.filter { $0.hasSuffix(".card.yaml") }.sorted()
    return (cards + Set(names).subtracting(cards).sorted()).compactMap { name in
      try? WeightLocation(folder.appendingPathComponent(name), hub: cache)
    }
  }

  /// Everything that ``verify(_:progress:)`` can say something of: the id of each model at hand, and the
  /// path of each card that leads to no weights.
  public func verifiable() -> [String] {
    let lost = folders.flatMap { folder in
      ModelCatalogue.names(in: folder).filter { $0.hasSuffix(".card.yaml") }.sorted()
        .map { folder.appendingPathComponent($0) }
        .filter { (try? WeightLocation($0, hub: cache)) == nil }
    }
    return locations().map(\.id) + lost.map(\.path)
  }

  private static func names(in folder: URL) -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
  }

  /// The models in the Hub's cache, each revision by itself; repositories of other kinds of model are
  /// left out.
  private func pulled() -> [WeightLocation] {
    guard let hub else { return [] }
    return hub.references().compactMap { reference in
      hub.snapshot(of: reference).flatMap { try? WeightLocation($0, hub: hub) }
    }
  }

  /// Opens a model.
  ///
  /// - Parameter spec: The path of a weight file (safetensors, PyTorch, NumPy), of a card, of a
  ///   folder in timm's layout or of a run; the id of a model in ``folders``; or `hf:OWNER/NAME`.
  /// - Parameter details: What is said of the model in place of a card, or of what its card says.
  /// - Throws: ``CheckpointError`` in one sentence: what is missing or wrong, and what to do.
  public func resolve(
    _ spec: String, details: CardDetails = CardDetails()
  ) throws(CheckpointError) -> Model {
    try ModelCatalogue.open(try locate(spec, details: details), details: details)
  }

  /// Finds the weights and the card of a model, as ``resolve(_:details:)`` would open it.
  package func locate(
    _ spec: String, details: CardDetails = CardDetails()
  ) throws(CheckpointError) -> WeightLocation {
    if HubReference.matches(spec) { return try locate(pulled: spec, details) }
    let url = URL(fileURLWithPath: (spec as NSString).expandingTildeInPath)
    if FileManager.default.fileExists(atPath: url.path) {
      return try WeightLocation(url, details: details, hub: cache)
    }
    let here = locations()
    if let location = here.first(where: { $0.card?.id == spec }) { return location }
    if let known = KnownModel.all.first(where: { $0.card.id == spec }) {
      throw CheckpointError(
        file: url,
        .unrecognised(
          "the model '\(spec)' is known but its weights are not here; run scripts/fetch-models, "
            + "or put its file (\(known.card.origin ?? "see its card")) into "
            + "\(ModelCatalogue.cacheFolder.path)"))
    }
    let ids = here.map(\.id) + KnownModel.all.map(\.card.id)
    let near = nearestNames(to: spec, among: ids)
    let hint = near.isEmpty ? "" : "; did you mean \(near.joined(separator: ", "))?"
    throw CheckpointError(
      file: url,
      .unrecognised("there is no such file or folder, and no model has this id\(hint)"))
  }

  /// Finds a model in the Hub's cache.
  private func locate(
    pulled spec: String, _ details: CardDetails
  ) throws(CheckpointError) -> WeightLocation {
    let place = URL(string: spec) ?? URL(fileURLWithPath: spec)
    let reference: HubReference
    do { reference = try HubReference(spec) } catch {
      throw CheckpointError(file: place, .unrecognised(oneLine(error.description)))
    }
    let hub = cache
    let found =
      reference.file.map { hub.file($0, of: reference) } ?? hub.snapshot(of: reference)
    guard let found else {
      throw CheckpointError(
        file: place,
        .unrecognised(
          "the model is not in \(hub.folder.path); fetch it with 'graft models pull \(spec)'"))
    }
    do { return try WeightLocation(found, details: details, hub: hub) } catch {
      // A configuration alone is no model yet.
      guard case .unrecognised = error.problem, reference.file == nil else { throw error }
      throw CheckpointError(
        file: place,
        .unrecognised(
          "no weights of it are in \(found.path); fetch them with 'graft models pull \(spec)', and "
            + "if they have an uncommon name give that too: '\(spec)/FILE'"))
    }
  }

  /// Opens the model at a place.
  static func open(
    _ location: WeightLocation, details: CardDetails
  ) throws(CheckpointError) -> Model {
    var model: Model
    if let card = location.card {
      let card = try checked(details.applied(to: card), location)
      model = try Model(weights: location.weights, card: card)
    } else if ONNXModel.matches(location.weights) {
      let graph = try ONNXModel.read(
        location.weights, featureNode: details.featureNode, imageSize: details.imageSize)
      try graph.checkImages(location.weights)
      let card = try checked(details.applied(to: graph.card(id: location.id)), location)
      model = try Model(graph.network, card: card, file: location.weights)
    } else {
      let mapping = NameMapping(try WeightFile.read(location.weights))
      let plain = try card(stating: details.architecture, mapping, location)
      let card = try checked(details.applied(to: plain), location)
      model = try Model(mapping, card: card, file: location.weights)
    }
    if location.isCardElsewhere {
      // The path of the weights alone would not lead to the card again.
      model.details = CardDetails(model.card)
    } else if !details.isEmpty {
      model.details = details
    }
    return model
  }

  private static func checked(
    _ card: ModelCard, _ location: WeightLocation
  ) throws(CheckpointError) -> ModelCard {
    try naming(location.weights) { () throws(CheckpointError.Problem) in try card.validate() }
    return card
  }

  /// The card of an architecture that is said, or else of the one that the tensors suggest.
  private static func card(
    stating id: String?, _ mapping: NameMapping, _ location: WeightLocation
  ) throws(CheckpointError) -> ModelCard {
    guard let id else { return try guessedCard(mapping, location) }
    // An unknown one is told by the card's own check.
    let known = Architecture.all.first { $0.id == id }
    return ModelCard(
      id: location.id, architecture: id, input: known?.input ?? InputSpecification(imageSize: 224),
      classCount: known.flatMap { ArchitectureGuess.classCount(mapping, $0) } ?? 0)
  }

  /// The card that the tensors alone suggest: only where exactly one architecture fits.
  private static func guessedCard(
    _ mapping: NameMapping, _ location: WeightLocation
  ) throws(CheckpointError) -> ModelCard {
    let file = location.weights
    let guess = ArchitectureGuess(mapping)
    if guess.exact.count == 1,
      let architecture = Architecture.all.first(where: {
        $0.id == guess.exact[0]
      })
    {
      return ModelCard(
        id: location.id, architecture: architecture.id, input: architecture.input,
        classCount: guess.classCount)
    }
    let candidates = guess.exact.isEmpty ? [guess.closest].compactMap { $0 } : guess.exact
    let architecture = Architecture.all.first { $0.id == candidates.first }
    let template = ModelCard(
      id: location.id, architecture: architecture?.id ?? "resnet50",
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
        "\(why); say what it is with --arch, or once and for all with 'graft models add' or in the "
          + "card \(WeightLocation.cardName(of: file)) beside it, such as {\(flow(template))}"))
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

extension ModelCatalogue.Listing {
  /// What lies at a place; nil without a card.
  init?(_ location: WeightLocation) {
    guard let card = location.card else { return nil }
    self.init(
      card: card, path: location.weights.path,
      byteCount: WeightDigest.byteCount(of: location.weights))
  }
}
