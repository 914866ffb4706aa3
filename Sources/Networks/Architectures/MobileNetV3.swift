/// MobileNetV3 and networks with its head: LCNet and FBNetV3.
///
/// `tf` variants have TensorFlow's padding, `minimal` ones ReLU, 3×3 kernels and no
/// squeeze-and-excitation.
///
/// - Reference: Howard et al. 2019, arXiv:1905.02244, tables 1 and 2; Cui et al. 2021,
///   arXiv:2109.15099; Dai et al. 2020, arXiv:2006.02049.
extension Architecture {
  static let mobileNetV3s: [Architecture] = [
    mobileNetV3("mobilenetv3_large_075", large, width: 0.75, interpolation: .bilinear),
    mobileNetV3("mobilenetv3_large_100", large),
    mobileNetV3("mobilenetv3_large_150d", large, width: 1.5, depth: 1.2),
    mobileNetV3("mobilenetv3_small_050", small, width: 0.5),
    mobileNetV3("mobilenetv3_small_075", small, width: 0.75),
    mobileNetV3("mobilenetv3_small_100", small),
    mobileNetV3RW,
    mobileNetV3("tf_mobilenetv3_large_075", large, width: 0.75, tensorFlow: true),
    mobileNetV3("tf_mobilenetv3_large_100", large, tensorFlow: true),
    mobileNetV3("tf_mobilenetv3_large_minimal_100", minimalLarge, tensorFlow: true),
    mobileNetV3("tf_mobilenetv3_small_075", small, width: 0.75, tensorFlow: true),
    mobileNetV3("tf_mobilenetv3_small_100", small, tensorFlow: true),
    mobileNetV3("tf_mobilenetv3_small_minimal_100", minimalSmall, tensorFlow: true),
  ]

  static let lcNets: [Architecture] = [
    lcNet("lcnet_035", width: 0.35, interpolation: .bilinear),
    lcNet("lcnet_050", width: 0.5),
    lcNet("lcnet_075", width: 0.75),
    lcNet("lcnet_100", width: 1),
    lcNet("lcnet_150", width: 1.5, interpolation: .bilinear),
  ]

  static let fbNetV3s: [Architecture] = [
    fbNetV3(
      "fbnetv3_b", stem: 16,
      [
        ["ds_r2_k3_s1_e1_c16"],
        ["ir_r1_k5_s2_e4_c24", "ir_r3_k5_s1_e2_c24"],
        ["ir_r1_k5_s2_e5_c40_se0.25", "ir_r4_k5_s1_e3_c40_se0.25"],
        ["ir_r1_k5_s2_e5_c72", "ir_r4_k3_s1_e3_c72"],
        ["ir_r1_k3_s1_e5_c120_se0.25", "ir_r5_k5_s1_e3_c120_se0.25"],
        [
          "ir_r1_k3_s2_e6_c184_se0.25", "ir_r5_k5_s1_e4_c184_se0.25",
          "ir_r1_k5_s1_e6_c224_se0.25",
        ],
        ["cn_r1_k1_s1_c1344"],
      ]),
    fbNetV3(
      "fbnetv3_d", stem: 24,
      [
        ["ds_r2_k3_s1_e1_c16"],
        ["ir_r1_k3_s2_e5_c24", "ir_r5_k3_s1_e2_c24"],
        ["ir_r1_k5_s2_e4_c40_se0.25", "ir_r4_k3_s1_e3_c40_se0.25"],
        ["ir_r1_k3_s2_e5_c72", "ir_r4_k3_s1_e3_c72"],
        ["ir_r1_k3_s1_e5_c128_se0.25", "ir_r6_k5_s1_e3_c128_se0.25"],
        [
          "ir_r1_k3_s2_e6_c208_se0.25", "ir_r5_k5_s1_e5_c208_se0.25",
          "ir_r1_k5_s1_e6_c240_se0.25",
        ],
        ["cn_r1_k1_s1_c1440"],
      ]),
    fbNetV3(
      "fbnetv3_g", stem: 32, imageSize: 240,
      [
        ["ds_r3_k3_s1_e1_c24"],
        ["ir_r1_k5_s2_e4_c40", "ir_r4_k5_s1_e2_c40"],
        ["ir_r1_k5_s2_e4_c56_se0.25", "ir_r4_k5_s1_e3_c56_se0.25"],
        ["ir_r1_k5_s2_e5_c104", "ir_r4_k3_s1_e3_c104"],
        ["ir_r1_k3_s1_e5_c160_se0.25", "ir_r8_k5_s1_e3_c160_se0.25"],
        [
          "ir_r1_k3_s2_e6_c264_se0.25", "ir_r6_k5_s1_e5_c264_se0.25",
          "ir_r2_k5_s1_e6_c288_se0.25",
        ],
        ["cn_r1_k1_s1_c1728"],
      ]),
  ]

  private static let large = InvertedResidualNet(
    stages: [
      ["ds_r1_k3_s1_e1_c16_nre"],
      ["ir_r1_k3_s2_e4_c24_nre", "ir_r1_k3_s1_e3_c24_nre"],
      ["ir_r3_k5_s2_e3_c40_se0.25_nre"],
      ["ir_r1_k3_s2_e6_c80", "ir_r1_k3_s1_e2.5_c80", "ir_r2_k3_s1_e2.3_c80"],
      ["ir_r2_k3_s1_e6_c112_se0.25"],
      ["ir_r3_k5_s2_e6_c160_se0.25"],
      ["cn_r1_k1_s1_c960"],
    ],
    stem: 16, head: .efficient(1280), activation: .hardSwish, squeeze: squeeze)

  private static let small = InvertedResidualNet(
    stages: [
      ["ds_r1_k3_s2_e1_c16_se0.25_nre"],
      ["ir_r1_k3_s2_e4.5_c24_nre", "ir_r1_k3_s1_e3.67_c24_nre"],
      ["ir_r1_k5_s2_e4_c40_se0.25", "ir_r2_k5_s1_e6_c40_se0.25"],
      ["ir_r2_k5_s1_e3_c48_se0.25"],
      ["ir_r3_k5_s2_e6_c96_se0.25"],
      ["cn_r1_k1_s1_c576"],
    ],
    stem: 16, head: .efficient(1024), activation: .hardSwish, squeeze: squeeze)

  private static let minimalLarge = InvertedResidualNet(
    stages: [
      ["ds_r1_k3_s1_e1_c16"],
      ["ir_r1_k3_s2_e4_c24", "ir_r1_k3_s1_e3_c24"],
      ["ir_r3_k3_s2_e3_c40"],
      ["ir_r1_k3_s2_e6_c80", "ir_r1_k3_s1_e2.5_c80", "ir_r2_k3_s1_e2.3_c80"],
      ["ir_r2_k3_s1_e6_c112"],
      ["ir_r3_k3_s2_e6_c160"],
      ["cn_r1_k1_s1_c960"],
    ],
    stem: 16, head: .efficient(1280), activation: .relu)

  private static let minimalSmall = InvertedResidualNet(
    stages: [
      ["ds_r1_k3_s2_e1_c16"],
      ["ir_r1_k3_s2_e4.5_c24", "ir_r1_k3_s1_e3.67_c24"],
      ["ir_r1_k3_s2_e4_c40", "ir_r2_k3_s1_e6_c40"],
      ["ir_r2_k3_s1_e3_c48"],
      ["ir_r3_k3_s2_e6_c96"],
      ["cn_r1_k1_s1_c576"],
    ],
    stem: 16, head: .efficient(1024), activation: .relu)

  private static let squeeze = InvertedResidualNet.Squeeze(
    gate: .hardSigmoid(), activation: .relu, countsExpanded: true, rounding: .multiple)

  private static func mobileNetV3(
    _ id: String, _ net: InvertedResidualNet, width: Double = 1, depth: Double? = nil,
    tensorFlow: Bool = false, interpolation: InputSpecification.Interpolation = .bicubic
  ) -> Architecture {
    var net = net
    net.width = width
    net.depths = depth.map { [$0] } ?? []
    net.keepsStem = width < 0.75
    net.tensorFlow = tensorFlow
    let input: InputSpecification =
      if tensorFlow {
        .halved(imageSize: 224, interpolation: .bilinear)
      } else if depth != nil {
        .halved(imageSize: 256, cropPercent: 0.95, interpolation: .bilinear)
      } else {
        InputSpecification(imageSize: 224, interpolation: interpolation)
      }
    return Architecture(
      id: id, summary: "MobileNetV3 of width \(width) (Howard et al. 2019, arXiv:1905.02244).",
      input: input,
      sameParametersAs: tensorFlow && net.activation == .hardSwish ? String(id.dropFirst(3)) : nil,
      net)
  }

  /// timm's first one: no shortcut in the first block, and other gates and head.
  private static let mobileNetV3RW: Architecture = {
    var net = large
    net.stages[0] = ["ds_r1_k3_s1_e1_c16_nre_noskip"]
    net.squeeze = .init(gate: .hardSigmoid(), countsExpanded: true)
    net.head = .efficient(1280, hasBias: false)
    return Architecture(
      id: "mobilenetv3_rw", summary: "MobileNetV3 large (Howard et al. 2019, arXiv:1905.02244).",
      input: InputSpecification(imageSize: 224), net)
  }()

  private static func lcNet(
    _ id: String, width: Double, interpolation: InputSpecification.Interpolation = .bicubic
  ) -> Architecture {
    let net = InvertedResidualNet(
      stages: [
        ["dsa_r1_k3_s1_c32"],
        ["dsa_r2_k3_s2_c64"],
        ["dsa_r2_k3_s2_c128"],
        ["dsa_r1_k3_s2_c256", "dsa_r1_k5_s1_c256"],
        ["dsa_r4_k5_s1_c256"],
        ["dsa_r2_k5_s2_c512_se0.25"],
      ],
      width: width, stem: 16, head: .efficient(1280), activation: .hardSwish,
      squeeze: .init(gate: .hardSigmoid(), activation: .relu, countsExpanded: true))
    return Architecture(
      id: id, summary: "PP-LCNet of width \(width) (Cui et al. 2021, arXiv:2109.15099).",
      input: InputSpecification(imageSize: 224, interpolation: interpolation), net)
  }

  private static func fbNetV3(
    _ id: String, stem: Int, imageSize: Int = 224, _ stages: [[String]]
  ) -> Architecture {
    let net = InvertedResidualNet(
      stages: stages, roundLimit: 0.95, stem: stem, head: .efficient(1984, hasBias: false),
      activation: .hardSwish, squeeze: .init(gate: .hardSigmoid(), rounding: .scaled))
    return Architecture(
      id: id, summary: "FBNetV3 (Dai et al. 2020, arXiv:2006.02049).",
      input: InputSpecification(
        imageSize: imageSize, cropPercent: 0.95, interpolation: .bilinear), net)
  }
}
