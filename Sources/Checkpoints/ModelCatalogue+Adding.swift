internal import Files
internal import Foundation
internal import Hub
internal import Networks

/// What `graft models add` has written.
public struct ModelAddition: Codable, Sendable {
  /// The version of this value's written form.
  public var schema = "graft.addition/1"
  /// The card as written.
  public var card: ModelCard
  /// The card's file.
  public var cardPath: String
  /// The weights that it is about.
  public var weightsPath: String
  /// Whether the weights were copied into the catalogue.
  public var isCopy: Bool
}

extension ModelCatalogue {
  /// Writes what is known and said of a model into a card in the first of ``folders``, so that from
  /// then on its id is enough.
  ///
  /// The weights are opened first, so that the card is true. They are copied beside the card, except
  /// where the card can only tell their path: where that is asked for, where they lie in the
  /// catalogue or in the Hub's cache already, and where they are several files.
  ///
  /// - Parameters:
  ///   - spec: The model, as ``resolve(_:details:)`` takes it.
  ///   - details: What is said of it.
  ///   - id: Its name from now on; nil for the one that it has.
  ///   - links: Whether the weights stay where they are.
  ///   - replaces: Whether a model of this id in the catalogue gives way.
  /// - Throws: ``CheckpointError``.
  public func add(
    _ spec: String, details: CardDetails = CardDetails(), id: String? = nil, links: Bool = false,
    replaces: Bool = false
  ) throws(CheckpointError) -> ModelAddition {
    let location = try locate(spec, details: details)
    let model = try ModelCatalogue.open(location, details: details)
    let folder = folders.first ?? ModelCatalogue.cacheFolder
    let name = id ?? ModelCatalogue.proposedID(location)
    var card = model.card
    card.id = name
    card.sha256 = model.sha256
    card.origin = card.origin ?? location.weights.path
    let file = folder.appendingPathComponent("\(name).card.yaml")
    guard ModelCatalogue.isID(name) else {
      throw CheckpointError(
        file: file,
        .unrecognised(
          "'\(name)' is no id for a model; use letters, digits, '.', '-' and '_', with --id"))
    }
    if !replaces, let other = list().first(where: { $0.card.id == name && $0.path != nil }) {
      let isItself =
        other.path.map { URL(fileURLWithPath: $0).resolvingSymlinksInPath() }
        == location.weights.resolvingSymlinksInPath()
      guard isItself, location.cardFile == nil else {
        throw CheckpointError(
          file: file,
          .unrecognised(
            "there is a model of this id (\(other.path ?? "")); choose another with --id, or "
              + "replace it with --replace"))
      }
    }
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw CheckpointError(file: folder, .unwritable(systemReason(error, makingBelow: folder)))
    }
    let isInside = contains(location.weights)
    let mustStay =
      isInside || WeightDigest.isIndex(location.weights)
      || location.reference != nil
    var weights = location.weights
    if !links && !mustStay {
      weights = folder.appendingPathComponent("\(name).\(location.weights.pathExtension)")
      try ModelCatalogue.copy(location.weights, to: weights)
      // Of the copy, which is what the card is about; it is remembered for the first opening.
      card.sha256 = try WeightDigest.sha256(of: weights)
    }
    let isBeside =
      weights.deletingLastPathComponent().standardizedFileURL.path
      == folder.standardizedFileURL.path
    card.weights = isBeside ? weights.lastPathComponent : weights.standardizedFileURL.path
    try card.write(to: file)
    return ModelAddition(
      card: card, cardPath: file.path, weightsPath: weights.path, isCopy: !links && !mustStay)
  }

  /// Whether a file lies in one of the folders, or in a folder of one.
  func contains(_ url: URL) -> Bool {
    let path = url.standardizedFileURL.path
    return folders.contains { path.hasPrefix($0.standardizedFileURL.path + "/") }
  }

  /// The name of a folder or file for weights without a card, the last part of a Hub's name.
  private static func proposedID(_ location: WeightLocation) -> String {
    let isStandard = WeightLocation.standardNames.contains(location.weights.lastPathComponent)
    let folder = location.weights.deletingLastPathComponent().lastPathComponent
    var name = location.card == nil && isStandard ? folder : location.id
    if HubReference.matches(name), let reference = try? HubReference(name) {
      name = reference.repository.split(separator: "/").last.map(String.init) ?? name
    }
    return name
  }

  private static func isID(_ name: String) -> Bool {
    !name.hasPrefix(".") && !name.isEmpty && name.utf8.count <= 128
      && name.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
          UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "."), UInt8(ascii: "-"),
          UInt8(ascii: "_"), UInt8(ascii: "+"):
          true
        default: false
        }
      }
  }

  /// Copies a file; the copy appears only once it is whole.
  private static func copy(_ source: URL, to target: URL) throws(CheckpointError) {
    let mapping = try naming(source) { () throws(CheckpointError.Problem) in
      try FileMapping(source)
    }
    try AtomicFile.write(to: target) { (output) throws(CheckpointError.Problem) in
      try output.append(mapping.bytes)
    }
    withExtendedLifetime(mapping) {}
  }
}
