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
  private let builder: @Sendable (_ classCount: Int) -> Graph

  package init(
    id: String, summary: String, input: InputSpecification,
    builder: @escaping @Sendable (_ classCount: Int) -> Graph
  ) {
    self.id = id
    self.summary = summary
    self.input = input
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
    resNets + cifarResNets + efficientNetLites + mobileNetV2s + squeezeNets
    + visionTransformers + swinTransformers + mlpMixers

  /// The architecture of an id.
  ///
  /// - Throws: ``NetworkError/unknownArchitecture(id:nearest:)``.
  public static func named(_ id: String) throws(NetworkError) -> Architecture {
    if let architecture = all.first(where: { $0.id == id }) { return architecture }
    throw .unknownArchitecture(id: id, nearest: nearestNames(to: id, among: all.map(\.id)))
  }
}
