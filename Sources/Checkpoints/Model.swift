public import Foundation
public import Networks
internal import Synchronization

/// A pre-trained network ready for use: its card, its weights, and where they came from.
public struct Model: Sendable {
  /// What is known of it.
  public let card: ModelCard
  /// The graph with its weights.
  public let network: Network
  /// The weight file.
  public let file: URL
  /// What a person said of it in place of its card; nil where nothing.
  public internal(set) var details: CardDetails?
  private let digest: LazyDigest

  /// The digest of the weight file in hexadecimal digits, computed when it is first asked for; nil
  /// where the file can no longer be read.
  public var sha256: String? { digest.value }

  /// The model's name in tables and recipes.
  public var id: String { card.id }

  /// Reads a weight file as what its card says it is.
  ///
  /// - Throws: ``CheckpointError`` naming the file: unreadable, damaged, of another digest than the
  ///   card's, or with keys that are missing, surplus or mis-shaped for the card's architecture.
  public init(weights file: URL, card: ModelCard) throws(CheckpointError) {
    if let expected = card.sha256?.lowercased() {
      let actual = try WeightDigest.sha256(of: file)
      guard expected == actual else {
        throw CheckpointError(
          file: file,
          .mismatched(
            "its SHA-256 is \(actual.prefix(12))…, but the card of '\(card.id)' is about another "
              + "file (\(expected.prefix(12))…); obtain that file or correct the card"))
      }
    }
    if card.isONNX {
      try self.init(
        try ONNXModel.network(of: card, weights: file), card: card, file: file)
      return
    }
    let mapping = NameMapping(try WeightFile.read(file))
    try self.init(mapping, card: card, file: file)
  }

  /// Joins translated tensors to a card.
  init(_ mapping: NameMapping, card: ModelCard, file: URL) throws(CheckpointError) {
    if let node = card.featureNode {
      throw CheckpointError(
        file: file,
        .mismatched(
          "the feature node '\(node)' is named for it, but only graphs from ONNX files let one "
            + "choose; leave out --feature-node, or featureNode in its card"))
    }
    let state = try naming(file) { () throws(CheckpointError.Problem) in try mapping.state() }
    let network: Network
    do {
      network = try Network(
        architecture: card.architecture, classCount: card.classCount > 0 ? card.classCount : nil,
        state: state)
    } catch {
      throw CheckpointError(file: file, .mismatched(oneLine(error.description)))
    }
    try self.init(network, card: card, file: file)
  }

  /// Joins a network to its card.
  init(_ network: Network, card: ModelCard, file: URL) throws(CheckpointError) {
    guard network.classCount == card.classCount else {
      throw CheckpointError(
        file: file,
        .mismatched(
          "it holds a head of \(network.classCount) classes, but its card says "
            + "\(card.classCount); correct classCount in the card"))
    }
    var card = card
    card.parameterCount = network.parameterCount
    self.card = card
    self.network = network
    self.file = file
    digest = LazyDigest(file)
  }
}

/// A digest that is computed at most once, by whoever asks first.
private final class LazyDigest: Sendable {
  private let file: URL
  private let result = Mutex<String??>(nil)

  init(_ file: URL) { self.file = file }

  var value: String? {
    result.withLock { result in
      if let known = result { return known }
      let digest = try? WeightDigest.sha256(of: file)
      result = .some(digest)
      return digest
    }
  }
}
