/// ResNets for 32×32 images with parameter-free shortcuts.
///
/// Names are those of the weights by Y. Idelbayev (github akamaster/pytorch_resnet_cifar10).
///
/// - Reference: He et al. 2015, arXiv:1512.03385, §4.2, option A.
extension Architecture {
  static let cifarResNets: [Architecture] = [3, 5, 7, 9].map(cifarResNet(blocks:))

  private static func cifarResNet(blocks: Int) -> Architecture {
    let depth = 6 * blocks + 2
    let input = InputSpecification(
      imageSize: 32, cropPercent: 1, resize: .squash, interpolation: .bilinear)
    return Architecture(
      id: "resnet\(depth)_cifar",
      summary:
        "ResNet of \(depth) layers for 32×32 images (He et al. 2015, arXiv:1512.03385, §4.2).",
      input: input
    ) { classCount in
      var graph = GraphBuilder(input: SampleShape(height: 32, width: 32, channels: 3))
      var x = graph.add("conv1", convolution("conv1", from: 3, to: 16, stride: 1), graph.input)
      x = graph.add("bn1", BatchNorm("bn1", channels: 16), x)
      x = graph.add("act1", Activation(.relu), x)
      graph.endStage("stem")

      var channels = 16
      for (place, width) in [16, 32, 64].enumerated() {
        for index in 0..<blocks {
          let name = "layer\(place + 1).\(index)"
          let stride = place > 0 && index == 0 ? 2 : 1
          let input = x
          x = graph.add(
            "\(name).conv1",
            convolution("\(name).conv1", from: channels, to: width, stride: stride), x)
          x = graph.add("\(name).bn1", BatchNorm("\(name).bn1", channels: width), x)
          x = graph.add("\(name).act1", Activation(.relu), x)
          x = graph.add(
            "\(name).conv2", convolution("\(name).conv2", from: width, to: width, stride: 1), x)
          x = graph.add("\(name).bn2", BatchNorm("\(name).bn2", channels: width), x)
          var shortcut = input
          if stride != 1 || channels != width {
            shortcut = graph.add(
              "\(name).shortcut",
              PaddedShortcut(stride: stride, before: width / 4, after: width / 4),
              input)
          }
          x = graph.add("\(name).add", Add(), x, shortcut)
          x = graph.add("\(name).act2", Activation(.relu), x)
          channels = width
        }
        graph.endStage("layer\(place + 1)")
      }

      let features = graph.add("pool", GlobalAveragePool(), x)
      graph.endStage("features")
      x = graph.add("drop", Dropout(), features)
      let logits = graph.add(
        "linear", Linear("linear", from: channels, to: classCount, initialization: .kaiming), x)
      graph.endStage("head")
      return graph.graph(features: features, logits: logits)
    }
  }

  private static func convolution(
    _ name: String, from inputs: Int, to outputs: Int, stride: Int
  ) -> Convolution {
    Convolution(
      name, from: inputs, to: outputs,
      window: Window(size: 3, stride: stride, padding: .symmetric(1)),
      initialization: .kaimingNormal(fan: inputs * 9))
  }
}
