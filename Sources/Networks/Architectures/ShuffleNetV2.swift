/// ShuffleNetV2, as torchvision builds it: half of the channels pass each unit unchanged, then the
/// channels of both halves take turns.
///
/// - Reference: Ma et al. 2018, arXiv:1807.11164, table 5 and figure 3 (c) and (d).
extension Architecture {
  static let shuffleNetV2s: [Architecture] = [
    shuffleNetV2("0_5", widths: [48, 96, 192], last: 1024, crop: 0.875),
    shuffleNetV2("1_0", widths: [116, 232, 464], last: 1024, crop: 0.875),
    shuffleNetV2("1_5", widths: [176, 352, 704], last: 1024, crop: 224.0 / 232),
    shuffleNetV2("2_0", widths: [244, 488, 976], last: 2048, crop: 224.0 / 232),
  ]

  private static func shuffleNetV2(
    _ width: String, widths: [Int], last: Int, crop: Double
  ) -> Architecture {
    let factor = width.map { $0 == "_" ? "." : "\($0)" }.joined()
    return Architecture(
      id: "shufflenet_v2_x\(width)",
      summary: "ShuffleNetV2 of width \(factor) (Ma et al. 2018, arXiv:1807.11164).",
      input: InputSpecification(imageSize: 224, cropPercent: crop, interpolation: .bilinear)
    ) { classCount in
      var graph = GraphBuilder(imageSize: 224)
      var x = convolution(
        "conv1.0", norm: "conv1.1", in: &graph, graph.input, to: 24, kernel: 3, stride: 2)
      x = graph.add("maxpool", MaxPool(Window(size: 3, stride: 2, padding: .symmetric(1))), x)
      graph.endStage("stem")
      for (stage, (width, repeats)) in zip(2..., zip(widths, [4, 8, 4])) {
        for number in 0..<repeats {
          x = unit(
            "stage\(stage).\(number)", in: &graph, x, to: width, stride: number == 0 ? 2 : 1)
        }
        graph.endStage("stage\(stage)")
      }
      x = convolution("conv5.0", norm: "conv5.1", in: &graph, x, to: last, kernel: 1)
      graph.endStage("conv5")
      let features = graph.add("pool", GlobalAveragePool(), x)
      return graph.classified("fc", features: features, classCount: classCount)
    }
  }

  private static func unit(
    _ name: String, in graph: inout GraphBuilder, _ input: Int, to outputs: Int, stride: Int
  ) -> Int {
    let half = outputs / 2
    var (first, x) = (input, input)
    if stride > 1 {
      let branch = "\(name).branch1"
      first = graph.convolution(
        "\(branch).0", input, to: graph.channels(of: input), kernel: 3, stride: stride,
        groups: graph.channels(of: input))
      first = graph.batchNorm("\(branch).1", first)
      first = convolution(
        "\(branch).2", norm: "\(branch).3", in: &graph, first, to: half, kernel: 1)
    } else {
      first = graph.add("\(name).first", ChannelSlice(0..<half), input)
      x = graph.add("\(name).second", ChannelSlice(half..<outputs), input)
    }
    let branch = "\(name).branch2"
    x = convolution("\(branch).0", norm: "\(branch).1", in: &graph, x, to: half, kernel: 1)
    x = graph.convolution(
      "\(branch).3", x, to: half, kernel: 3, stride: stride, groups: half)
    x = graph.batchNorm("\(branch).4", x)
    x = convolution("\(branch).5", norm: "\(branch).6", in: &graph, x, to: half, kernel: 1)
    x = graph.add("\(name).cat", Concatenation(), first, x)
    return graph.add(name, ChannelShuffle(groups: 2), x)
  }

  /// A convolution with batch normalisation and ReLU.
  private static func convolution(
    _ name: String, norm: String, in graph: inout GraphBuilder, _ input: Int, to outputs: Int,
    kernel: Int, stride: Int = 1
  ) -> Int {
    let fan = Double(graph.channels(of: input) * kernel * kernel)
    let x = graph.convolution(
      name, input, to: outputs, kernel: kernel, stride: stride,
      initialization: .uniform(bound: 1 / fan.squareRoot()))
    return graph.batchNorm(norm, x, activation: .relu)
  }
}
