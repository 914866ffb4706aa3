/// The configuration of a ResNet, as timm builds it.
///
/// It may be wide, in groups (ResNeXt), with squeeze-and-excitation, with the stems and shortcuts of the
/// "bag of tricks", with blurred strides. The stride of a bottleneck is in its 3×3 convolution.
///
/// - Reference: He et al. 2015, arXiv:1512.03385, table 1; Xie et al. 2016, arXiv:1611.05431; Hu et al.
///   2017, arXiv:1709.01507; He et al. 2018, arXiv:1812.01187; timm's `resnet.py`.
struct ResNet {
  /// The two kinds of residual block.
  enum Block {
    /// Two 3×3 convolutions.
    case basic
    /// 1×1, 3×3 and 1×1 convolutions; the last widens fourfold.
    case bottleneck

    /// Output channels per channel of width.
    var expansion: Int { self == .basic ? 1 : 4 }
    /// Convolutions on the residual branch.
    var convolutions: Int { self == .basic ? 2 : 3 }
  }

  /// The first convolutions: one 7×7, or three 3×3 of these widths.
  enum Stem: Equatable {
    case plain
    case deep(Int, Int, Int)
  }

  /// What goes before or in place of a stride.
  enum Smoothing {
    /// Nothing: convolutions have strides.
    case none
    /// A mean over 2×2 pixels behind the convolution.
    case average
    /// A binomial blur behind the convolution.
    case blur
  }

  let id: String
  var blocks: [Block]
  let depths: [Int]
  var input: InputSpecification
  /// The width of each stage before a bottleneck's expansion.
  var widths = [64, 128, 256, 512]
  var stem = Stem.plain
  /// Whether a shortcut with stride averages before its 1×1 convolution.
  var averagesShortcuts = false
  /// Whether a 3×3 convolution with stride takes the place of the stem's pooling.
  var convolvesStemPool = false
  /// Groups of a bottleneck's 3×3 convolution.
  var groups = 1
  /// Channels of a group where the stage's width is 64.
  var groupWidth = 64
  /// What a bottleneck's first convolution is narrower by than the second.
  var firstReduction = 1
  /// The size of the convolution in a shortcut with stride.
  var shortcutKernel = 1
  /// Channels per channel of the squeeze-and-excitation behind each branch; nil without.
  var attentionReduction: Int?
  var smoothing = Smoothing.none
  /// Group normalisation in 32 groups instead of batch normalisation.
  var normalizesGroups = false

  func graph(classCount: Int) -> Graph {
    var graph = GraphBuilder(imageSize: input.imageSize)
    var x = addStem(to: &graph)
    graph.endStage("stem")

    let count = depths.reduce(0, +)
    var index = 0
    for (place, depth) in depths.enumerated() {
      for number in 0..<depth {
        x = addBlock(
          to: &graph, "layer\(place + 1).\(number)", x, blocks[place], width: widths[place],
          stride: place > 0 && number == 0 ? 2 : 1,
          depth: count > 1 ? Double(index) / Double(count - 1) : 0)
        index += 1
      }
      graph.endStage("layer\(place + 1)")
    }
    let features = graph.add("global_pool", GlobalAveragePool(), x)
    return graph.classified("fc", features: features, classCount: classCount)
  }

  private func addStem(to graph: inout GraphBuilder) -> Int {
    var x = graph.input
    switch stem {
    case .plain:
      x = graph.convolution("conv1", x, to: 64, kernel: 7, stride: 2)
    case .deep(let first, let second, let third):
      x = graph.convolution("conv1.0", x, to: first, kernel: 3, stride: 2)
      x = norm("conv1.1", in: &graph, x)
      x = graph.activation("conv1.2", x, .relu)
      x = graph.convolution("conv1.3", x, to: second, kernel: 3)
      x = norm("conv1.4", in: &graph, x)
      x = graph.activation("conv1.5", x, .relu)
      x = graph.convolution("conv1.6", x, to: third, kernel: 3)
    }
    x = norm("bn1", in: &graph, x)
    x = graph.activation("act1", x, .relu)
    if convolvesStemPool {
      x = graph.convolution("maxpool.0", x, to: graph.channels(of: x), kernel: 3, stride: 2)
      x = norm("maxpool.1", in: &graph, x)
      return graph.activation("maxpool.2", x, .relu)
    }
    switch smoothing {
    case .none:
      return graph.add("maxpool", MaxPool(Window(size: 3, stride: 2, padding: .symmetric(1))), x)
    case .average:
      return graph.add("maxpool", AveragePool(Window(size: 2, stride: 2)), x)
    case .blur:
      x = graph.add("maxpool.0", MaxPool(Window(size: 3, padding: .symmetric(1))), x)
      return graph.add("maxpool.1", BlurPool(stride: 2), x)
    }
  }

  /// Appends a residual block and returns its output.
  ///
  /// - Parameter depth: The block's place for stochastic depth.
  private func addBlock(
    to graph: inout GraphBuilder, _ name: String, _ input: Int, _ block: Block, width: Int,
    stride: Int, depth: Double
  ) -> Int {
    let outputs = width * block.expansion
    let inner = block == .basic ? width : width * groupWidth / 64 * groups
    let first = inner / firstReduction
    let last = block.convolutions
    let layers: [(kernel: Int, outputs: Int)] =
      block == .basic ? [(3, first), (3, outputs)] : [(1, first), (3, inner), (1, outputs)]
    let strided = block == .basic ? 1 : 2
    var x = input
    for (number, layer) in zip(1..., layers) {
      let layerStride = number == strided ? stride : 1
      let smooths = layerStride > 1 && smoothing != .none
      x = graph.convolution(
        "\(name).conv\(number)", x, to: layer.outputs, kernel: layer.kernel,
        stride: smooths ? 1 : layerStride,
        groups: block == .bottleneck && number == 2 ? groups : 1)
      // timm starts a residual branch at zero, so that a fresh block is the identity.
      x = norm("\(name).bn\(number)", in: &graph, x, initialScale: number == last ? 0 : 1)
      guard number < last else { break }
      x = graph.activation("\(name).act\(number)", x, .relu)
      if smooths {
        x =
          smoothing == .blur
          ? graph.add("\(name).aa", BlurPool(stride: stride), x)
          : graph.add("\(name).aa", AveragePool(Window(size: stride, stride: stride)), x)
      }
    }
    if let attentionReduction {
      x = graph.squeezeExcitation(
        "\(name).se", x, reduced: max(8, (outputs / attentionReduction + 4) / 8 * 8),
        layers: ("fc1", "fc2"), initialization: Linear.Initializer.byOutputs)
    }
    let shortcut = addShortcut(to: &graph, "\(name).downsample", input, outputs, stride: stride)
    x = graph.residual(name, x, shortcut: shortcut, depth: depth)
    return graph.activation("\(name).act\(last)", x, .relu)
  }

  private func addShortcut(
    to graph: inout GraphBuilder, _ name: String, _ input: Int, _ outputs: Int, stride: Int
  ) -> Int {
    guard stride != 1 || graph.channels(of: input) != outputs else { return input }
    var x = input
    if averagesShortcuts {
      if stride > 1 {
        x = graph.add(
          "\(name).0",
          AveragePool(Window(size: 2, stride: stride, ceilMode: true), countsPadding: false), x)
      }
      x = graph.convolution("\(name).1", x, to: outputs, kernel: 1)
      return norm("\(name).2", in: &graph, x)
    }
    x = graph.convolution(
      "\(name).0", x, to: outputs, kernel: stride > 1 ? shortcutKernel : 1, stride: stride)
    return norm("\(name).1", in: &graph, x)
  }

  private func norm(
    _ name: String, in graph: inout GraphBuilder, _ input: Int, initialScale: Double = 1
  ) -> Int {
    guard normalizesGroups else {
      return graph.batchNorm(name, input, initialScale: initialScale)
    }
    return graph.groupNorm(name, input, groups: 32, initialScale: initialScale)
  }
}
