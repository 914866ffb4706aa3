/// The configuration of a vision transformer, as timm builds it, and its graph.
///
/// Stages: `stem` (patches, tokens, positions), `blocks.0` and on, `features`, `head`. Images of any
/// size that holds a patch can be run; positions are resampled.
///
/// - Reference: Dosovitskiy et al. 2020, arXiv:2010.11929, eq. 1 to 4.
package struct VisionTransformer: Sendable {
  /// Width, depth and heads.
  package struct Size: Sendable {
    let width: Int
    let depth: Int
    let heads: Int
    let hidden: Int

    /// - Parameter hidden: The width inside a block's perceptron; nil for four times the width.
    package init(width: Int, depth: Int, heads: Int, hidden: Int? = nil) {
      self.width = width
      self.depth = depth
      self.heads = heads
      self.hidden = hidden ?? 4 * width
    }
  }

  /// How a member of the family differs from the first vision transformer.
  package struct Traits: OptionSet, Sendable {
    package let rawValue: Int
    package init(rawValue: Int) { self.rawValue = rawValue }

    /// The embedding is the mean of the patches' tokens, not the class token.
    package static let averaged = Traits(rawValue: 1 << 0)
    /// There is no class token.
    package static let unclassed = Traits(rawValue: 1 << 1)
    /// Only patches have positions, not the tokens before them.
    package static let patchPositions = Traits(rawValue: 1 << 2)
    /// Tokens are normalised before the first block, and patches have no bias (CLIP).
    package static let normedFirst = Traits(rawValue: 1 << 3)
    /// The last normalisation follows the pooling.
    package static let normedPooled = Traits(rawValue: 1 << 4)
    /// There is no last normalisation.
    package static let unnormed = Traits(rawValue: 1 << 5)
    /// A learnt factor for each channel of each residual branch.
    package static let scaled = Traits(rawValue: 1 << 6)
    /// Queries, keys and values have no bias.
    package static let plainQKV = Traits(rawValue: 1 << 7)
    /// A second token and classifier; the scores of both are averaged (DeiT).
    package static let distilled = Traits(rawValue: 1 << 8)
    /// The perceptron multiplies half of its hidden values by the SiLU of the other half.
    package static let gated = Traits(rawValue: 1 << 9)
  }

  package let size: Size
  package let imageSize: Int
  package let patch: Int
  package let traits: Traits
  package let registers: Int
  package let activation: ActivationFunction
  package let epsilon: Float

  package init(
    _ size: Size, imageSize: Int, patch: Int, traits: Traits = [], registers: Int = 0,
    activation: ActivationFunction = .gelu, epsilon: Float = 1e-6
  ) {
    self.size = size
    self.imageSize = imageSize
    self.patch = patch
    self.traits = traits
    self.registers = registers
    self.activation = activation
    self.epsilon = epsilon
  }

  /// The graph with a classifier of this many classes.
  package func graph(classCount: Int) -> Graph {
    var graph = GraphBuilder(imageSize: imageSize)
    let (tokens, prefix) = stem(in: &graph)
    graph.endStage("stem")
    var x = tokens
    for index in 0..<size.depth {
      let depth = Double(index) / Double(max(1, size.depth - 1))
      x = block("blocks.\(index)", in: &graph, x, depth: depth)
      graph.endStage("blocks.\(index)")
    }
    if traits.isDisjoint(with: [.normedPooled, .unnormed]) {
      x = graph.layerNorm("norm", x, epsilon: epsilon)
    }
    if traits.contains(.distilled) { return twoHeads(in: &graph, x, classCount: classCount) }
    x = graph.add(
      "pool", traits.contains(.averaged) ? TokenPooling(from: prefix) : .token(0), x)
    if traits.contains(.normedPooled) { x = graph.layerNorm("fc_norm", x, epsilon: epsilon) }
    return graph.classified(
      "head", features: x, classCount: classCount,
      initialization: .normal(standardDeviation: 0.02))
  }

  /// Patches as tokens with their positions; returns the node and the number of tokens before them.
  private func stem(in graph: inout GraphBuilder) -> (node: Int, prefix: Int) {
    let fan = Double(3 * patch * patch)
    var x = graph.add(
      "patch_embed.proj",
      Convolution(
        "patch_embed.proj", from: 3, to: size.width, window: Window(size: patch, stride: patch),
        hasBias: !traits.contains(.normedFirst),
        initialization: .uniform(bound: 1 / fan.squareRoot())), graph.input)
    var prefixes: [TokenEmbedding.Prefix] = []
    if !traits.contains(.unclassed) { prefixes.append(.init("cls_token")) }
    if traits.contains(.distilled) { prefixes.append(.init("dist_token")) }
    if registers > 0 { prefixes.append(.init("reg_token", count: registers)) }
    let side = imageSize / patch
    let embedding = TokenEmbedding(
      channels: size.width, grid: Grid(rows: side, columns: side), prefixes: prefixes,
      embedsPrefix: !traits.contains(.patchPositions),
      prefixesBeforePositions: traits.contains(.distilled) ? 1 : nil)
    x = graph.add("pos_embed", embedding, x)
    if traits.contains(.normedFirst) { x = graph.layerNorm("norm_pre", x, epsilon: epsilon) }
    return (x, embedding.prefixCount)
  }

  private func block(
    _ name: String, in graph: inout GraphBuilder, _ input: Int, depth: Double
  ) -> Int {
    var x = graph.layerNorm("\(name).norm1", input, epsilon: epsilon)
    x = graph.linear(
      "\(name).attn.qkv", x, to: 3 * size.width, hasBias: !traits.contains(.plainQKV),
      initialization: .transformer)
    x = graph.add("\(name).attn", Attention(heads: size.heads), x)
    x = graph.linear("\(name).attn.proj", x, to: size.width, initialization: .transformer)
    x = scaled("\(name).ls1", in: &graph, x)
    let middle = graph.residual("\(name).attn", x, shortcut: input, depth: depth)

    x = graph.layerNorm("\(name).norm2", middle, epsilon: epsilon)
    x = graph.linear("\(name).mlp.fc1", x, to: size.hidden, initialization: .transformer)
    x =
      traits.contains(.gated)
      ? graph.add("\(name).mlp.act", GatedUnit(activation), x)
      : graph.activation("\(name).mlp.act", x, activation)
    x = graph.linear("\(name).mlp.fc2", x, to: size.width, initialization: .transformer)
    x = scaled("\(name).ls2", in: &graph, x)
    return graph.residual("\(name).mlp", x, shortcut: middle, depth: depth)
  }

  private func scaled(_ name: String, in graph: inout GraphBuilder, _ input: Int) -> Int {
    guard traits.contains(.scaled) else { return input }
    return graph.add(
      name, LayerScale("\(name).gamma", channels: size.width, initialScale: 1e-5), input)
  }

  /// The class token and the distillation token, each with a classifier; the embedding is the mean of
  /// the two tokens and lies beside the way to the scores.
  private func twoHeads(
    in graph: inout GraphBuilder, _ tokens: Int, classCount: Int
  ) -> Graph {
    graph.endStage("features")
    let features = graph.add("pool", TokenPooling(from: 0, count: 2), tokens)
    var scores: [Int] = []
    for (index, name) in ["head", "head_dist"].enumerated() {
      var x = graph.add("\(name).token", TokenPooling.token(index), tokens)
      x = graph.add("\(name).drop", Dropout(), x)
      scores.append(graph.linear(name, x, to: classCount, initialization: .transformer))
    }
    let logits = graph.add("logits", Average(), scores)
    graph.endStage("head")
    return graph.graph(features: features, logits: logits)
  }
}
