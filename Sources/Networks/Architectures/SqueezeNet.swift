/// SqueezeNet 1.0 and 1.1, as torchvision builds them.
///
/// The classifier is a convolution with ReLU before the pooling, so class scores are never negative
/// and the embedding, the pooled input of that convolution, lies beside the way to the scores.
///
/// - Reference: Iandola et al. 2016, arXiv:1602.07360.
extension Architecture {
  static let squeezeNets: [Architecture] = [
    squeezeNet(
      "1.0", stem: (96, Window(size: 7, stride: 2)),
      fires: [[16, 16, 32], [32, 48, 48, 64], [64]]),
    squeezeNet(
      "1.1", stem: (64, Window(size: 3, stride: 2)),
      fires: [[16, 16], [32, 32], [48, 48, 64, 64]]),
  ]

  /// - Parameter fires: The narrow channels of the modules between two poolings.
  private static func squeezeNet(
    _ version: String, stem: (channels: Int, window: Window), fires: [[Int]]
  ) -> Architecture {
    Architecture(
      id: "squeezenet" + version.map { $0 == "." ? "_" : "\($0)" }.joined(),
      summary: "SqueezeNet \(version) (Iandola et al. 2016, arXiv:1602.07360).",
      input: InputSpecification(imageSize: 224, interpolation: .bilinear)
    ) { classCount in
      let pool = MaxPool(Window(size: 3, stride: 2, ceilMode: true))
      var graph = GraphBuilder(imageSize: 224)
      var x = convolution("features.0", in: &graph, graph.input, to: stem.channels, stem.window)
      x = graph.add("features.2", pool, x)
      graph.endStage("stem")

      var module = 3
      for (stage, widths) in fires.enumerated() {
        for squeezed in widths {
          x = fire("features.\(module)", in: &graph, x, squeezed: squeezed)
          module += 1
        }
        if stage < fires.count - 1 {
          x = graph.add("features.\(module)", pool, x)
          module += 1
        }
        graph.endStage(stage < fires.count - 1 ? "fire\(stage + 1)" : "features")
      }

      let features = graph.add("pooled", GlobalAveragePool(), x)
      x = graph.add("classifier.0", Dropout(), x)
      x = convolution(
        "classifier.1", in: &graph, x, to: classCount, Window(size: 1),
        .normal(standardDeviation: 0.01))
      let logits = graph.add("classifier.3", GlobalAveragePool(), x)
      graph.endStage("head")
      return graph.graph(features: features, logits: logits)
    }
  }

  /// A 1×1 convolution that narrows, then 1×1 and 3×3 convolutions side by side.
  private static func fire(
    _ name: String, in graph: inout GraphBuilder, _ input: Int, squeezed: Int
  ) -> Int {
    let x = convolution("\(name).squeeze", in: &graph, input, to: squeezed, Window(size: 1))
    let one = convolution("\(name).expand1x1", in: &graph, x, to: squeezed * 4, Window(size: 1))
    let three = convolution(
      "\(name).expand3x3", in: &graph, x, to: squeezed * 4,
      Window(size: 3, padding: .symmetric(1)))
    return graph.add(name, Concatenation(), one, three)
  }

  private static func convolution(
    _ name: String, in graph: inout GraphBuilder, _ input: Int, to outputs: Int, _ window: Window,
    _ initialization: Initialization? = nil
  ) -> Int {
    let fan = Double(graph.channels(of: input) * window.taps)
    let x = graph.convolution(
      name, input, to: outputs, window: window, hasBias: true,
      initialization: initialization ?? .uniform(bound: (6 / fan).squareRoot()))
    return graph.activation("\(name).relu", x, .relu)
  }
}
