/// MLP-Mixers, as timm builds them: blocks that mix patches, then channels.
///
/// The number of patches is fixed by the weights. Stages: `stem`, `blocks.0` and on, `features`,
/// `head`.
///
/// - Reference: Tolstikhin et al. 2021, arXiv:2105.01601, table 1.
package struct MLPMixer: Sendable {
  let imageSize: Int
  let patch: Int
  let width: Int
  let depth: Int

  package init(imageSize: Int, patch: Int, width: Int, depth: Int) {
    self.imageSize = imageSize
    self.patch = patch
    self.width = width
    self.depth = depth
  }

  /// The graph with a classifier of this many classes.
  package func graph(classCount: Int) -> Graph {
    var graph = GraphBuilder(imageSize: imageSize)
    let fan = Double(3 * patch * patch)
    var x = graph.add(
      "stem.proj",
      Convolution(
        "stem.proj", from: 3, to: width, window: Window(size: patch, stride: patch), hasBias: true,
        initialization: .normal(standardDeviation: 1 / fan.squareRoot())), graph.input)
    x = graph.add("stem", Tokens(), x)
    graph.endStage("stem")
    for index in 0..<depth {
      let name = "blocks.\(index)"
      let shortcut = x
      x = graph.layerNorm("\(name).norm1", x)
      x = graph.add("\(name).channels_first", Transposition(), x)
      x = perceptron("\(name).mlp_tokens", in: &graph, x, hidden: width / 2)
      x = graph.add("\(name).channels_last", Transposition(), x)
      // timm drops all blocks at the same rate.
      x = graph.residual("\(name).mlp_tokens", x, shortcut: shortcut, depth: 1)
      let middle = x
      x = graph.layerNorm("\(name).norm2", x)
      x = perceptron("\(name).mlp_channels", in: &graph, x, hidden: 4 * width)
      x = graph.residual("\(name).mlp_channels", x, shortcut: middle, depth: 1)
      graph.endStage(name)
    }
    x = graph.layerNorm("norm", x)
    x = graph.add("pool", GlobalAveragePool(), x)
    return graph.classified(
      "head", features: x, classCount: classCount, initialization: .normal(standardDeviation: 0.01))
  }

  private func perceptron(
    _ name: String, in graph: inout GraphBuilder, _ input: Int, hidden: Int
  ) -> Int {
    let outputs = graph.channels(of: input)
    var x = graph.linear("\(name).fc1", input, to: hidden)
    x = graph.activation("\(name).act", x, .gelu)
    return graph.linear("\(name).fc2", x, to: outputs)
  }
}

extension Architecture {
  static let mlpMixers: [Architecture] = [
    mixer("mixer_s32_224", patch: 32, width: 512, depth: 8),
    mixer("mixer_s16_224", patch: 16, width: 512, depth: 8),
    mixer("mixer_b32_224", patch: 32, width: 768, depth: 12),
    mixer("mixer_b16_224", patch: 16, width: 768, depth: 12),
    mixer("mixer_l32_224", patch: 32, width: 1024, depth: 24),
    mixer("mixer_l16_224", patch: 16, width: 1024, depth: 24),
  ]

  private static func mixer(_ id: String, patch: Int, width: Int, depth: Int) -> Architecture {
    let network = MLPMixer(imageSize: 224, patch: patch, width: width, depth: depth)
    return Architecture(
      id: id, summary: "MLP-Mixer (Tolstikhin et al. 2021, arXiv:2105.01601).",
      input: VisionTransformer.Mean.half.input(224, crop: 0.875)
    ) { network.graph(classCount: $0) }
  }
}
