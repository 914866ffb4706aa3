internal import Foundation

/// RegNets X and Y: bottlenecks in groups whose widths grow by a rule; Y has squeeze-and-excitation.
///
/// - Reference: Radosavovic et al. 2020, arXiv:2003.13678, eq. 2–4 and tables of §D; timm's `regnet.py`.
extension Architecture {
  static let regNets: [Architecture] = [
    regNet("regnetx_002", w0: 24, wa: 36.44, wm: 2.49, group: 8, depth: 13),
    regNet("regnetx_004", w0: 24, wa: 24.48, wm: 2.54, group: 16, depth: 22),
    regNet(
      "regnetx_004_tv", w0: 24, wa: 24.48, wm: 2.54, group: 16, depth: 22, roundsUp: true,
      crop: 0.965),
    regNet("regnetx_006", w0: 48, wa: 36.97, wm: 2.24, group: 24, depth: 16),
    regNet("regnetx_008", w0: 56, wa: 35.73, wm: 2.28, group: 16, depth: 16, crop: 0.965),
    regNet("regnetx_016", w0: 80, wa: 34.01, wm: 2.25, group: 24, depth: 18, crop: 0.965),
    regNet("regnetx_032", w0: 88, wa: 26.31, wm: 2.25, group: 48, depth: 25, crop: 0.965),
    regNet("regnetx_040", w0: 96, wa: 38.65, wm: 2.43, group: 40, depth: 23),
    regNet("regnetx_064", w0: 184, wa: 60.83, wm: 2.07, group: 56, depth: 17),
    regNet("regnetx_080", w0: 80, wa: 49.56, wm: 2.88, group: 120, depth: 23, crop: 0.965),
    regNet("regnetx_120", w0: 168, wa: 73.36, wm: 2.37, group: 112, depth: 19),
    regNet("regnetx_160", w0: 216, wa: 55.59, wm: 2.1, group: 128, depth: 22, crop: 0.965),
    regNet("regnetx_320", w0: 320, wa: 69.86, wm: 2.0, group: 168, depth: 23, crop: 0.965),
    regNet("regnety_002", w0: 24, wa: 36.44, wm: 2.49, group: 8, depth: 13),
    regNet("regnety_004", w0: 48, wa: 27.89, wm: 2.09, group: 8, depth: 16, crop: 0.965),
    regNet("regnety_006", w0: 48, wa: 32.54, wm: 2.32, group: 16, depth: 15),
    regNet("regnety_008", w0: 56, wa: 38.84, wm: 2.4, group: 16, depth: 14),
    regNet(
      "regnety_008_tv", w0: 56, wa: 38.84, wm: 2.4, group: 16, depth: 14, roundsUp: true,
      crop: 0.965),
    regNet("regnety_016", w0: 48, wa: 20.71, wm: 2.65, group: 24, depth: 27, crop: 0.965),
    regNet("regnety_032", w0: 80, wa: 42.63, wm: 2.66, group: 24, depth: 21, crop: 0.95),
    regNet("regnety_040", w0: 96, wa: 31.41, wm: 2.24, group: 64, depth: 22, crop: 0.95),
    regNet("regnety_064", w0: 112, wa: 33.22, wm: 2.27, group: 72, depth: 25, crop: 0.95),
    regNet("regnety_080", w0: 192, wa: 76.82, wm: 2.19, group: 56, depth: 17, crop: 0.95),
    regNet(
      "regnety_080_tv", w0: 192, wa: 76.82, wm: 2.19, group: 56, depth: 17, roundsUp: true,
      crop: 0.965),
    regNet("regnety_120", w0: 168, wa: 73.36, wm: 2.37, group: 112, depth: 19, crop: 0.95),
    regNet("regnety_160", w0: 200, wa: 106.23, wm: 2.48, group: 112, depth: 18, crop: 0.95),
    regNet("regnety_320", w0: 232, wa: 115.89, wm: 2.53, group: 232, depth: 20, crop: 0.965),
    regNet("regnety_640", w0: 352, wa: 147.48, wm: 2.4, group: 328, depth: 20, size: 384),
    regNet("regnety_1280", w0: 456, wa: 160.83, wm: 2.52, group: 264, depth: 27, size: 384),
    regNet("regnety_2560", w0: 640, wa: 230.83, wm: 2.53, group: 373, depth: 27, size: 384),
  ]

  private static func regNet(
    _ id: String, w0: Double, wa: Double, wm: Double, group: Int, depth: Int,
    roundsUp: Bool = false, size: Int = 224, crop: Double? = nil
  ) -> Architecture {
    let net = RegNet(
      initialWidth: w0, slope: wa, multiplier: wm, groupWidth: group, depth: depth,
      roundsUp: roundsUp, hasAttention: id.hasPrefix("regnety"))
    let kind = net.hasAttention ? "Y" : "X"
    return Architecture(
      id: id,
      summary:
        "RegNet-\(kind) of \(depth) blocks in groups of \(group) channels (Radosavovic et al. "
        + "2020, arXiv:2003.13678).",
      input: InputSpecification(imageSize: size, cropPercent: crop ?? (size == 224 ? 0.875 : 1))
    ) { net.graph(imageSize: size, classCount: $0) }
  }
}

/// The configuration of a RegNet.
private struct RegNet {
  /// w₀: the width of the first block.
  let initialWidth: Double
  /// wₐ: what each block is wider than the one before, before rounding.
  let slope: Double
  /// wₘ: the factor between the widths of two stages.
  let multiplier: Double
  /// g: channels of a group.
  let groupWidth: Int
  let depth: Int
  /// Whether a width is rounded to groups as torchvision does, losing at most 10 %.
  let roundsUp: Bool
  let hasAttention: Bool

  /// Width and number of blocks of each stage.
  ///
  /// Block j has the width `w₀ · wₘ^s` rounded to a multiple of 8, `s = ⌊log_wₘ((w₀ + wₐ · j) / w₀)⌉`;
  /// blocks of one width are a stage. The width is then rounded to whole groups. Everything is computed
  /// in single precision, as timm does.
  var stages: [(width: Int, depth: Int)] {
    var stages: [(width: Int, depth: Int)] = []
    for block in 0..<depth {
      let wanted = Float(block) * Float(slope) + Float(initialWidth)
      let exponent = (logf(wanted / Float(initialWidth)) / Float(log(multiplier)))
        .rounded(.toNearestOrEven)
      let eighths = Float(initialWidth) * powf(Float(multiplier), exponent) / 8
      let width = Int(eighths.rounded(.toNearestOrEven)) * 8
      if stages.last?.width == width {
        stages[stages.count - 1].depth += 1
      } else {
        stages.append((width, 1))
      }
    }
    return stages.map { (wholeGroups($0.width), $0.depth) }
  }

  private func wholeGroups(_ width: Int) -> Int {
    let group = min(groupWidth, width)
    guard roundsUp else {
      return Int((Double(width) / Double(group)).rounded(.toNearestOrEven)) * group
    }
    let rounded = max(group, (width + group / 2) / group * group)
    return Double(rounded) < 0.9 * Double(width) ? rounded + group : rounded
  }

  func graph(imageSize: Int, classCount: Int) -> Graph {
    var graph = GraphBuilder(imageSize: imageSize)
    var x = graph.normedConvolution(
      "stem", graph.input, to: 32, window: Window(size: 3, stride: 2, padding: .symmetric(1)))
    graph.endStage("stem")
    var index = 0
    for (place, stage) in zip(1..., stages) {
      for number in 1...stage.depth {
        x = addBlock(
          to: &graph, "s\(place).b\(number)", x, width: stage.width, stride: number == 1 ? 2 : 1,
          depth: Double(index) / Double(depth - 1))
        index += 1
      }
      graph.endStage("s\(place)")
    }
    let features = graph.add("head.global_pool", GlobalAveragePool(), x)
    return graph.classified(
      "head.fc", features: features, classCount: classCount,
      initialization: .normal(standardDeviation: 0.01))
  }

  private func addBlock(
    to graph: inout GraphBuilder, _ name: String, _ input: Int, width: Int, stride: Int,
    depth: Double
  ) -> Int {
    let inputs = graph.channels(of: input)
    var x = graph.normedConvolution("\(name).conv1", input, to: width, window: Window(size: 1))
    x = graph.normedConvolution(
      "\(name).conv2", x, to: width,
      window: Window(size: 3, stride: stride, padding: .symmetric(1)),
      groups: width / min(groupWidth, width))
    if hasAttention {
      let reduced = Int((Double(inputs) / 4).rounded(.toNearestOrEven))
      x = graph.squeezeExcitation(
        "\(name).se", x, reduced: reduced, layers: ("fc1", "fc2"),
        initialization: Linear.Initializer.byOutputs)
    }
    x = graph.normedConvolution(
      "\(name).conv3", x, to: width, window: Window(size: 1), initialScale: 0, activation: .none)
    var shortcut = input
    if stride > 1 || inputs != width {
      shortcut = graph.normedConvolution(
        "\(name).downsample", input, to: width, window: Window(size: 1, stride: stride),
        activation: .none)
    }
    x = graph.residual(name, x, shortcut: shortcut, depth: depth)
    return graph.activation("\(name).act3", x, .relu)
  }
}
