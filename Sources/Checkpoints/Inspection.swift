public import Foundation
internal import Networks
internal import Tensors

/// What `graft models inspect` says of a file: format, tensors, and which network they make.
public struct Inspection: Codable, Sendable {
  /// One tensor of the file.
  public struct TensorSummary: Codable, Sendable, Hashable {
    /// The name in the file.
    public var name: String
    /// The name in our architectures, where it differs.
    public var mappedName: String?
    /// The shape in the file's network, after layout conversion.
    public var shape: [Int]
    /// The element type in the file.
    public var type: ScalarType?
  }

  /// A key that the architecture needs and the file lacks.
  public struct MissingKey: Codable, Sendable, Hashable {
    /// The name that is needed.
    public var name: String
    /// The shape that is needed.
    public var shape: [Int]
    /// Surplus names of the file that come nearest.
    public var nearest: [String]
  }

  /// A key whose tensor has another shape than is needed.
  public struct MisshapedKey: Codable, Sendable, Hashable {
    /// The name.
    public var name: String
    /// The shape that is needed.
    public var expected: [Int]
    /// The shape in the file.
    public var actual: [Int]
  }

  /// The version of this value.
  public var schema = "graft.inspection/1"
  /// The file.
  public var file: String
  /// Its length.
  public var byteCount: Int
  /// Its digest in hexadecimal digits.
  public var sha256: String
  /// Its format.
  public var format: WeightFile.Format
  /// The key under which a PyTorch file keeps its state dict.
  public var container: String?
  /// The prefix that all names share, such as `module.`.
  public var prefix: String
  /// Whose names the file uses, where they are not ours.
  public var convention: String?
  /// Names of the file that no network for classification has a place for.
  public var omitted: [String]
  /// Free text in the file.
  public var metadata: [String: String]
  /// Every tensor, in the file's order.
  public var tensors: [TensorSummary]
  /// Numbers in all tensors together.
  public var elementCount: Int
  /// Architectures that the tensors fit exactly.
  public var architectures: [String]
  /// The architecture that the keys below are compared with: the card's, or the nearest.
  public var comparedWith: String?
  /// Classes of the head; 0 without one.
  public var classCount: Int
  /// Keys that are needed and not there.
  public var missing: [MissingKey] = []
  /// Keys that are there and not needed.
  public var surplus: [String] = []
  /// Keys of another shape than needed.
  public var misshaped: [MisshapedKey] = []
  /// The card that lies beside the file or is known for its digest.
  public var card: ModelCard?
  /// The graph, where the file holds one.
  public var graph: GraphSummary?

  /// Inspects a weight file, card or folder.
  ///
  /// - Throws: ``CheckpointError`` for files that cannot be read at all; keys that fit no
  ///   architecture are findings, not errors.
  public init(of url: URL) throws(CheckpointError) {
    try self.init(of: try WeightLocation(url))
  }

  /// Inspects a model of a catalogue, named as ``ModelCatalogue/resolve(_:details:)`` takes it.
  ///
  /// - Throws: ``CheckpointError``.
  public init(of spec: String, in catalogue: ModelCatalogue) throws(CheckpointError) {
    try self.init(of: try catalogue.locate(spec))
  }

  private init(of location: WeightLocation) throws(CheckpointError) {
    if ONNXModel.matches(location.weights) {
      self = try Inspection(onnx: location)
      return
    }
    let weights = try WeightFile.read(location.weights)
    let mapping = NameMapping(weights)
    let guess = ArchitectureGuess(mapping)
    file = location.weights.path
    sha256 = try WeightDigest.sha256(of: location.weights)
    byteCount = WeightDigest.byteCount(of: location.weights)
    format = weights.format
    container = weights.container
    prefix = mapping.prefix
    convention = mapping.convention
    omitted = mapping.omittedNames
    metadata = weights.metadata
    tensors = mapping.tensors.entries.map { entry in
      let original = mapping.originalNames[entry.name] ?? entry.name
      return TensorSummary(
        name: original, mappedName: original == entry.name ? nil : entry.name,
        shape: entry.tensor.shape, type: entry.tensor.type)
    }
    elementCount = mapping.tensors.entries.reduce(0) { $0 + $1.tensor.count }
    architectures = guess.exact
    card = location.card
    classCount = location.card?.classCount ?? guess.classCount
    comparedWith = location.card?.architecture ?? guess.exact.first ?? guess.closest
    compare(mapping.tensors)
  }

  private mutating func compare(_ tensors: TensorTable) {
    guard let architecture = Architecture.all.first(where: { $0.id == comparedWith }) else {
      return
    }
    let graph = architecture.build(classCount: max(1, classCount))
    let head = Set(graph.headParameterNames)
    for problem in Network.problems(of: tensors.shapes, for: graph) {
      switch problem {
      case .missing(let name, let shape, let nearest):
        // A network without head lacks nothing.
        if classCount == 0, head.contains(name) { continue }
        missing.append(MissingKey(name: name, shape: shape, nearest: nearest))
      case .surplus(let name): surplus.append(name)
      case .misshaped(let name, let expected, let actual):
        misshaped.append(MisshapedKey(name: name, expected: expected, actual: actual))
      }
    }
  }
}
