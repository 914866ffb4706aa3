/// A family member by name: a function that builds its graph, and what it expects of images.
///
/// Ids are timm's where timm has the network. To add one, write its function in a file of
/// `Architectures` and add it to ``all``.
public struct Architecture: Sendable {
  /// The id, such as `resnet50` or `tf_efficientnet_lite0`.
  public let id: String
  /// One sentence about the network, with its source.
  public let summary: String
  /// What it expects of images unless its weights say otherwise.
  public let input: InputSpecification
  /// The id of the architecture that weights of these names and shapes are taken for where nothing else
  /// says what they are; nil for that architecture itself.
  package let sameParametersAs: String?
  private let builder: @Sendable (_ classCount: Int) -> Graph

  package init(
    id: String, summary: String, input: InputSpecification, sameParametersAs: String? = nil,
    builder: @escaping @Sendable (_ classCount: Int) -> Graph
  ) {
    self.id = id
    self.summary = summary
    self.input = input
    self.sameParametersAs = sameParametersAs
    self.builder = builder
  }

  /// The graph with a classifier of this many classes, for square RGB images of the nominal size.
  ///
  /// - Precondition: `classCount` is positive.
  public func build(classCount: Int) -> Graph {
    precondition(classCount > 0, "a network needs at least one class")
    return builder(classCount)
  }

  /// Every architecture, by family.
  public static let all: [Architecture] =
    resNets + cifarResNets + resNetV2s + regNets + vggs + denseNets + inceptions + googLeNets
    + squeezeNets + shuffleNetV2s + mobileNetV1s + mobileNetV2s + mobileNetV3s + lcNets + fbNetV3s
    + mnasNets + efficientNets + efficientNetV2s + convNeXts
    + visionTransformers + swinTransformers + mlpMixers

  /// The architecture of an id.
  ///
  /// - Throws: ``NetworkError/unknownArchitecture(id:nearest:)``.
  public static func named(_ id: String) throws(NetworkError) -> Architecture {
    if let architecture = all.first(where: { $0.id == id }) { return architecture }
    throw .unknownArchitecture(id: id, nearest: nearestNames(to: id, among: all.map(\.id)))
  }
}
