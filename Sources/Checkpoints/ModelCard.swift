public import Foundation
public import Networks
internal import Yams

/// What must be known of a weight file to use it well: which network it is, what images it expects,
/// where it was trained, and on what terms it may be used.
///
/// A card lies beside its weights as YAML (`NAME.card.yaml`, written with the property names below
/// and `schema: graft.card/1`), or is read from timm's `config.json`.
public struct ModelCard: Codable, Sendable, Hashable {
  /// The data that the weights were trained on.
  public struct SourceData: Codable, Sendable, Hashable {
    /// What it is called, such as `ImageNet-1k`.
    public var name: String
    /// How many training images it has, where known.
    public var imageCount: Int?

    /// A named data set.
    public init(name: String, imageCount: Int? = nil) {
      self.name = name
      self.imageCount = imageCount
    }
  }

  /// The version of this format.
  public static let schema = "graft.card/1"

  /// The format's version, always ``schema``.
  public var schema = ModelCard.schema
  /// A short name by which the model is called in tables and recipes.
  public var id: String
  /// The id of a ``Networks/Architecture``.
  public var architecture: String
  /// What the network expects of an image.
  public var input: InputSpecification
  /// The number of classes of its head; 0 where it has none.
  public var classCount: Int
  /// The names of the classes in the head's order.
  public var classNames: [String]?
  /// What the weights were trained on.
  public var sourceData: SourceData?
  /// Top-1 accuracy of these weights on held-out images of their source data, in 0…1, where known.
  public var sourceAccuracy: Double?
  /// The licence of the weights, as an SPDX identifier where there is one.
  public var licence: String?
  /// Trained numbers, running statistics not counted.
  public var parameterCount: Int?
  /// The SHA-256 digest of the weight file in hexadecimal digits.
  public var sha256: String?
  /// The name of the weight file beside the card, or the whole path of one elsewhere; by default
  /// the card's own name tells it.
  public var weights: String?
  /// Where the weights come from: a package, a page, a run.
  public var origin: String?
  /// What to cite when the weights are used.
  public var citation: String?
  /// The node of a graph that comes from the file itself (ONNX) whose output is the embedding, where
  /// it is not the one that would be chosen.
  public var featureNode: String?

  /// A card with these facts.
  public init(
    id: String, architecture: String, input: InputSpecification, classCount: Int,
    classNames: [String]? = nil, sourceData: SourceData? = nil,
    sourceAccuracy: Double? = nil, licence: String? = nil, parameterCount: Int? = nil,
    sha256: String? = nil, weights: String? = nil,
    origin: String? = nil, citation: String? = nil, featureNode: String? = nil
  ) {
    self.id = id
    self.architecture = architecture
    self.input = input
    self.classCount = classCount
    self.classNames = classNames
    self.sourceData = sourceData
    self.sourceAccuracy = sourceAccuracy
    self.licence = licence
    self.parameterCount = parameterCount
    self.sha256 = sha256
    self.weights = weights
    self.origin = origin
    self.citation = citation
    self.featureNode = featureNode
  }

  /// Whether the network is the graph of an ONNX file rather than one of our architectures.
  public var isONNX: Bool { architecture == ONNXModel.architecture }

  /// Reads a card from YAML.
  ///
  /// - Throws: ``CheckpointError`` naming the file and the key that is unknown, missing or of the
  ///   wrong kind.
  public static func read(_ file: URL) throws(CheckpointError) -> ModelCard {
    try FileMapping.parsing(file) { (bytes) throws(CheckpointError.Problem) in
      guard bytes.count <= 16 << 20 else {
        throw .unsupported("a card of more than 16 MB is none")
      }
      return try parse(yaml: try text(bytes, "it"))
    }
  }

  /// Writes the card as YAML; the file appears only once it is complete.
  ///
  /// - Throws: ``CheckpointError`` with `.unwritable`.
  public func write(to file: URL) throws(CheckpointError) {
    let text = yaml
    try AtomicFile.write(to: file) { (output) throws(CheckpointError.Problem) in
      try output.append(Array(text.utf8))
    }
  }

  /// The card as YAML with sorted keys.
  public var yaml: String {
    do {
      return try exactYAML(self)
    } catch {
      preconditionFailure("a card always encodes: \(error)")
    }
  }

  package static func parse(yaml: String) throws(CheckpointError.Problem) -> ModelCard {
    do {
      guard let node = try Yams.compose(yaml: yaml), let mapping = node.mapping else {
        throw CheckpointError.Problem.malformed("it is not a YAML mapping")
      }
      // Decoders skip unknown keys in silence; a mistyped key should be told.
      try check(mapping, against: cardKeys, in: "")
      if let input = mapping["input"]?.mapping {
        try check(input, against: inputKeys, in: "input.")
      }
      let card = try YAMLDecoder().decode(ModelCard.self, from: node)
      try card.validate()
      return card
    } catch let problem as CheckpointError.Problem {
      throw problem
    } catch let error as DecodingError {
      throw .unsupported("as a model card, \(error.sentence)")
    } catch {
      throw .unsupported("its YAML does not parse: \(oneLine("\(error)"))")
    }
  }

  /// Checks what types cannot say.
  package func validate() throws(CheckpointError.Problem) {
    func require(_ condition: Bool, _ what: String) throws(CheckpointError.Problem) {
      guard condition else { throw .unsupported("as a model card, \(what)") }
    }
    try require(schema == Self.schema, "its schema is \(schema), not \(Self.schema)")
    try require((1...4096).contains(input.imageSize), "input.imageSize must be 1 to 4096")
    try require(
      input.mean.count == 3 && input.mean.allSatisfy(\.isFinite),
      "input.mean must hold three numbers in units of 0…1")
    try require(
      input.standardDeviation.count == 3
        && input.standardDeviation.allSatisfy { $0.isFinite && $0 > 0 },
      "input.standardDeviation must hold three positive numbers in units of 0…1")
    try require(
      input.cropPercent > 0 && input.cropPercent <= 1, "input.cropPercent must be in (0, 1]")
    try require(classCount >= 0, "classCount must not be negative")
    if let sourceAccuracy {
      try require((0...1).contains(sourceAccuracy), "sourceAccuracy must be a share, 0 to 1")
    }
    if let classNames {
      try require(
        classNames.count == classCount,
        "classNames holds \(classNames.count) names for \(classCount) classes")
    }
    if isONNX { return }
    do { _ = try Architecture.named(architecture) } catch {
      let ids = nearestNames(to: architecture, among: Architecture.all.map(\.id))
      let hint = ids.isEmpty ? Architecture.all.map(\.id) : ids
      throw .unsupported(
        "it names the unknown architecture '\(architecture)'; did you mean "
          + "\(hint.joined(separator: ", "))?")
    }
  }

  private static let cardKeys = [
    "schema", "id", "architecture", "input", "classCount", "classNames", "sourceData",
    "sourceAccuracy", "licence", "parameterCount", "sha256", "weights", "origin", "citation",
    "featureNode",
  ]

  private static let inputKeys = [
    "imageSize", "mean", "standardDeviation", "cropPercent", "resize", "interpolation",
    "channelOrder",
  ]

  private static func check(
    _ mapping: Yams.Node.Mapping, against keys: [String], in path: String
  ) throws(CheckpointError.Problem) {
    for (key, _) in mapping {
      guard let name = key.string, !keys.contains(name) else { continue }
      let near = nearestNames(to: name, among: keys, limit: 1).first
      let hint = near.map { "; did you mean '\($0)'?" } ?? ""
      let line = key.mark.map { " in line \($0.line)" } ?? ""
      throw .unsupported("as a model card, '\(path)\(name)'\(line) is no key of it\(hint)")
    }
  }
}

extension DecodingError {
  /// The key and what is wrong with it, without Foundation's ceremony.
  var sentence: String {
    func path(_ context: Context, _ last: (any CodingKey)? = nil) -> String {
      (context.codingPath + [last].compactMap { $0 }).map(\.stringValue).joined(separator: ".")
    }
    switch self {
    case .keyNotFound(let key, let context): return "it lacks the key '\(path(context, key))'"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      return "the value of '\(path(context))' is of the wrong kind"
    case .dataCorrupted(let context):
      return "the value of '\(path(context))' is not valid: \(oneLine(context.debugDescription))"
    @unknown default: return "it cannot be decoded"
    }
  }
}

/// Foreign messages put into a sentence of ours.
func oneLine(_ text: String) -> String {
  text.split(whereSeparator: \.isNewline).joined(separator: " ")
    .trimmingCharacters(in: CharacterSet(charactersIn: ". "))
}
