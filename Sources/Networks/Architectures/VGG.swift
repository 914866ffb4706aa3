/// VGG: 3×3 convolutions and max-pooling, then what were two linear layers as convolutions, as timm
/// builds it. The embedding has 4096 numbers.
///
/// - Reference: Simonyan & Zisserman 2014, arXiv:1409.1556, table 1 (A, B, D, E).
extension Architecture {
  static let vggs: [Architecture] = [
    vgg("vgg11", depths: [1, 1, 2, 2, 2]),
    vgg("vgg11_bn", depths: [1, 1, 2, 2, 2]),
    vgg("vgg13", depths: [2, 2, 2, 2, 2]),
    vgg("vgg13_bn", depths: [2, 2, 2, 2, 2]),
    vgg("vgg16", depths: [2, 2, 3, 3, 3]),
    vgg("vgg16_bn", depths: [2, 2, 3, 3, 3]),
    vgg("vgg19", depths: [2, 2, 4, 4, 4]),
    vgg("vgg19_bn", depths: [2, 2, 4, 4, 4]),
  ]

  /// - Parameters:
  ///   - depths: Convolutions before each pooling.
  ///   - hidden: Channels between the last two convolutions.
  package static func vgg(_ id: String, depths: [Int], hidden: Int = 4096) -> Architecture {
    let isNormalized = id.hasSuffix("_bn")
    let input = InputSpecification(imageSize: 224, interpolation: .bilinear)
    return Architecture(
      id: id,
      summary:
        "VGG of \(depths.reduce(3, +)) layers\(isNormalized ? " with batch normalisation" : "")"
        + " (Simonyan & Zisserman 2014, arXiv:1409.1556).",
      input: input
    ) { classCount in
      var graph = GraphBuilder(imageSize: input.imageSize)
      var x = graph.input
      var index = 0
      for (place, (depth, channels)) in zip(depths, [64, 128, 256, 512, 512]).enumerated() {
        for _ in 0..<depth {
          x = graph.convolution(
            "features.\(index)", x, to: channels, kernel: 3, hasBias: true)
          index += 1
          if isNormalized {
            x = graph.batchNorm("features.\(index)", x)
            index += 1
          }
          x = graph.activation("features.\(index)", x, .relu)
          index += 1
        }
        x = graph.add("features.\(index)", MaxPool(Window(size: 2, stride: 2)), x)
        index += 1
        graph.endStage(place == 0 ? "stem" : "layer\(place)")
      }
      // A map smaller than the window is repeated.
      x = graph.add(
        "pre_logits.pool", AdaptiveAveragePool(height: 7, width: 7, keepsLarger: true), x)
      x = graph.convolution(
        "pre_logits.fc1", x, to: hidden, kernel: 7, padding: .symmetric(0), hasBias: true)
      x = graph.activation("pre_logits.act1", x, .relu)
      x = graph.add("pre_logits.drop", Dropout(), x)
      x = graph.convolution("pre_logits.fc2", x, to: 4096, kernel: 1, hasBias: true)
      x = graph.activation("pre_logits.act2", x, .relu)
      let features = graph.add("head.global_pool", GlobalAveragePool(), x)
      return graph.classified(
        "head.fc", features: features, classCount: classCount,
        initialization: .normal(standardDeviation: 0.01))
    }
  }
}
