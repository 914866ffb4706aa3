/// Swin transformers, as timm builds them.
///
/// Windows keep the size and shift that they have for images of the nominal size; maps of other images
/// are filled up to whole windows. Stages: `stem`, `layers.0` to `layers.3`, `features`, `head`.
///
/// - Reference: Liu et al. 2021, arXiv:2103.14030, table 7; Chen et al. 2021, arXiv:2111.14725 (`s3`).
package struct SwinTransformer: Sendable {
  let imageSize: Int
  let width: Int
  let depths: [Int]
  let heads: [Int]
  /// The side of the windows in each stage.
  let windows: [Int]

  package init(imageSize: Int, width: Int, depths: [Int], heads: [Int], windows: [Int]) {
    self.imageSize = imageSize
    self.width = width
    self.depths = depths
    self.heads = heads
    self.windows = windows
  }

  /// The graph with a classifier of this many classes.
  package func graph(classCount: Int) -> Graph {
    var graph = GraphBuilder(imageSize: imageSize)
    var x = graph.add(
      "patch_embed.proj",
      Convolution(
        "patch_embed.proj", from: 3, to: width, window: Window(size: 4, stride: 4), hasBias: true,
        initialization: .uniform(bound: 1 / 48.0.squareRoot())), graph.input)
    x = graph.layerNorm("patch_embed.norm", x, epsilon: 1e-5)
    graph.endStage("stem")

    let blockCount = depths.reduce(0, +)
    var place = 0
    for (stage, depth) in depths.enumerated() {
      let name = "layers.\(stage)"
      if stage > 0 { x = downsample("\(name).downsample", in: &graph, x) }
      for index in 0..<depth {
        x = block(
          "\(name).blocks.\(index)", in: &graph, x, stage: stage, isShifted: index % 2 == 1,
          depth: Double(place) / Double(max(1, blockCount - 1)))
        place += 1
      }
      graph.endStage(name)
    }
    x = graph.layerNorm("norm", x, epsilon: 1e-5)
    x = graph.add("head.global_pool", GlobalAveragePool(), x)
    return graph.classified(
      "head.fc", features: x, classCount: classCount,
      initialization: .normal(standardDeviation: 0.02))
  }

  private func downsample(_ name: String, in graph: inout GraphBuilder, _ input: Int) -> Int {
    let outputs = 2 * graph.channels(of: input)
    var x = graph.add(name, PatchMerging(), input)
    x = graph.layerNorm("\(name).norm", x, epsilon: 1e-5)
    return graph.linear(
      "\(name).reduction", x, to: outputs, hasBias: false, initialization: .transformer)
  }

  private func block(
    _ name: String, in graph: inout GraphBuilder, _ input: Int, stage: Int, isShifted: Bool,
    depth: Double
  ) -> Int {
    let channels = graph.channels(of: input)
    let (side, shift) = window(
      graph.shape(of: input).width, wanted: windows[stage], isShifted: isShifted)
    let positions = RelativePositions(
      "\(name).attn.relative_position_bias_table", height: side, width: side, shift: shift)

    var x = graph.layerNorm("\(name).norm1", input, epsilon: 1e-5)
    x = graph.add(
      "\(name).attn.windows", WindowPartition(height: side, width: side, shift: shift), x)
    x = graph.linear("\(name).attn.qkv", x, to: 3 * channels, initialization: .transformer)
    x = graph.add("\(name).attn", Attention(heads: heads[stage], positions: positions), x)
    x = graph.linear("\(name).attn.proj", x, to: channels, initialization: .transformer)
    if depth > 0 { x = graph.add("\(name).drop_path1", StochasticDepth(depth: depth), x) }
    let middle = graph.add(
      "\(name).attn.add", WindowReversal(height: side, width: side, shift: shift), x, input)

    x = graph.layerNorm("\(name).norm2", middle, epsilon: 1e-5)
    x = graph.linear("\(name).mlp.fc1", x, to: 4 * channels, initialization: .transformer)
    x = graph.activation("\(name).mlp.act", x, .gelu)
    x = graph.linear("\(name).mlp.fc2", x, to: channels, initialization: .transformer)
    return graph.residual("\(name).mlp", x, shortcut: middle, depth: depth)
  }

  /// A window is never larger than the map, and one that covers it is not shifted.
  private func window(
    _ side: Int, wanted: Int, isShifted: Bool
  ) -> (side: Int, shift: WindowShift) {
    guard side > wanted else { return (side, WindowShift()) }
    return (wanted, isShifted ? WindowShift(down: wanted / 2, right: wanted / 2) : WindowShift())
  }
}

extension Architecture {
  static let swinTransformers: [Architecture] = [
    swin("swin_tiny_patch4_window7_224", 224, 96, [2, 2, 6, 2], [3, 6, 12, 24]),
    swin("swin_small_patch4_window7_224", 224, 96, [2, 2, 18, 2], [3, 6, 12, 24]),
    swin("swin_base_patch4_window7_224", 224, 128, [2, 2, 18, 2], [4, 8, 16, 32]),
    swin("swin_base_patch4_window12_384", 384, 128, [2, 2, 18, 2], [4, 8, 16, 32]),
    swin("swin_large_patch4_window7_224", 224, 192, [2, 2, 18, 2], [6, 12, 24, 48]),
    swin("swin_large_patch4_window12_384", 384, 192, [2, 2, 18, 2], [6, 12, 24, 48]),
    swin(
      "swin_s3_tiny_224", 224, 96, [2, 2, 6, 2], [3, 6, 12, 24], windows: [7, 7, 14, 7]),
    swin(
      "swin_s3_small_224", 224, 96, [2, 2, 18, 2], [3, 6, 12, 24], windows: [14, 14, 14, 7]),
    swin(
      "swin_s3_base_224", 224, 96, [2, 2, 30, 2], [3, 6, 12, 24], windows: [7, 7, 14, 7]),
  ]

  private static func swin(
    _ id: String, _ imageSize: Int, _ width: Int, _ depths: [Int], _ heads: [Int],
    windows: [Int]? = nil
  ) -> Architecture {
    let network = SwinTransformer(
      imageSize: imageSize, width: width, depths: depths, heads: heads,
      windows: windows ?? Array(repeating: imageSize == 384 ? 12 : 7, count: 4))
    return Architecture(
      id: id, summary: "Swin transformer (Liu et al. 2021, arXiv:2103.14030).",
      input: InputSpecification(
        imageSize: imageSize, cropPercent: imageSize == 384 ? 1 : 0.9)
    ) { network.graph(classCount: $0) }
  }
}
