/// ResNets with their normalisation before each convolution, among them Big Transfer (BiT), whose
/// convolutions standardise their weights and whose normalisation is in 32 groups.
///
/// - Reference: He et al. 2016, arXiv:1603.05027; Kolesnikov et al. 2019, arXiv:1912.11370; timm's
///   `resnetv2.py`.
extension Architecture {
  static let resNetV2s: [Architecture] = [
    bigTransfer("resnetv2_50x1_bit", [3, 4, 6, 3], width: 1, size: 224),
    bigTransfer("resnetv2_50x3_bit", [3, 4, 6, 3], width: 3, size: 448),
    bigTransfer("resnetv2_101x1_bit", [3, 4, 23, 3], width: 1, size: 448),
    bigTransfer("resnetv2_101x3_bit", [3, 4, 23, 3], width: 3, size: 448),
    bigTransfer("resnetv2_152x2_bit", [3, 8, 36, 3], width: 2, size: 224),
    bigTransfer("resnetv2_152x4_bit", [3, 8, 36, 3], width: 4, size: 480),
    resNetV2("resnetv2_18", [2, 2, 2, 2], crop: 0.9) { $0.isBasic = true },
    resNetV2("resnetv2_18d", [2, 2, 2, 2], .deep, crop: 0.9) { $0.isBasic = true },
    resNetV2("resnetv2_34", [3, 4, 6, 3], crop: 0.9) { $0.isBasic = true },
    resNetV2("resnetv2_34d", [3, 4, 6, 3], .deep, crop: 0.9) { $0.isBasic = true },
    resNetV2("resnetv2_50", [3, 4, 6, 3], crop: 0.95),
    resNetV2("resnetv2_50d", [3, 4, 6, 3], .deep),
    resNetV2("resnetv2_50t", [3, 4, 6, 3], .tiered),
    resNetV2("resnetv2_101", [3, 4, 23, 3], crop: 0.95),
    resNetV2("resnetv2_101d", [3, 4, 23, 3], .deep),
    resNetV2("resnetv2_152", [3, 8, 36, 3]),
    resNetV2("resnetv2_152d", [3, 8, 36, 3], .deep),
    resNetV2("resnetv2_50d_gn", [3, 4, 6, 3], .deep, crop: 0.95) { $0.normalizesGroups = true },
  ]

  private static func resNetV2(
    _ id: String, _ depths: [Int], _ stem: ResNetV2.Stem = .plain, crop: Double = 0.875,
    _ change: (inout ResNetV2) -> Void = { _ in }
  ) -> Architecture {
    var net = ResNetV2(depths: depths, stem: stem)
    change(&net)
    let half = [0.5, 0.5, 0.5]
    return Architecture(
      id: id,
      summary:
        "ResNet of \(net.layers) layers, normalised before each convolution (He et al. 2016, "
        + "arXiv:1603.05027).",
      input: InputSpecification(
        imageSize: 224, mean: half, standardDeviation: half, cropPercent: crop)
    ) { [net] in net.graph(imageSize: 224, classCount: $0) }
  }

  private static func bigTransfer(
    _ id: String, _ depths: [Int], width: Int, size: Int
  ) -> Architecture {
    var net = ResNetV2(depths: depths, stem: .zeroPadded)
    net.width = width
    net.standardizes = true
    net.normalizesGroups = true
    let half = [0.5, 0.5, 0.5]
    return Architecture(
      id: id,
      summary:
        "Big Transfer: ResNet of \(net.layers) layers and width \(width) with group "
        + "normalisation and weight standardisation (Kolesnikov et al. 2019, arXiv:1912.11370).",
      input: InputSpecification(
        imageSize: size, mean: half, standardDeviation: half,
        cropPercent: size == 224 ? 0.875 : 1, interpolation: size == 224 ? .bicubic : .bilinear)
    ) { [net] in net.graph(imageSize: size, classCount: $0) }
  }
}

/// The configuration of a pre-activation ResNet.
private struct ResNetV2 {
  /// The first convolutions.
  enum Stem {
    /// One 7×7 convolution.
    case plain
    /// Three 3×3 convolutions.
    case deep
    /// Three 3×3 convolutions, the first narrower.
    case tiered
    /// One 7×7 convolution, and zeros around the map that is pooled.
    case zeroPadded
  }

  let depths: [Int]
  let stem: Stem
  /// Multiplies all channels.
  var width = 1
  /// Blocks of two 3×3 convolutions instead of bottlenecks.
  var isBasic = false
  /// Whether convolutions standardise their weights.
  var standardizes = false
  /// Group normalisation in 32 groups instead of batch normalisation.
  var normalizesGroups = false

  /// Convolutions and linear layers on the longest way.
  var layers: Int { depths.reduce(2) { $0 + $1 * (isBasic ? 2 : 3) } }

  func graph(imageSize: Int, classCount: Int) -> Graph {
    var graph = GraphBuilder(imageSize: imageSize)
    var x = addStem(to: &graph)
    graph.endStage("stem")
    let count = depths.reduce(0, +)
    var index = 0
    for (place, depth) in depths.enumerated() {
      for number in 0..<depth {
        x = addBlock(
          to: &graph, "stages.\(place).blocks.\(number)", x,
          outputs: (isBasic ? 64 : 256) * width << place,
          stride: place > 0 && number == 0 ? 2 : 1, isFirst: number == 0,
          depth: Double(index) / Double(count - 1))
        index += 1
      }
      graph.endStage("stages.\(place)")
    }
    x = norm("norm", in: &graph, x)
    let features = graph.add("head.global_pool", GlobalAveragePool(), x)
    return graph.classified(
      "head.fc", features: features, classCount: classCount,
      initialization: .normal(standardDeviation: 0.01), asConvolution: true)
  }

  private func addStem(to graph: inout GraphBuilder) -> Int {
    let channels = 64 * width
    var x = graph.input
    switch stem {
    case .plain, .zeroPadded:
      x = convolution("stem.conv", in: &graph, x, to: channels, kernel: 7, stride: 2)
    case .deep, .tiered:
      let first = stem == .tiered ? channels * 3 / 8 : channels / 2
      x = convolution("stem.conv1", in: &graph, x, to: first, kernel: 3, stride: 2)
      x = norm("stem.norm1", in: &graph, x)
      x = convolution("stem.conv2", in: &graph, x, to: channels / 2, kernel: 3)
      x = norm("stem.norm2", in: &graph, x)
      x = convolution("stem.conv3", in: &graph, x, to: channels, kernel: 3)
    }
    guard stem == .zeroPadded else {
      return graph.add("stem.pool", MaxPool(Window(size: 3, stride: 2, padding: .symmetric(1))), x)
    }
    x = graph.add("stem.pad", Pad(top: 1, left: 1, bottom: 1, right: 1), x)
    return graph.add("stem.pool", MaxPool(Window(size: 3, stride: 2)), x)
  }

  /// Appends a block and returns its output; a shortcut with projection begins behind the first
  /// normalisation.
  private func addBlock(
    to graph: inout GraphBuilder, _ name: String, _ input: Int, outputs: Int, stride: Int,
    isFirst: Bool, depth: Double
  ) -> Int {
    let activated = norm("\(name).norm1", in: &graph, input)
    var shortcut = input
    if isBasic ? stride > 1 || graph.channels(of: input) != outputs : isFirst {
      shortcut = activated
      let averages = stem == .deep || stem == .tiered
      if averages && stride > 1 {
        shortcut = graph.add(
          "\(name).downsample.pool",
          AveragePool(Window(size: 2, stride: stride, ceilMode: true), countsPadding: false),
          shortcut)
      }
      shortcut = convolution(
        "\(name).downsample.conv", in: &graph, shortcut, to: outputs, kernel: 1,
        stride: averages ? 1 : stride)
    }
    let inner = isBasic ? outputs : outputs / 4
    let layers: [(kernel: Int, outputs: Int)] =
      isBasic ? [(3, inner), (3, outputs)] : [(1, inner), (3, inner), (1, outputs)]
    let strided = isBasic ? 1 : 2
    var x = activated
    for (number, layer) in zip(1..., layers) {
      if number > 1 { x = norm("\(name).norm\(number)", in: &graph, x) }
      x = convolution(
        "\(name).conv\(number)", in: &graph, x, to: layer.outputs, kernel: layer.kernel,
        stride: number == strided ? stride : 1)
    }
    return graph.residual(name, x, shortcut: shortcut, depth: depth)
  }

  private func convolution(
    _ name: String, in graph: inout GraphBuilder, _ input: Int, to outputs: Int, kernel: Int,
    stride: Int = 1
  ) -> Int {
    guard standardizes else {
      return graph.convolution(name, input, to: outputs, kernel: kernel, stride: stride)
    }
    let convolution = Convolution(
      name, from: graph.channels(of: input), to: outputs,
      window: Window(size: kernel, stride: stride, padding: .symmetric(kernel / 2)))
    return graph.add(name, StandardizedConvolution(convolution, epsilon: 1e-8), input)
  }

  /// Normalisation and ReLU.
  private func norm(_ name: String, in graph: inout GraphBuilder, _ input: Int) -> Int {
    normalizesGroups
      ? graph.groupNorm(name, input, groups: 32, activation: .relu)
      : graph.batchNorm(name, input, activation: .relu)
  }
}
