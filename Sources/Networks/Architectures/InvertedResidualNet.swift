/// The configuration of a network of mobile blocks: MobileNets, MnasNets, EfficientNets.
///
/// Names and arithmetic are those of timm's `EfficientNet` and `MobileNetV3` with `decode_arch_def`.
struct InvertedResidualNet {
  /// What follows the blocks.
  enum Head {
    /// Pooling and classifier only.
    case pool
    /// A 1×1 convolution to this many channels, pooling, classifier.
    case convolution(Int)
    /// Pooling, a 1×1 convolution without normalisation to this many channels, classifier
    /// (MobileNetV3's "efficient last stage").
    case efficient(Int, hasBias: Bool = true)
  }

  /// How squeeze-and-excitation is done.
  struct Squeeze {
    var gate = ActivationFunction.sigmoid
    /// What follows the reduction; nil for the block's own activation.
    var activation: ActivationFunction?
    /// Whether the reduced channels are a part of the expanded channels, not of the block's input.
    var countsExpanded = false
    var rounding = Rounding.nearest

    enum Rounding {
      /// To the nearest whole number.
      case nearest
      /// To a multiple of 8.
      case multiple
      /// As the network's channels, its width included.
      case scaled
    }
  }

  var stages: [[String]]
  /// Multiplies channels, which are then rounded; see ``divisible(_:by:limit:)``.
  var width = 1.0
  /// Channels are multiples of this.
  var divisor = 8
  /// The part of a channel count that rounding keeps at least.
  var roundLimit = 0.9
  /// Multiplies the blocks of each stage.
  var depths: [Double] = []
  /// Whether a scaled number of blocks is rounded to the nearest instead of up.
  var roundsDepth = false
  /// Whether the first and last stage keep their number of blocks.
  var keepsEndDepths = false
  var stem = 32
  /// Whether the stem keeps its width.
  var keepsStem = false
  var head: Head
  var activation: ActivationFunction
  var squeeze = Squeeze()
  /// TensorFlow's padding and ε = 10⁻³ instead of PyTorch's symmetric padding and 10⁻⁵.
  var tensorFlow = false

  /// Channels times the network's width, rounded.
  func scaled(_ channels: Int) -> Int {
    InvertedResidualNet.divisible(Double(channels) * width, by: divisor, limit: roundLimit)
  }

  /// The multiple nearest to a number of channels, at least one and at least the limit's part.
  static func divisible(_ wanted: Double, by divisor: Int = 8, limit: Double = 0.9) -> Int {
    let rounded = max(divisor, Int(wanted + Double(divisor) / 2) / divisor * divisor)
    return Double(rounded) < limit * wanted ? rounded + divisor : rounded
  }

  /// The blocks of a stage, each as often as it is repeated.
  ///
  /// The stage's number of blocks is scaled as a whole and shared out from its end.
  private func blocks(of stage: Int) -> [InvertedResidualBlock] {
    let blocks = stages[stage].map(InvertedResidualBlock.init)
    let isEnd = stage == 0 || stage == stages.count - 1
    let depth = depths.isEmpty || keepsEndDepths && isEnd ? 1 : depths[min(stage, depths.count - 1)]
    var count = blocks.reduce(0) { $0 + $1.repeats }
    let wanted = Double(count) * depth
    var scaled =
      roundsDepth ? max(1, Int(wanted.rounded(.toNearestOrEven))) : Int(wanted.rounded(.up))
    var result: [InvertedResidualBlock] = []
    for block in blocks.reversed() {
      let share = Double(block.repeats) / Double(count) * Double(scaled)
      let repeats = max(1, Int(share.rounded(.toNearestOrEven)))
      result.insert(contentsOf: Array(repeating: block, count: repeats), at: 0)
      count -= block.repeats
      scaled -= repeats
    }
    return result
  }

  func graph(imageSize: Int, classCount: Int) -> Graph {
    var graph = GraphBuilder(imageSize: imageSize)
    var x = convolution(
      "conv_stem", norm: "bn1", in: &graph, graph.input, to: keepsStem ? stem : scaled(stem),
      kernel: 3, stride: 2, activation)
    graph.endStage("stem")

    let stages = stages.indices.map { blocks(of: $0) }
    let count = stages.reduce(0) { $0 + $1.count }
    var place = 0
    for (stage, blocks) in stages.enumerated() {
      for (index, block) in blocks.enumerated() {
        x = add(
          block, "blocks.\(stage).\(index)", in: &graph, x, stride: index == 0 ? block.stride : 1,
          depth: Double(place) / Double(count))
        place += 1
      }
      graph.endStage("blocks.\(stage)")
    }

    switch head {
    case .pool: x = graph.add("global_pool", GlobalAveragePool(), x)
    case .convolution(let width):
      x = convolution(
        "conv_head", norm: "bn2", in: &graph, x, to: width, kernel: 1, stride: 1, activation)
      graph.endStage("conv_head")
      x = graph.add("global_pool", GlobalAveragePool(), x)
    case .efficient(let width, let hasBias):
      x = graph.add("global_pool", GlobalAveragePool(), x)
      x = graph.add(
        "conv_head",
        Linear(
          "conv_head", from: graph.channels(of: x), to: width, hasBias: hasBias,
          asConvolution: true, initialization: InvertedResidualNet.kaiming(width)), x)
      x = graph.activation("act2", x, activation)
    }
    return graph.classified(
      "classifier", features: x, classCount: classCount, initialization: .fanOut)
  }

  /// TensorFlow's law for a 1×1 convolution on a vector: normal by fan-out.
  private static func kaiming(_ outputs: Int) -> Linear.Initializer {
    .normal(standardDeviation: (2 / Double(outputs)).squareRoot())
  }

  /// Appends one block and returns its output.
  private func add(
    _ block: InvertedResidualBlock, _ name: String, in graph: inout GraphBuilder, _ input: Int,
    stride: Int, depth: Double
  ) -> Int {
    let inputs = graph.channels(of: input)
    let outputs = scaled(block.channels)
    let function = block.activation ?? activation
    let expandedFrom = block.expandedFrom.map(scaled) ?? inputs
    let expanded = InvertedResidualNet.divisible(Double(expandedFrom) * block.expansion)
    var x = input
    var norms = (1...3).map { "\(name).bn\($0)" }[...]

    switch block.kind {
    case .convolution:
      x = convolution(
        "\(name).conv", norm: norms.removeFirst(), in: &graph, x, to: outputs,
        kernel: block.kernel, stride: stride, function)
    case .edgeResidual:
      x = convolution(
        "\(name).conv_exp", norm: norms.removeFirst(), in: &graph, x, to: expanded,
        kernel: block.kernel, stride: stride, function)
    case .invertedResidual, .depthwiseSeparable, .activatedDepthwiseSeparable:
      if block.kind == .invertedResidual {
        x = convolution(
          "\(name).conv_pw", norm: norms.removeFirst(), in: &graph, x, to: expanded, kernel: 1,
          stride: 1, function)
      }
      x = convolution(
        "\(name).conv_dw", norm: norms.removeFirst(), in: &graph, x, to: graph.channels(of: x),
        kernel: block.kernel, stride: stride, groups: graph.channels(of: x), function)
    }
    if block.squeeze > 0 { x = excite("\(name).se", in: &graph, x, block, function) }
    if block.kind != .convolution {
      let isSeparable =
        block.kind == .depthwiseSeparable || block.kind == .activatedDepthwiseSeparable
      x = convolution(
        isSeparable ? "\(name).conv_pw" : "\(name).conv_pwl", norm: norms.removeFirst(), in: &graph,
        x, to: outputs, kernel: 1, stride: 1,
        block.kind == .activatedDepthwiseSeparable ? function : .none)
    }
    guard block.hasShortcut, stride == 1, inputs == outputs else { return x }
    return graph.residual(name, x, shortcut: input, depth: depth)
  }

  private func excite(
    _ name: String, in graph: inout GraphBuilder, _ input: Int, _ block: InvertedResidualBlock,
    _ function: ActivationFunction
  ) -> Int {
    let isExpanded = block.kind == .invertedResidual || block.kind == .edgeResidual
    let part =
      squeeze.countsExpanded || !isExpanded ? block.squeeze : block.squeeze / block.expansion
    let wanted = Double(graph.channels(of: input)) * part
    let reduced =
      switch squeeze.rounding {
      case .nearest: Int(wanted.rounded(.toNearestOrEven))
      case .multiple: InvertedResidualNet.divisible(wanted)
      case .scaled:
        InvertedResidualNet.divisible(wanted * width, by: divisor, limit: roundLimit)
      }
    return graph.squeezeExcitation(
      name, input, reduced: reduced, layers: ("conv_reduce", "conv_expand"),
      activation: squeeze.activation ?? function, gate: squeeze.gate,
      initialization: InvertedResidualNet.kaiming)
  }

  private func convolution(
    _ name: String, norm: String, in graph: inout GraphBuilder, _ input: Int, to outputs: Int,
    kernel: Int, stride: Int, groups: Int = 1, _ activation: ActivationFunction
  ) -> Int {
    let x = graph.convolution(
      name, input, to: outputs, kernel: kernel, stride: stride, padding: tensorFlow ? .same : nil,
      groups: groups)
    return graph.batchNorm(norm, x, epsilon: tensorFlow ? 1e-3 : 1e-5, activation: activation)
  }
}
