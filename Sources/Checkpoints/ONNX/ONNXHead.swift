internal import Networks
internal import Tensors

/// What a graph ends in: where its embedding and its class scores are.
struct ONNXHead {
  /// The lowered node of the embedding, a vector.
  let feature: Int
  let featureName: String
  /// The lowered node of the class scores, a vector; nil without a classifier.
  var logits: Int?
  var logitsName: String?
}

extension ONNXImporter {
  /// Operators behind class scores that make probabilities or choices of them.
  private static let endings: Set<String> = [
    "Softmax", "LogSoftmax", "Sigmoid", "ArgMax", "Identity", "Cast", "DequantizeLinear",
    "QuantizeLinear",
  ]

  /// Finds the embedding and the classifier.
  ///
  /// The class scores are the deepest output that a linear layer gives, probabilities being traced back
  /// to them; the embedding is what that layer reads. Without a classifier the first output that can be
  /// computed is the embedding.
  mutating func head() throws(CheckpointError.Problem) -> ONNXHead {
    var best: ONNXHead?
    for output in reader.outputs {
      let name = scores(behind: output)
      guard let scores = try? activation(name), let found = try classifier(scores, name) else {
        continue
      }
      guard let wantedFeature else {
        if (found.logits ?? 0) > (best?.logits ?? 0) { best = found }
        continue
      }
      let wanted = try activation(wantedFeature)
      if lowering.origin(wanted.node) == lowering.origin(found.feature) {
        return ONNXHead(
          feature: found.feature, featureName: wantedFeature, logits: found.logits,
          logitsName: found.logitsName)
      }
    }
    if let best { return best }
    let names = wantedFeature.map { [$0] } ?? reader.outputs
    guard let name = names.first(where: { (try? activation($0)) != nil }) ?? names.first else {
      throw .malformed("it has no output")
    }
    return ONNXHead(feature: try pooled(try activation(name)), featureName: name)
  }

  /// The tensor that an output's probabilities or choices are made of.
  private func scores(behind output: String) -> String {
    var name = output
    while let index = reader.producers[name],
      ONNXImporter.endings.contains(reader.nodes[index].type),
      let input = reader.nodes[index].input(0), reader.producers[input] != nil
    {
      name = input
    }
    return name
  }

  /// The classifier that gives these scores; nil where none does.
  private mutating func classifier(
    _ scores: ONNXActivation, _ name: String
  ) throws(CheckpointError.Problem) -> ONNXHead? {
    let place = lowering.origin(scores.node)
    let nodes = lowering.nodes
    guard scores.factors.count <= 1 else { return nil }
    let feature: Int
    switch nodes[place].operation {
    case is Linear where nodes[place].shape.pixels == 1:
      feature = try vector(nodes[place].inputs[0])
    case is GlobalAveragePool:
      // A convolution to class scores, averaged over the map, as SqueezeNet has it.
      var before = lowering.origin(nodes[place].inputs[0])
      if nodes[before].operation is Activation { before = lowering.origin(nodes[before].inputs[0]) }
      guard let layer = nodes[before].operation as? Convolution, layer.window.taps == 1,
        layer.groups == 1
      else { return nil }
      let map = nodes[before].inputs[0]
      feature = try write { (lowering) throws(ONNXProblem) in
        try lowering.emit("\(name)/features", GlobalAveragePool(), [map])
      }
    default: return nil
    }
    return ONNXHead(
      feature: feature, featureName: lowering.name(of: feature, readBy: name),
      logits: try vector(place), logitsName: name)
  }

  /// A node's sample as a vector.
  private mutating func vector(_ node: Int) throws(CheckpointError.Problem) -> Int {
    let place = lowering.origin(node)
    let count = lowering.nodes[place].shape.count
    return try write { (lowering) throws(ONNXProblem) in try lowering.viewed(place, as: [count]) }
  }

  /// A vector made of any activation: a map's mean; a sequence's class token, or its mean.
  private mutating func pooled(
    _ x: ONNXActivation
  ) throws(CheckpointError.Problem) -> Int {
    guard x.batchAxis == 0, x.sampleLength(0) == 1 else {
      throw .unsupported("the embedding of \(x.shape) is no vector a sample")
    }
    let long = (1..<x.rank).filter { x.sampleLength($0) > 1 }
    if long.count <= 1 {
      // In the order of the axes, which joined ones need not have in memory.
      return try write { (lowering) throws(ONNXProblem) in
        let row = try lowering.contiguous(x)
        return try lowering.viewed(row.node, as: [lowering.nodes[row.node].shape.count])
      }
    }
    // NCHW maps have their channels first, all else last.
    let channels =
      x.rank == 4 && layout == .nchw && x.axes[1].last == x.factors.count - 1 ? 1 : x.rank - 1
    let tokens = (1..<x.rank).filter { $0 != channels }
    let hasClassToken =
      x.rank == 3
      && lowering.nodes.contains { $0.shape.isMap && $0.shape.pixels + 1 == x.shape[1] }
    return try write { (lowering) throws(ONNXProblem) in
      let count = tokens.reduce(1) { $0 * x.sampleLength($1) }
      let source = try lowering.arranged(
        x, tokens + [channels], as: [count, x.sampleLength(channels)])
      let name = "\(lowering.nodes[x.node].name)/pooled"
      return hasClassToken
        ? try lowering.emit(name, TokenPooling.token(0), [source])
        : try lowering.emit(name, GlobalAveragePool(), [source])
    }
  }
}

extension ONNXLowering {
  /// The name in the file of what a node computes.
  func name(of node: Int, readBy reader: String) -> String {
    let place = origin(node)
    for candidate in [node, place] {
      if let name = names(of: candidate).first { return name }
    }
    return nodes[place].name
  }
}
