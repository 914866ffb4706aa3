public import Foundation
public import Networks

/// A pre-trained network ready for use: its card, its weights, and where they came from.
public struct Model: Sendable {
  /// What is known of it.
  public let card: ModelCard
  /// The graph with its weights.
  public let network: Network
  /// The weight file.
  public let file: URL
  /// The digest of the weight file in hexadecimal digits.
  public let sha256: String

  /// The model's name in tables and recipes.
  public var id: String { card.id }

  /// Reads a weight file as what its card says it is.
  ///
  /// - Throws: ``CheckpointError`` naming the file: unreadable, damaged, of another digest than the
  ///   card's, or with keys that are missing, surplus or mis-shaped for the card's architecture.
  public init(weights file: URL, card: ModelCard) throws(CheckpointError) {
    try self.init(weights: file, card: card, sha256: try SHA256.hexadecimal(of: file))
  }

  init(weights file: URL, card: ModelCard, sha256: String) throws(CheckpointError) {
    if let expected = card.sha256?.lowercased(), expected != sha256 {
      throw CheckpointError(
        file: file,
        .mismatched(
          "its SHA-256 is \(sha256.prefix(12))…, but the card of '\(card.id)' is about another "
            + "file (\(expected.prefix(12))…); obtain that file or correct the card"))
    }
    if card.architecture == ONNXModel.architecture {
      let network = try ONNXModel.network(of: card, weights: file)
      try self.init(network, card: card, file: file, sha256: sha256)
      return
    }
    let mapping = NameMapping(try WeightFile.read(file).tensors)
    try self.init(mapping, card: card, file: file, sha256: sha256)
  }

  /// Joins translated tensors to a card.
  init(
    _ mapping: NameMapping, card: ModelCard, file: URL, sha256: String
  ) throws(CheckpointError) {
    let network: Network
    do {
      network = try Network(
        architecture: card.architecture, classCount: card.classCount > 0 ? card.classCount : nil,
        state: mapping.state)
    } catch {
      throw CheckpointError(file: file, .mismatched(oneLine(error.description)))
    }
    try self.init(network, card: card, file: file, sha256: sha256)
  }

  /// Joins a network to a card.
  init(
    _ network: Network, card: ModelCard, file: URL, sha256: String
  ) throws(CheckpointError) {
    guard network.classCount == card.classCount else {
      throw CheckpointError(
        file: file,
        .mismatched(
          "it holds a head of \(network.classCount) classes, but its card says "
            + "\(card.classCount); correct classCount in the card"))
    }
    var card = card
    card.parameterCount = network.parameterCount
    card.sha256 = sha256
    self.card = card
    self.network = network
    self.file = file
    self.sha256 = sha256
  }
}
