/// What a graph says about one of its parameters or buffers.
///
/// Names and shapes are those of the reference state dict (timm, torchvision or the authors' code),
/// so that a checkpoint loads by name.
public struct ParameterSpecification: Hashable, Sendable {
  /// What a parameter does, which decides weight decay, initialisation and regimes.
  public enum Role: String, Sendable, Codable, CaseIterable {
    /// The matrix of a convolution or linear layer.
    case weight
    /// The offset added by a convolution or linear layer.
    case bias
    /// The per-channel factor γ of a normalisation or a layer scale.
    case normScale
    /// The per-channel offset β of a normalisation.
    case normShift
    /// A learnt input: a class token, position embeddings, a table of relative positions.
    case embedding
    /// A running statistic: saved with the network, never touched by an optimiser.
    case buffer
  }

  /// The name in the state dict, such as `layer1.0.conv1.weight`.
  public let name: String
  /// The shape in PyTorch's layout: `[out, in / groups, height, width]` or `[out, in]` or `[out]`.
  public let shape: [Int]
  /// What the parameter does.
  public let role: Role
  /// How a fresh network fills it.
  public let initialization: Initialization
  /// How the engine lays it out.
  package let layout: ParameterLayout

  package init(
    name: String, shape: [Int], role: Role, initialization: Initialization,
    layout: ParameterLayout = .same
  ) {
    self.name = name
    self.shape = shape
    self.role = role
    self.initialization = initialization
    self.layout = layout
  }

  /// The γ and β of a normalisation, `NAME.weight` and `NAME.bias`, each `[channels]`.
  package static func affine(
    _ name: String, channels: Int, scale: Double = 1, hasShift: Bool = true
  ) -> [ParameterSpecification] {
    let gamma = ParameterSpecification(
      name: "\(name).weight", shape: [channels], role: .normScale,
      initialization: .constant(scale))
    guard hasShift else { return [gamma] }
    let beta = ParameterSpecification(
      name: "\(name).bias", shape: [channels], role: .normShift, initialization: .constant(0))
    return [gamma, beta]
  }

  /// Numbers in the parameter.
  public var count: Int { shape.reduce(1, *) }

  /// False for running statistics.
  public var isTrainable: Bool { role != .buffer }
}

/// The distribution from which a fresh parameter is drawn.
public enum Initialization: Hashable, Sendable {
  /// Every entry has this value.
  case constant(Double)
  /// Normal with mean 0 and this standard deviation.
  case normal(standardDeviation: Double)
  /// Uniform on ± bound.
  case uniform(bound: Double)
}
