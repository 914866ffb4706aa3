/// Inception-v3 without its auxiliary classifier, as timm builds it.
///
/// - Reference: Szegedy et al. 2015, arXiv:1512.00567, table 1 and figures 5–7 and 10.
extension Architecture {
  static let inceptions: [Architecture] = [inceptionV3]

  private static let inceptionV3 = Architecture(
    id: "inception_v3", summary: "Inception-v3 (Szegedy et al. 2015, arXiv:1512.00567).",
    input: InputSpecification(
      imageSize: 299, mean: [0.5, 0.5, 0.5], standardDeviation: [0.5, 0.5, 0.5])
  ) { classCount in
    var net = InceptionBuilder(imageSize: 299)
    var x = net.layer("Conv2d_1a_3x3", net.graph.input, .valid(32, 3, stride: 2))
    x = net.layer("Conv2d_2a_3x3", x, .valid(32, 3))
    x = net.layer("Conv2d_2b_3x3", x, .same(64, 3, 3))
    x = net.graph.add("Pool1", MaxPool(Window(size: 3, stride: 2)), x)
    x = net.layer("Conv2d_3b_1x1", x, .same(80, 1, 1))
    x = net.layer("Conv2d_4a_3x3", x, .valid(192, 3))
    x = net.graph.add("Pool2", MaxPool(Window(size: 3, stride: 2)), x)
    net.graph.endStage("stem")
    for (name, pooled) in [("Mixed_5b", 32), ("Mixed_5c", 64), ("Mixed_5d", 64)] {
      x = net.module(
        name, x,
        [
          ("branch1x1", [.same(64, 1, 1)]),
          ("branch5x5", [.same(48, 1, 1), .same(64, 5, 5)]),
          ("branch3x3dbl", [.same(64, 1, 1), .same(96, 3, 3), .same(96, 3, 3)]),
        ], pooled: pooled)
    }
    net.graph.endStage("Mixed_5")
    x = net.reduction(
      "Mixed_6a", x,
      [
        ("branch3x3", [.valid(384, 3, stride: 2)]),
        ("branch3x3dbl", [.same(64, 1, 1), .same(96, 3, 3), .valid(96, 3, stride: 2)]),
      ])
    for (name, inner) in [
      ("Mixed_6b", 128), ("Mixed_6c", 160), ("Mixed_6d", 160), ("Mixed_6e", 192),
    ] {
      x = net.module(
        name, x,
        [
          ("branch1x1", [.same(192, 1, 1)]),
          ("branch7x7", [.same(inner, 1, 1), .same(inner, 1, 7), .same(192, 7, 1)]),
          (
            "branch7x7dbl",
            [
              .same(inner, 1, 1), .same(inner, 7, 1), .same(inner, 1, 7), .same(inner, 7, 1),
              .same(192, 1, 7),
            ]
          ),
        ], pooled: 192)
    }
    net.graph.endStage("Mixed_6")
    x = net.reduction(
      "Mixed_7a", x,
      [
        ("branch3x3", [.same(192, 1, 1), .valid(320, 3, stride: 2)]),
        (
          "branch7x7x3",
          [.same(192, 1, 1), .same(192, 1, 7), .same(192, 7, 1), .valid(192, 3, stride: 2)]
        ),
      ])
    for name in ["Mixed_7b", "Mixed_7c"] {
      x = net.module(
        name, x,
        [
          ("branch1x1", [.same(320, 1, 1)]),
          ("branch3x3", [.same(384, 1, 1), .both(384)]),
          ("branch3x3dbl", [.same(448, 1, 1), .same(384, 3, 3), .both(384)]),
        ], pooled: 192)
    }
    net.graph.endStage("Mixed_7")
    let features = net.graph.add("global_pool", GlobalAveragePool(), x)
    return net.graph.classified(
      "fc", features: features, classCount: classCount,
      initialization: .normal(standardDeviation: 0.1))
  }
}

/// Writes an Inception network.
private struct InceptionBuilder {
  /// One convolution of a branch.
  enum Layer {
    /// Channels, height, width; the output has the input's size.
    case same(Int, Int, Int)
    /// Channels and size, without padding.
    case valid(Int, Int, stride: Int = 1)
    /// Channels each of a 1×3 and a 3×1 convolution side by side.
    case both(Int)
  }

  var graph: GraphBuilder

  init(imageSize: Int) { graph = GraphBuilder(imageSize: imageSize) }

  mutating func layer(_ name: String, _ input: Int, _ layer: Layer) -> Int {
    switch layer {
    case .same(let outputs, let height, let width):
      return convolution(name, input, outputs, .centred(height: height, width: width))
    case .valid(let outputs, let size, let stride):
      return convolution(name, input, outputs, Window(size: size, stride: stride))
    case .both(let outputs):
      let a = self.layer("\(name)a", input, .same(outputs, 1, 3))
      let b = self.layer("\(name)b", input, .same(outputs, 3, 1))
      return graph.add("\(name).cat", Concatenation(), a, b)
    }
  }

  /// Branches side by side, the last one behind an average over 3×3 pixels.
  mutating func module(
    _ name: String, _ input: Int, _ branches: [(String, [Layer])], pooled: Int
  ) -> Int {
    var outputs = branches.map { addBranch("\(name).\($0)", input, $1) }
    let pool = graph.add(
      "\(name).pool", AveragePool(Window(size: 3, padding: .symmetric(1))), input)
    outputs.append(layer("\(name).branch_pool", pool, .same(pooled, 1, 1)))
    return graph.add(name, Concatenation(), outputs)
  }

  /// Branches with stride side by side, the last one the largest of 3×3 pixels.
  mutating func reduction(_ name: String, _ input: Int, _ branches: [(String, [Layer])]) -> Int {
    var outputs = branches.map { addBranch("\(name).\($0)", input, $1) }
    outputs.append(graph.add("\(name).pool", MaxPool(Window(size: 3, stride: 2)), input))
    return graph.add(name, Concatenation(), outputs)
  }

  private mutating func addBranch(_ name: String, _ input: Int, _ layers: [Layer]) -> Int {
    var x = input
    for (number, layer) in zip(1..., layers) {
      x = self.layer(layers.count == 1 ? name : "\(name)_\(number)", x, layer)
    }
    return x
  }

  private mutating func convolution(
    _ name: String, _ input: Int, _ outputs: Int, _ window: Window
  ) -> Int {
    graph.normedConvolution(
      name, input, to: outputs, window: window, epsilon: 1e-3,
      initialization: .normal(standardDeviation: 0.1))
  }
}
