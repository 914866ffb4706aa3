public import Tensors

/// One network from another.
extension Network {
  /// The same graph with other weights.
  ///
  /// - Throws: ``NetworkError/stateMismatch(architecture:problems:)``.
  public func withState(_ state: StateDict) throws(NetworkError) -> Network {
    try Network(architecture: architecture, graph: graph, state: state)
  }

  /// The part through the end of a stage.
  ///
  /// - Throws: ``NetworkError/unknownStage(name:stages:)``.
  public func prefix(through stage: String) throws(NetworkError) -> Network {
    try restricted(to: graph.prefix(through: stage))
  }

  /// The part behind the end of a stage, whose input is that stage's output.
  ///
  /// - Parameter input: The shape of one sample of that output where images are not of the nominal
  ///   size: `[H, W, C]` or `[C]`.
  /// - Throws: ``NetworkError/unknownStage(name:stages:)``.
  public func suffix(
    after stage: String, input: SampleShape? = nil
  ) throws(NetworkError) -> Network {
    try restricted(to: graph.suffix(after: stage, input: input))
  }

  /// The part that a named node needs.
  ///
  /// - Throws: ``NetworkError/unknownNode(name:nearest:)``.
  public func truncated(to nodeName: String) throws(NetworkError) -> Network {
    try restricted(to: graph.truncated(to: nodeName))
  }

  /// The network with a fresh classifier; all other weights are the same.
  ///
  /// A network that ends at its embedding gets the classifier of its architecture, or a linear layer where
  /// it comes from no known architecture.
  ///
  /// - Throws: ``NetworkError/unknownArchitecture(id:nearest:)`` for a network without head and embedding
  ///   that comes from no known architecture.
  public func replacingHead(classCount: Int, seed: UInt64) throws(NetworkError) -> Network {
    let whole: Graph
    if graph.logitsNode != nil {
      whole = try graph.replacingHead(classCount: classCount)
    } else if graph.featureNode != nil, !Architecture.all.contains(where: { $0.id == architecture })
    {
      whole = try graph.appendingHead(classCount: classCount)
    } else {
      whole = try Architecture.named(architecture).build(classCount: classCount)
    }
    let head = Set(whole.headParameterNames)
    let state = StateDict(
      whole.parameters.map { parameter in
        let kept = head.contains(parameter.name) ? nil : self.state[parameter.name]
        return (parameter.name, kept ?? parameter.initialTensor(seed: seed))
      })
    return try Network(architecture: architecture, graph: whole, state: state)
  }

  /// The network with this classifier, such as a trained linear probe.
  ///
  /// In SqueezeNet a ReLU follows the classifier, so there scores are cut at 0; a constant added to
  /// every bias, which softmax doesn't see, can lift them above it: see
  /// ``rectifiedHeadPositions(imageSize:)``.
  ///
  /// - Parameters:
  ///   - weight: `[C, D]`, D the network's ``featureCount``.
  ///   - bias: `[C]`.
  public func replacingHead(weight: Tensor, bias: Tensor) throws(NetworkError) -> Network {
    precondition(
      weight.shape == [bias.count, featureCount],
      "replacingHead: weight \(weight.shape), bias \(bias.shape), features \(featureCount)")
    let fresh = try replacingHead(classCount: bias.count, seed: 0)
    var state = fresh.state
    for parameter in fresh.graph.parameters where fresh.headParameterNames.contains(parameter.name)
    {
      switch parameter.role {
      case .weight: state[parameter.name] = weight.reshaped(to: parameter.shape)
      case .bias: state[parameter.name] = bias.reshaped(to: parameter.shape)
      default: break
      }
    }
    return try fresh.withState(state)
  }

  /// Where a ReLU follows the classifier; see ``Graph/rectifiedHeadPositions(imageSize:)``.
  package func rectifiedHeadPositions(imageSize: Int) throws(NetworkError) -> Int? {
    try graph.rectifiedHeadPositions(imageSize: imageSize)
  }

  /// A part of the graph with its part of the weights.
  private func restricted(to part: Graph) throws(NetworkError) -> Network {
    let names = Set(part.parameters.map(\.name))
    return try Network(
      architecture: architecture, graph: part, state: state.filter { names.contains($0) })
  }
}
