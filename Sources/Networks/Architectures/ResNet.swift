/// ResNets for ImageNet, as timm builds them (the stride of a bottleneck is in its 3×3 convolution).
///
/// - Reference: He et al. 2015, arXiv:1512.03385, table 1.
extension Architecture {
  static let resNets: [Architecture] = [
    resNet("resnet18", layers: [2, 2, 2, 2], block: .basic),
    resNet("resnet34", layers: [3, 4, 6, 3], block: .basic),
    resNet("resnet50", layers: [3, 4, 6, 3], block: .bottleneck),
  ]

  private static func resNet(
    _ id: String, layers: [Int], block: ResNetBlock
  ) -> Architecture {
    let input = InputSpecification(imageSize: 224, cropPercent: 0.95)
    let depth = layers.reduce(2) { $0 + $1 * block.convolutions }
    return Architecture(
      id: id, summary: "ResNet of \(depth) layers (He et al. 2015, arXiv:1512.03385).", input: input
    ) { classCount in
      var graph = GraphBuilder(
        input: SampleShape(height: input.imageSize, width: input.imageSize, channels: 3))
      var x = graph.add(
        "conv1",
        Convolution(
          "conv1", from: 3, to: 64, window: Window(size: 7, stride: 2, padding: .symmetric(3))),
        graph.input)
      x = graph.add("bn1", BatchNorm("bn1", channels: 64), x)
      x = graph.add("act1", Activation(.relu), x)
      x = graph.add("maxpool", MaxPool(Window(size: 3, stride: 2, padding: .symmetric(1))), x)
      graph.endStage("stem")

      var channels = 64
      for (place, count) in layers.enumerated() {
        let width = 64 << place
        for index in 0..<count {
          let stride = place > 0 && index == 0 ? 2 : 1
          x = block.add(
            to: &graph, "layer\(place + 1).\(index)", input: x, channels: channels, width: width,
            stride: stride)
          channels = width * block.expansion
        }
        graph.endStage("layer\(place + 1)")
      }

      let features = graph.add("global_pool", GlobalAveragePool(), x)
      graph.endStage("features")
      x = graph.add("drop", Dropout(), features)
      let logits = graph.add("fc", Linear("fc", from: channels, to: classCount), x)
      graph.endStage("head")
      return graph.graph(features: features, logits: logits)
    }
  }
}

/// The two kinds of residual block.
private enum ResNetBlock {
  /// Two 3×3 convolutions.
  case basic
  /// 1×1, 3×3 and 1×1 convolutions; the last widens fourfold.
  case bottleneck

  /// Output channels per channel of width.
  var expansion: Int { self == .basic ? 1 : 4 }
  /// Convolutions on the residual branch.
  var convolutions: Int { self == .basic ? 2 : 3 }

  /// Appends one block and returns its output.
  func add(
    to graph: inout GraphBuilder, _ name: String, input: Int, channels: Int, width: Int, stride: Int
  ) -> Int {
    let outputs = width * expansion
    let sizes = self == .basic ? [3, 3] : [1, 3, 1]
    let strided = self == .basic ? 0 : 1
    var x = input
    var inputs = channels
    for (place, size) in sizes.enumerated() {
      let last = place == sizes.count - 1
      let width = last ? outputs : width
      let conv = "\(name).conv\(place + 1)"
      x = graph.add(
        conv,
        Convolution(
          conv, from: inputs, to: width,
          window: Window(
            size: size, stride: place == strided ? stride : 1, padding: .symmetric(size / 2))),
        x)
      let norm = "\(name).bn\(place + 1)"
      // timm starts a residual branch at zero, so that a fresh block is the identity.
      x = graph.add(norm, BatchNorm(norm, channels: width, initialScale: last ? 0 : 1), x)
      if !last { x = graph.add("\(name).act\(place + 1)", Activation(.relu), x) }
      inputs = width
    }

    var shortcut = input
    if stride != 1 || channels != outputs {
      let conv = "\(name).downsample.0"
      shortcut = graph.add(
        conv,
        Convolution(conv, from: channels, to: outputs, window: Window(size: 1, stride: stride)),
        shortcut)
      let norm = "\(name).downsample.1"
      shortcut = graph.add(norm, BatchNorm(norm, channels: outputs), shortcut)
    }
    x = graph.add("\(name).add", Add(), x, shortcut)
    return graph.add("\(name).act\(sizes.count)", Activation(.relu), x)
  }
}
