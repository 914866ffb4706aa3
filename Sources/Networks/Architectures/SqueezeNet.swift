/// SqueezeNet 1.1, as torchvision builds it.
///
/// The classifier is a convolution with ReLU before the pooling, so class scores are never negative
/// and the embedding, the pooled input of that convolution, lies beside the way to the scores.
///
/// - Reference: Iandola et al. 2016, arXiv:1602.07360.
extension Architecture {
  static let squeezeNets: [Architecture] = [squeezeNet1_1]

  private static let squeezeNet1_1 = Architecture(
    id: "squeezenet1_1", summary: "SqueezeNet 1.1 (Iandola et al. 2016, arXiv:1602.07360).",
    input: InputSpecification(imageSize: 224, interpolation: .bilinear)
  ) { classCount in
    let pool = MaxPool(Window(size: 3, stride: 2, ceilMode: true))
    var graph = GraphBuilder(input: SampleShape(height: 224, width: 224, channels: 3))
    var x = convolution(
      "features.0", in: &graph, graph.input, from: 3, to: 64, Window(size: 3, stride: 2))
    x = graph.add("features.2", pool, x)
    graph.endStage("stem")

    var channels = 64
    for (stage, modules) in [[3, 4], [6, 7], [9, 10, 11, 12]].enumerated() {
      for module in modules {
        let squeezed = [3: 16, 4: 16, 6: 32, 7: 32, 9: 48, 10: 48][module] ?? 64
        x = fire("features.\(module)", in: &graph, x, from: channels, squeezed: squeezed)
        channels = squeezed * 8
      }
      if stage < 2 { x = graph.add("features.\(modules[1] + 1)", pool, x) }
      graph.endStage(stage < 2 ? "fire\(stage + 1)" : "features")
    }

    let features = graph.add("pooled", GlobalAveragePool(), x)
    x = graph.add("classifier.0", Dropout(), x)
    x = convolution(
      "classifier.1", in: &graph, x, from: channels, to: classCount, Window(size: 1),
      .normal(standardDeviation: 0.01))
    let logits = graph.add("classifier.3", GlobalAveragePool(), x)
    graph.endStage("head")
    return graph.graph(features: features, logits: logits)
  }

  /// A 1×1 convolution that narrows, then 1×1 and 3×3 convolutions side by side.
  private static func fire(
    _ name: String, in graph: inout GraphBuilder, _ input: Int, from channels: Int, squeezed: Int
  ) -> Int {
    let x = convolution(
      "\(name).squeeze", in: &graph, input, from: channels, to: squeezed, Window(size: 1))
    let one = convolution(
      "\(name).expand1x1", in: &graph, x, from: squeezed, to: squeezed * 4, Window(size: 1))
    let three = convolution(
      "\(name).expand3x3", in: &graph, x, from: squeezed, to: squeezed * 4,
      Window(size: 3, padding: .symmetric(1)))
    return graph.add(name, Concatenation(), one, three)
  }

  private static func convolution(
    _ name: String, in graph: inout GraphBuilder, _ input: Int, from inputs: Int, to outputs: Int,
    _ window: Window, _ initialization: Initialization? = nil
  ) -> Int {
    let fan = Double(inputs * window.taps)
    let x = graph.add(
      name,
      Convolution(
        name, from: inputs, to: outputs, window: window, hasBias: true,
        initialization: initialization ?? .uniform(bound: (6 / fan).squareRoot())), input)
    return graph.add("\(name).relu", Activation(.relu), x)
  }
}
