/// EfficientNetV2: its early stages expand with full convolutions.
///
/// `tf` variants have TensorFlow's padding, `rw` ones are timm's own, from before the release.
///
/// - Reference: Tan & Le 2021, arXiv:2104.00298, table 4.
extension Architecture {
  static let efficientNetV2s: [Architecture] = [
    efficientNetV2("efficientnetv2_rw_t", s, width: 0.8, depths: [0.9], size: 224),
    efficientNetV2("efficientnetv2_rw_s", rw, features: 1792, size: 288),
    efficientNetV2(
      "efficientnetv2_rw_m", rw, features: 1792, width: 1.2,
      depths: [1.2, 1.2, 1.2, 1.2, 1.6, 1.6],
      size: 320),
    efficientNetV2("efficientnetv2_s", s, size: 288),
    efficientNetV2("efficientnetv2_m", m, size: 320),
    efficientNetV2("efficientnetv2_l", l, stem: 32, size: 384),
    efficientNetV2("efficientnetv2_xl", xl, stem: 32, size: 384),
    efficientNetV2("tf_efficientnetv2_s", s, input: .halved(imageSize: 300, cropPercent: 1)),
    efficientNetV2("tf_efficientnetv2_m", m, input: .halved(imageSize: 384, cropPercent: 1)),
    efficientNetV2(
      "tf_efficientnetv2_l", l, stem: 32, input: .halved(imageSize: 384, cropPercent: 1)),
    efficientNetV2(
      "tf_efficientnetv2_xl", xl, stem: 32, input: .halved(imageSize: 384, cropPercent: 1)),
    base("b0", width: 1, depth: 1, InputSpecification(imageSize: 192)),
    base("b1", width: 1, depth: 1.1, InputSpecification(imageSize: 192, cropPercent: 0.882)),
    base("b2", width: 1.1, depth: 1.2, InputSpecification(imageSize: 208, cropPercent: 0.89)),
    base("b3", width: 1.2, depth: 1.4, .halved(imageSize: 240, cropPercent: 0.9)),
  ]

  private static let s = [
    ["cn_r2_k3_s1_e1_c24_skip"],
    ["er_r4_k3_s2_e4_c48"],
    ["er_r4_k3_s2_e4_c64"],
    ["ir_r6_k3_s2_e4_c128_se0.25"],
    ["ir_r9_k3_s1_e6_c160_se0.25"],
    ["ir_r15_k3_s2_e6_c256_se0.25"],
  ]

  private static let rw =
    [["er_r2_k3_s1_e1_c24"]] + s.dropFirst().dropLast() + [["ir_r15_k3_s2_e6_c272_se0.25"]]

  private static let m = [
    ["cn_r3_k3_s1_e1_c24_skip"],
    ["er_r5_k3_s2_e4_c48"],
    ["er_r5_k3_s2_e4_c80"],
    ["ir_r7_k3_s2_e4_c160_se0.25"],
    ["ir_r14_k3_s1_e6_c176_se0.25"],
    ["ir_r18_k3_s2_e6_c304_se0.25"],
    ["ir_r5_k3_s1_e6_c512_se0.25"],
  ]

  private static let l = [
    ["cn_r4_k3_s1_e1_c32_skip"],
    ["er_r7_k3_s2_e4_c64"],
    ["er_r7_k3_s2_e4_c96"],
    ["ir_r10_k3_s2_e4_c192_se0.25"],
    ["ir_r19_k3_s1_e6_c224_se0.25"],
    ["ir_r25_k3_s2_e6_c384_se0.25"],
    ["ir_r7_k3_s1_e6_c640_se0.25"],
  ]

  private static let xl = [
    ["cn_r4_k3_s1_e1_c32_skip"],
    ["er_r8_k3_s2_e4_c64"],
    ["er_r8_k3_s2_e4_c96"],
    ["ir_r16_k3_s2_e4_c192_se0.25"],
    ["ir_r24_k3_s1_e6_c256_se0.25"],
    ["ir_r32_k3_s2_e6_c512_se0.25"],
    ["ir_r8_k3_s1_e6_c640_se0.25"],
  ]

  private static func efficientNetV2(
    _ id: String, _ stages: [[String]], stem: Int = 24, features: Int = 1280, width: Double = 1,
    depths: [Double] = [], size: Int
  ) -> Architecture {
    efficientNetV2(
      id, stages, stem: stem, features: features, width: width, depths: depths,
      input: InputSpecification(imageSize: size, cropPercent: 1))
  }

  private static func efficientNetV2(
    _ id: String, _ stages: [[String]], stem: Int = 24, features: Int = 1280, width: Double = 1,
    depths: [Double] = [], input: InputSpecification
  ) -> Architecture {
    var net = InvertedResidualNet(
      stages: stages, width: width, depths: depths, stem: stem, head: .pool, activation: .silu,
      tensorFlow: id.hasPrefix("tf_"))
    net.head = .convolution(net.scaled(features))
    return Architecture(
      id: id, summary: "EfficientNetV2 (Tan & Le 2021, arXiv:2104.00298).", input: input,
      sameParametersAs: net.tensorFlow ? String(id.dropFirst(3)) : nil, net)
  }

  private static func base(
    _ name: String, width: Double, depth: Double, _ input: InputSpecification
  ) -> Architecture {
    var net = InvertedResidualNet(
      stages: [
        ["cn_r1_k3_s1_e1_c16_skip"],
        ["er_r2_k3_s2_e4_c32"],
        ["er_r2_k3_s2_e4_c48"],
        ["ir_r3_k3_s2_e4_c96_se0.25"],
        ["ir_r5_k3_s1_e6_c112_se0.25"],
        ["ir_r8_k3_s2_e6_c192_se0.25"],
      ],
      width: width, roundLimit: 0, depths: [depth], head: .pool, activation: .silu,
      tensorFlow: true)
    net.head = .convolution(net.scaled(1280))
    return Architecture(
      id: "tf_efficientnetv2_\(name)",
      summary: "EfficientNetV2-\(name.uppercased()) (Tan & Le 2021, arXiv:2104.00298).",
      input: input, net)
  }
}
