/// The networks of inverted residual blocks: EfficientNet-Lite and MobileNetV2, as timm builds them.
///
/// - Reference: Sandler et al. 2018, arXiv:1801.04381, table 2; Tan & Le 2019, arXiv:1905.11946,
///   table 1, without squeeze-and-excitation and with ReLU6 (EfficientNet-Lite).
extension Architecture {
  static let efficientNetLites: [Architecture] = [
    efficientNetLite(0, width: 1.0, depth: 1.0, size: 224, crop: 0.875, .bicubic),
    efficientNetLite(1, width: 1.0, depth: 1.1, size: 240, crop: 0.882, .bicubic),
    efficientNetLite(2, width: 1.1, depth: 1.2, size: 260, crop: 0.890, .bicubic),
    efficientNetLite(3, width: 1.2, depth: 1.4, size: 300, crop: 0.904, .bilinear),
    efficientNetLite(4, width: 1.4, depth: 1.8, size: 380, crop: 0.920, .bilinear),
  ]

  static let mobileNetV2s: [Architecture] = [
    mobileNetV2("mobilenetv2_035", width: 0.35),
    mobileNetV2("mobilenetv2_050", width: 0.5),
    mobileNetV2("mobilenetv2_075", width: 0.75),
    mobileNetV2("mobilenetv2_100", width: 1.0),
    mobileNetV2("mobilenetv2_110d", width: 1.1, depth: 1.2),
    mobileNetV2("mobilenetv2_120d", width: 1.2, depth: 1.4),
    mobileNetV2("mobilenetv2_140", width: 1.4),
  ]

  private static func efficientNetLite(
    _ number: Int, width: Double, depth: Double, size: Int, crop: Double,
    _ interpolation: InputSpecification.Interpolation
  ) -> Architecture {
    let net = InvertedResidualNet(
      groups: [
        .init(repeats: 1, kernel: 3, stride: 1, expansion: 1, channels: 16),
        .init(repeats: 2, kernel: 3, stride: 2, expansion: 6, channels: 24),
        .init(repeats: 2, kernel: 5, stride: 2, expansion: 6, channels: 40),
        .init(repeats: 3, kernel: 3, stride: 2, expansion: 6, channels: 80),
        .init(repeats: 3, kernel: 5, stride: 1, expansion: 6, channels: 112),
        .init(repeats: 4, kernel: 5, stride: 2, expansion: 6, channels: 192),
        .init(repeats: 1, kernel: 3, stride: 1, expansion: 6, channels: 320),
      ],
      width: width, depth: depth, keepsEnds: true, tensorFlow: true)
    let half = [0.5, 0.5, 0.5]
    return Architecture(
      id: "tf_efficientnet_lite\(number)",
      summary:
        "EfficientNet-Lite\(number) with TensorFlow's padding (Tan & Le 2019, arXiv:1905.11946).",
      input: InputSpecification(
        imageSize: size, mean: half, standardDeviation: half, cropPercent: crop,
        interpolation: interpolation)
    ) { net.graph(imageSize: size, classCount: $0) }
  }

  private static func mobileNetV2(
    _ id: String, width: Double, depth: Double? = nil
  ) -> Architecture {
    let net = InvertedResidualNet(
      groups: [
        .init(repeats: 1, kernel: 3, stride: 1, expansion: 1, channels: 16),
        .init(repeats: 2, kernel: 3, stride: 2, expansion: 6, channels: 24),
        .init(repeats: 3, kernel: 3, stride: 2, expansion: 6, channels: 32),
        .init(repeats: 4, kernel: 3, stride: 2, expansion: 6, channels: 64),
        .init(repeats: 3, kernel: 3, stride: 1, expansion: 6, channels: 96),
        .init(repeats: 3, kernel: 3, stride: 2, expansion: 6, channels: 160),
        .init(repeats: 1, kernel: 3, stride: 1, expansion: 6, channels: 320),
      ],
      width: width, depth: depth ?? 1, keepsEnds: depth != nil, tensorFlow: false)
    return Architecture(
      id: id, summary: "MobileNetV2 of width \(width) (Sandler et al. 2018, arXiv:1801.04381).",
      input: InputSpecification(imageSize: 224)
    ) { net.graph(imageSize: 224, classCount: $0) }
  }
}

/// The configuration of a network of inverted residual blocks.
private struct InvertedResidualNet {
  /// A run of blocks of one width.
  struct Group {
    let repeats: Int
    let kernel: Int
    let stride: Int
    let expansion: Int
    let channels: Int
  }

  let groups: [Group]
  /// Multiplies channels, which are then rounded to a multiple of 8.
  let width: Double
  /// Multiplies repeats, rounded up.
  let depth: Double
  /// Whether stem and head keep their width and the first and last group their depth.
  let keepsEnds: Bool
  /// TensorFlow's padding and ε = 10⁻³ instead of PyTorch's symmetric padding and 10⁻⁵.
  let tensorFlow: Bool

  func graph(imageSize: Int, classCount: Int) -> Graph {
    var graph = GraphBuilder(
      input: SampleShape(height: imageSize, width: imageSize, channels: 3))
    var channels = keepsEnds ? 32 : scaled(32)
    var x = convolution(
      "conv_stem", norm: "bn1", in: &graph, graph.input, from: 3, to: channels, kernel: 3,
      stride: 2, activates: true)
    graph.endStage("stem")

    for (place, group) in groups.enumerated() {
      let isEnd = place == 0 || place == groups.count - 1
      let repeats =
        keepsEnds && isEnd ? group.repeats : Int((Double(group.repeats) * depth).rounded(.up))
      for index in 0..<repeats {
        x = block(
          "blocks.\(place).\(index)", in: &graph, x, from: channels, to: scaled(group.channels),
          group, stride: index == 0 ? group.stride : 1)
        channels = scaled(group.channels)
      }
      graph.endStage("blocks.\(place)")
    }

    let width = keepsEnds ? 1280 : max(1280, scaled(1280))
    x = convolution(
      "conv_head", norm: "bn2", in: &graph, x, from: channels, to: width, kernel: 1, stride: 1,
      activates: true)
    graph.endStage("conv_head")
    let features = graph.add("global_pool", GlobalAveragePool(), x)
    graph.endStage("features")
    x = graph.add("drop", Dropout(), features)
    let logits = graph.add(
      "classifier", Linear("classifier", from: width, to: classCount, initialization: .fanOut), x)
    graph.endStage("head")
    return graph.graph(features: features, logits: logits)
  }

  /// Channels times the width, rounded to a multiple of 8, at least 8 and at least 90 %.
  private func scaled(_ channels: Int) -> Int {
    let wanted = Double(channels) * width
    let rounded = max(8, Int(wanted + 4) / 8 * 8)
    return Double(rounded) < 0.9 * wanted ? rounded + 8 : rounded
  }

  /// Expansion (unless it is 1), depth-wise convolution and projection, with a shortcut where the
  /// shapes allow.
  private func block(
    _ name: String, in graph: inout GraphBuilder, _ input: Int, from channels: Int, to outputs: Int,
    _ group: Group, stride: Int
  ) -> Int {
    var x = input
    let expanded = channels * group.expansion
    let expands = group.expansion > 1
    if expands {
      x = convolution(
        "\(name).conv_pw", norm: "\(name).bn1", in: &graph, x, from: channels, to: expanded,
        kernel: 1, stride: 1, activates: true)
    }
    x = graph.add(
      "\(name).conv_dw",
      DepthwiseConvolution(
        "\(name).conv_dw", channels: expanded, window: window(group.kernel, stride)), x)
    x = norm("\(name).\(expands ? "bn2" : "bn1")", in: &graph, x, expanded, activates: true)
    x = convolution(
      "\(name).\(expands ? "conv_pwl" : "conv_pw")", norm: "\(name).\(expands ? "bn3" : "bn2")",
      in: &graph, x, from: expanded, to: outputs, kernel: 1, stride: 1, activates: false)
    guard stride == 1, channels == outputs else { return x }
    return graph.add("\(name).add", Add(), x, input)
  }

  private func convolution(
    _ name: String, norm normName: String, in graph: inout GraphBuilder, _ input: Int,
    from inputs: Int, to outputs: Int, kernel: Int, stride: Int, activates: Bool
  ) -> Int {
    let x = graph.add(
      name, Convolution(name, from: inputs, to: outputs, window: window(kernel, stride)), input)
    return norm(normName, in: &graph, x, outputs, activates: activates)
  }

  private func norm(
    _ name: String, in graph: inout GraphBuilder, _ input: Int, _ channels: Int, activates: Bool
  ) -> Int {
    let x = graph.add(
      name, BatchNorm(name, channels: channels, epsilon: tensorFlow ? 1e-3 : 1e-5), input)
    return activates ? graph.add("\(name).act", Activation(.relu6), x) : x
  }

  private func window(_ size: Int, _ stride: Int) -> Window {
    Window(size: size, stride: stride, padding: tensorFlow ? .same : .symmetric(size / 2))
  }
}
