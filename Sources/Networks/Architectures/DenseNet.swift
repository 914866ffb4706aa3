/// DenseNets, as timm builds them: each layer sees the outputs of all layers of its block.
///
/// - Reference: Huang et al. 2016, arXiv:1608.06993, table 1.
extension Architecture {
  static let denseNets: [Architecture] = [
    DenseNet(id: "densenet121", growth: 32, depths: [6, 12, 24, 16]),
    DenseNet(
      id: "densenetblur121d", growth: 32, depths: [6, 12, 24, 16], isStemDeep: true, blurs: true),
    DenseNet(id: "densenet169", growth: 32, depths: [6, 12, 32, 32]),
    DenseNet(id: "densenet201", growth: 32, depths: [6, 12, 48, 32]),
    DenseNet(id: "densenet161", growth: 48, depths: [6, 12, 36, 24]),
    DenseNet(id: "densenet264d", growth: 48, depths: [6, 12, 64, 48], isStemDeep: true),
  ].map { net in
    Architecture(
      id: net.id,
      summary:
        "DenseNet of \(net.depths.reduce(5) { $0 + 2 * $1 } + (net.isStemDeep ? 2 : 0)) layers "
        + "and growth rate \(net.growth) (Huang et al. 2016, arXiv:1608.06993).",
      input: net.input, builder: net.graph(classCount:))
  }
}

/// The configuration of a DenseNet.
private struct DenseNet {
  let id: String
  /// Channels that each layer adds.
  let growth: Int
  /// Layers of each block.
  let depths: [Int]
  /// Three 3×3 convolutions instead of one 7×7.
  var isStemDeep = false
  /// Whether the stem's pooling is a blur behind a maximum.
  var blurs = false
  let input = InputSpecification(imageSize: 224)

  func graph(classCount: Int) -> Graph {
    var graph = GraphBuilder(imageSize: input.imageSize)
    var x = addStem(to: &graph)
    graph.endStage("stem")
    for (place, depth) in zip(1..., depths) {
      for number in 1...depth {
        let name = "features.denseblock\(place).denselayer\(number)"
        var y = graph.batchNorm("\(name).norm1", x, activation: .relu)
        y = convolution("\(name).conv1", in: &graph, y, to: 4 * growth, kernel: 1)
        y = graph.batchNorm("\(name).norm2", y, activation: .relu)
        y = convolution("\(name).conv2", in: &graph, y, to: growth, kernel: 3)
        x = graph.add(name, Concatenation(), x, y)
      }
      if place < depths.count {
        let name = "features.transition\(place)"
        x = graph.batchNorm("\(name).norm", x, activation: .relu)
        x = convolution(
          "\(name).conv", in: &graph, x, to: graph.channels(of: x) / 2, kernel: 1)
        x = graph.add("\(name).pool", AveragePool(Window(size: 2, stride: 2)), x)
      }
      graph.endStage("denseblock\(place)")
    }
    x = graph.batchNorm("features.norm5", x, activation: .relu)
    let features = graph.add("global_pool", GlobalAveragePool(), x)
    return graph.classified("classifier", features: features, classCount: classCount)
  }

  private func addStem(to graph: inout GraphBuilder) -> Int {
    let widths = isStemDeep ? [growth, growth, 2 * growth] : [2 * growth]
    var x = graph.input
    for (place, width) in widths.enumerated() {
      x = convolution(
        "features.conv\(place)", in: &graph, x, to: width, kernel: isStemDeep ? 3 : 7,
        stride: place == 0 ? 2 : 1)
      x = graph.batchNorm("features.norm\(place)", x, activation: .relu)
    }
    let pool = "features.pool0"
    guard blurs else {
      return graph.add(pool, MaxPool(Window(size: 3, stride: 2, padding: .symmetric(1))), x)
    }
    x = graph.add("\(pool).0", MaxPool(Window(size: 3, padding: .symmetric(1))), x)
    return graph.add("\(pool).1", BlurPool(stride: 2), x)
  }

  private func convolution(
    _ name: String, in graph: inout GraphBuilder, _ input: Int, to outputs: Int, kernel: Int,
    stride: Int = 1
  ) -> Int {
    graph.convolution(
      name, input, to: outputs, kernel: kernel, stride: stride,
      initialization: .kaimingNormal(fan: graph.channels(of: input) * kernel * kernel))
  }
}
