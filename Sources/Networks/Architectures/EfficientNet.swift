/// EfficientNet B0 to B8 and L2, Lite (ReLU6, no squeeze-and-excitation), EdgeTPU, and TinyNet, which
/// shrinks B0.
///
/// `tf` variants have TensorFlow's padding and were trained there.
///
/// - Reference: Tan & Le 2019, arXiv:1905.11946, table 1; Han et al. 2020, arXiv:2010.14819.
extension Architecture {
  static let efficientNets: [Architecture] =
    scales.flatMap { scale in
      [false, true].map { efficientNet(scale, tensorFlow: $0) }
    }
    + [false, true].flatMap { tensorFlow in
      lites.map { lite($0, tensorFlow: tensorFlow) }
        + edges.map { edge($0, tensorFlow: tensorFlow) }
    } + tinyNets

  /// A scaled variant: width and depth multiply those of the smallest.
  private struct Scale {
    let name: String
    let width: Double
    let depth: Double
    /// What timm's weights and TensorFlow's were trained for.
    let input: InputSpecification
    let tensorFlowInput: InputSpecification
  }

  private static let scales: [Scale] = [
    scale("b0", 1, 1, (224, 0.875), (224, 0.875)),
    Scale(
      name: "b1", width: 1, depth: 1.1, input: .halved(imageSize: 240, cropPercent: 0.9),
      tensorFlowInput: InputSpecification(imageSize: 240, cropPercent: 0.882)),
    scale("b2", 1.1, 1.2, (256, 0.875), (260, 0.89)),
    scale("b3", 1.2, 1.4, (288, 0.875), (300, 0.904)),
    scale("b4", 1.4, 1.8, (320, 0.875), (380, 0.922)),
    scale("b5", 1.6, 2.2, (448, 1), (456, 0.934)),
    scale("b6", 1.8, 2.6, (528, 0.942), (528, 0.942)),
    scale("b7", 2, 3.1, (600, 0.949), (600, 0.949)),
    Scale(
      name: "b8", width: 2.2, depth: 3.6,
      input: InputSpecification(imageSize: 672, cropPercent: 0.954),
      tensorFlowInput: .halved(imageSize: 672, cropPercent: 0.954)),
    scale("l2", 4.3, 5.3, (800, 0.961), (475, 0.936)),
  ]

  private static func scale(
    _ name: String, _ width: Double, _ depth: Double, _ input: (Int, Double),
    _ tensorFlow: (Int, Double)
  ) -> Scale {
    Scale(
      name: name, width: width, depth: depth,
      input: InputSpecification(imageSize: input.0, cropPercent: input.1),
      tensorFlowInput: InputSpecification(imageSize: tensorFlow.0, cropPercent: tensorFlow.1))
  }

  private static let b0 = [
    ["ds_r1_k3_s1_e1_c16_se0.25"],
    ["ir_r2_k3_s2_e6_c24_se0.25"],
    ["ir_r2_k5_s2_e6_c40_se0.25"],
    ["ir_r3_k3_s2_e6_c80_se0.25"],
    ["ir_r3_k5_s1_e6_c112_se0.25"],
    ["ir_r4_k5_s2_e6_c192_se0.25"],
    ["ir_r1_k3_s1_e6_c320_se0.25"],
  ]

  private static func efficientNet(_ scale: Scale, tensorFlow: Bool) -> Architecture {
    var net = InvertedResidualNet(
      stages: b0, width: scale.width, depths: [scale.depth], head: .pool, activation: .silu,
      tensorFlow: tensorFlow)
    net.head = .convolution(net.scaled(1280))
    return Architecture(
      id: "\(tensorFlow ? "tf_" : "")efficientnet_\(scale.name)",
      summary: "EfficientNet-\(scale.name.uppercased())\(origin(tensorFlow)) "
        + "(Tan & Le 2019, arXiv:1905.11946).",
      input: tensorFlow ? scale.tensorFlowInput : scale.input,
      sameParametersAs: tensorFlow ? "efficientnet_\(scale.name)" : nil, net)
  }

  private static func origin(_ tensorFlow: Bool) -> String {
    tensorFlow ? " with TensorFlow's padding" : ""
  }

  private static let lites: [Scale] = [
    lite("lite0", 1, 1, 224, 0.875), lite("lite1", 1, 1.1, 240, 0.882),
    lite("lite2", 1.1, 1.2, 260, 0.89), lite("lite3", 1.2, 1.4, 300, 0.904, .bilinear),
    Scale(
      name: "lite4", width: 1.4, depth: 1.8,
      input: InputSpecification(imageSize: 380, cropPercent: 0.922),
      tensorFlowInput: .halved(imageSize: 380, cropPercent: 0.92, interpolation: .bilinear)),
  ]

  private static func lite(
    _ name: String, _ width: Double, _ depth: Double, _ size: Int, _ crop: Double,
    _ interpolation: InputSpecification.Interpolation = .bicubic
  ) -> Scale {
    Scale(
      name: name, width: width, depth: depth,
      input: InputSpecification(imageSize: size, cropPercent: crop),
      tensorFlowInput: .halved(
        imageSize: size, cropPercent: crop, interpolation: interpolation))
  }

  private static func lite(_ scale: Scale, tensorFlow: Bool) -> Architecture {
    Architecture(
      id: "\(tensorFlow ? "tf_" : "")efficientnet_\(scale.name)",
      summary: "EfficientNet-Lite\(scale.name.suffix(1))\(origin(tensorFlow)) "
        + "(Tan & Le 2019, arXiv:1905.11946).",
      input: tensorFlow ? scale.tensorFlowInput : scale.input,
      // TensorFlow's weights are the ones in circulation.
      sameParametersAs: tensorFlow ? nil : "tf_efficientnet_\(scale.name)",
      InvertedResidualNet(
        stages: b0.map { $0.map { String($0.dropLast("_se0.25".count)) } }, width: scale.width,
        depths: [scale.depth], keepsEndDepths: true, keepsStem: true, head: .convolution(1280),
        activation: .relu6, tensorFlow: tensorFlow))
  }

  private static let edges: [Scale] = [
    lite("es", 1, 1, 224, 0.875), lite("em", 1, 1.1, 240, 0.882), lite("el", 1.2, 1.4, 300, 0.904),
  ]

  private static func edge(_ scale: Scale, tensorFlow: Bool) -> Architecture {
    var net = InvertedResidualNet(
      stages: [
        ["er_r1_k3_s1_e4_c24_fc24_noskip"],
        ["er_r2_k3_s2_e8_c32"],
        ["er_r4_k3_s2_e8_c48"],
        ["ir_r5_k5_s2_e8_c96"],
        ["ir_r4_k5_s1_e8_c144"],
        ["ir_r2_k5_s2_e8_c192"],
      ],
      width: scale.width, depths: [scale.depth], head: .pool, activation: .relu,
      tensorFlow: tensorFlow)
    net.head = .convolution(net.scaled(1280))
    return Architecture(
      id: "\(tensorFlow ? "tf_" : "")efficientnet_\(scale.name)",
      summary: "EfficientNet-EdgeTPU \(scale.name.suffix(1).uppercased())\(origin(tensorFlow)) "
        + "(Gupta & Akin 2020, arXiv:2003.02838).",
      input: tensorFlow ? scale.tensorFlowInput : scale.input,
      sameParametersAs: tensorFlow ? "efficientnet_\(scale.name)" : nil, net)
  }

  private static let tinyNets: [Architecture] = [
    tinyNet("a", width: 1, depth: 1.2, imageSize: 192),
    tinyNet("b", width: 0.75, depth: 1.1, imageSize: 188),
    tinyNet("c", width: 0.54, depth: 0.85, imageSize: 184),
    tinyNet("d", width: 0.54, depth: 0.695, imageSize: 152),
    tinyNet("e", width: 0.51, depth: 0.6, imageSize: 106),
  ]

  private static func tinyNet(
    _ name: String, width: Double, depth: Double, imageSize: Int
  ) -> Architecture {
    Architecture(
      id: "tinynet_\(name)",
      summary: "TinyNet-\(name.uppercased()) (Han et al. 2020, arXiv:2010.14819).",
      input: InputSpecification(imageSize: imageSize),
      InvertedResidualNet(
        stages: b0, width: width, depths: [depth], roundsDepth: true, keepsStem: true,
        head: .convolution(1280), activation: .silu))
  }
}
