/// ConvNeXt, and ConvNeXt V2 with global response normalisation in place of the layer scale.
///
/// `ols` variants have a stem of two overlapping convolutions; `hnf` normalises before the pooling;
/// `mlp` has a hidden layer before the classifier.
///
/// - Reference: Liu et al. 2022, arXiv:2201.03545, figure 4 and table 9; Woo et al. 2023,
///   arXiv:2301.00808, table 15.
extension Architecture {
  static let convNeXts: [Architecture] = [
    convNeXt("atto", [2, 2, 6, 2], 40) { $0.mlpIsConvolution = true },
    convNeXt("atto_ols", [2, 2, 6, 2], 40) {
      $0.mlpIsConvolution = true
      $0.stem = .overlapping(middle: 24)
    },
    convNeXt("femto", [2, 2, 6, 2], 48) { $0.mlpIsConvolution = true },
    convNeXt("femto_ols", [2, 2, 6, 2], 48) {
      $0.mlpIsConvolution = true
      $0.stem = .overlapping(middle: 24)
    },
    convNeXt("pico", [2, 2, 6, 2], 64) { $0.mlpIsConvolution = true },
    convNeXt("pico_ols", [2, 2, 6, 2], 64, cropPercent: 0.95) {
      $0.mlpIsConvolution = true
      $0.stem = .overlapping(middle: 32)
    },
    convNeXt("nano", [2, 2, 8, 2], 80, cropPercent: 0.95) { $0.mlpIsConvolution = true },
    convNeXt("nano_ols", [2, 2, 8, 2], 80, cropPercent: 0.95) {
      $0.mlpIsConvolution = true
      $0.stem = .overlapping(middle: 80)
    },
    convNeXt("tiny_hnf", [3, 3, 9, 3], 96, cropPercent: 0.95) {
      $0.mlpIsConvolution = true
      $0.normalisesFirst = true
    },
    convNeXt("tiny", [3, 3, 9, 3], 96, cropPercent: 0.95),
    convNeXt("small", [3, 3, 27, 3], 96, cropPercent: 0.95),
    convNeXt("base", [3, 3, 27, 3], 128),
    convNeXt("large", [3, 3, 27, 3], 192),
    convNeXt("large_mlp", [3, 3, 27, 3], 192, input: .clip(imageSize: 320)) { $0.hidden = 1536 },
    convNeXt("xlarge", [3, 3, 27, 3], 256),
    convNeXt("xxlarge", [3, 4, 30, 3], 384, input: .clip(imageSize: 256)) { $0.epsilon = 1e-5 },
    convNeXtV2("atto", [2, 2, 6, 2], 40) { $0.mlpIsConvolution = true },
    convNeXtV2("femto", [2, 2, 6, 2], 48) { $0.mlpIsConvolution = true },
    convNeXtV2("pico", [2, 2, 6, 2], 64) { $0.mlpIsConvolution = true },
    convNeXtV2("nano", [2, 2, 8, 2], 80) { $0.mlpIsConvolution = true },
    convNeXtV2("tiny", [3, 3, 9, 3], 96),
    convNeXtV2("small", [3, 3, 27, 3], 96),
    convNeXtV2("base", [3, 3, 27, 3], 128),
    convNeXtV2("large", [3, 3, 27, 3], 192),
    convNeXtV2(
      "huge", [3, 3, 27, 3], 352, input: InputSpecification(imageSize: 384, cropPercent: 1)),
  ]

  private static func convNeXt(
    _ name: String, _ depths: [Int], _ width: Int, cropPercent: Double = 0.875,
    input: InputSpecification? = nil, _ configure: (inout ConvNeXt) -> Void = { _ in }
  ) -> Architecture {
    var net = ConvNeXt(depths: depths, width: width)
    configure(&net)
    return Architecture(
      id: "convnext_\(name)", summary: "ConvNeXt (Liu et al. 2022, arXiv:2201.03545).",
      input: input ?? InputSpecification(imageSize: 224, cropPercent: cropPercent), net)
  }

  private static func convNeXtV2(
    _ name: String, _ depths: [Int], _ width: Int, input: InputSpecification? = nil,
    _ configure: (inout ConvNeXt) -> Void = { _ in }
  ) -> Architecture {
    var net = ConvNeXt(depths: depths, width: width)
    net.hasResponseNorm = true
    configure(&net)
    return Architecture(
      id: "convnextv2_\(name)", summary: "ConvNeXt V2 (Woo et al. 2023, arXiv:2301.00808).",
      input: input ?? InputSpecification(imageSize: 224), net)
  }

  private init(id: String, summary: String, input: InputSpecification, _ net: ConvNeXt) {
    self.init(id: id, summary: summary, input: input) { classCount in
      net.graph(imageSize: input.imageSize, classCount: classCount)
    }
  }
}

extension InputSpecification {
  /// Images as CLIP's networks expect them.
  fileprivate static func clip(imageSize: Int) -> InputSpecification {
    InputSpecification(
      imageSize: imageSize, mean: [0.48145466, 0.4578275, 0.40821073],
      standardDeviation: [0.26862954, 0.26130258, 0.27577711], cropPercent: 1)
  }
}

/// The configuration of a ConvNeXt.
private struct ConvNeXt {
  enum Stem {
    /// One convolution over patches of 4×4.
    case patches
    /// Two 3×3 convolutions of stride 2, the first to this many channels.
    case overlapping(middle: Int)
  }

  /// Blocks of each stage.
  let depths: [Int]
  /// Channels of the first stage; each stage doubles them.
  let width: Int
  var stem = Stem.patches
  /// Whether the reference's blocks are 1×1 convolutions instead of linear layers.
  var mlpIsConvolution = false
  /// Global response normalisation in each block, and no layer scale (V2).
  var hasResponseNorm = false
  /// Whether the last normalisation stands before the pooling.
  var normalisesFirst = false
  /// The width of a hidden layer before the classifier.
  var hidden: Int?
  var epsilon: Float = 1e-6

  private static let initialization = Initialization.normal(standardDeviation: 0.02)

  init(depths: [Int], width: Int) {
    self.depths = depths
    self.width = width
  }

  func graph(imageSize: Int, classCount: Int) -> Graph {
    var graph = GraphBuilder(imageSize: imageSize)
    var x = graph.input
    switch stem {
    case .patches:
      x = convolution("stem.0", in: &graph, x, to: width, size: 4, stride: 4)
      x = graph.layerNorm("stem.1", x, epsilon: epsilon)
    case .overlapping(let middle):
      x = convolution("stem.0", in: &graph, x, to: middle, size: 3, stride: 2)
      x = convolution("stem.1", in: &graph, x, to: width, size: 3, stride: 2)
      x = graph.layerNorm("stem.2", x, epsilon: epsilon)
    }
    graph.endStage("stem")

    let count = depths.reduce(0, +)
    var place = 0
    for (stage, blocks) in depths.enumerated() {
      let name = "stages.\(stage)"
      if stage > 0 {
        x = graph.layerNorm("\(name).downsample.0", x, epsilon: epsilon)
        x = convolution(
          "\(name).downsample.1", in: &graph, x, to: width << stage, size: 2, stride: 2)
      }
      for index in 0..<blocks {
        x = block(
          "\(name).blocks.\(index)", in: &graph, x, depth: Double(place) / Double(count - 1))
        place += 1
      }
      graph.endStage(name)
    }

    if normalisesFirst { x = graph.layerNorm("norm_pre", x, epsilon: epsilon) }
    x = graph.add("head.global_pool", GlobalAveragePool(), x)
    if !normalisesFirst { x = graph.layerNorm("head.norm", x, epsilon: epsilon) }
    if let hidden {
      x = graph.add(
        "head.pre_logits.fc",
        Linear(
          "head.pre_logits.fc", from: graph.channels(of: x), to: hidden,
          initialization: .transformer), x)
      x = graph.activation("head.pre_logits.act", x, .gelu)
    }
    return graph.classified(
      "head.fc", features: x, classCount: classCount, initialization: .transformer)
  }

  /// Depth-wise 7×7 convolution, normalisation, and a fourfold wider layer between two products.
  private func block(
    _ name: String, in graph: inout GraphBuilder, _ input: Int, depth: Double
  ) -> Int {
    let channels = graph.channels(of: input)
    var x = graph.convolution(
      "\(name).conv_dw", input, to: channels, kernel: 7, groups: channels, hasBias: true,
      initialization: ConvNeXt.initialization)
    x = graph.layerNorm("\(name).norm", x, epsilon: epsilon)
    x = graph.linear(
      "\(name).mlp.fc1", x, to: 4 * channels,
      asConvolution: mlpIsConvolution, initialization: .transformer)
    x = graph.activation("\(name).mlp.act", x, .gelu)
    if hasResponseNorm {
      x = graph.add(
        "\(name).mlp.grn", GlobalResponseNorm("\(name).mlp.grn", channels: 4 * channels), x)
    }
    x = graph.linear(
      "\(name).mlp.fc2", x, to: channels,
      asConvolution: mlpIsConvolution, initialization: .transformer)
    if !hasResponseNorm {
      x = graph.add("\(name).gamma", LayerScale("\(name).gamma", channels: channels), x)
    }
    return graph.residual(name, x, shortcut: input, depth: depth)
  }

  private func convolution(
    _ name: String, in graph: inout GraphBuilder, _ input: Int, to outputs: Int, size: Int,
    stride: Int
  ) -> Int {
    graph.convolution(
      name, input, to: outputs, kernel: size, stride: stride,
      padding: .symmetric(size == 3 ? 1 : 0), hasBias: true,
      initialization: ConvNeXt.initialization)
  }
}
