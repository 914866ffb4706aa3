/// MnasNet B1 and A1 (with squeeze-and-excitation) and two searched relatives, Single-Path NAS and
/// FBNet-C.
///
/// - Reference: Tan et al. 2018, arXiv:1807.11626, figure 7; Stamoulis et al. 2019, arXiv:1904.02877;
///   Wu et al. 2018, arXiv:1812.03443.
extension Architecture {
  static let mnasNets: [Architecture] =
    [("050", 0.5), ("075", 0.75), ("100", 1), ("140", 1.4)].flatMap { suffix, width in
      [
        mnasNet("mnasnet_\(suffix)", b1, width: width),
        mnasNet("semnasnet_\(suffix)", a1, width: width),
      ]
    } + [
      mnasNet(
        "mnasnet_small",
        [
          ["ds_r1_k3_s1_c8"],
          ["ir_r1_k3_s2_e3_c16"],
          ["ir_r2_k3_s2_e6_c16"],
          ["ir_r4_k5_s2_e6_c32_se0.25"],
          ["ir_r3_k3_s1_e6_c32_se0.25"],
          ["ir_r3_k5_s2_e6_c88_se0.25"],
          ["ir_r1_k3_s1_e6_c144"],
        ], stem: 8),
      searched(
        "spnasnet_100", "Single-Path NAS (Stamoulis et al. 2019, arXiv:1904.02877).",
        InvertedResidualNet(
          stages: [
            ["ds_r1_k3_s1_c16_noskip"],
            ["ir_r3_k3_s2_e3_c24"],
            ["ir_r1_k5_s2_e6_c40", "ir_r3_k3_s1_e3_c40"],
            ["ir_r1_k5_s2_e6_c80", "ir_r3_k3_s1_e3_c80"],
            ["ir_r1_k5_s1_e6_c96", "ir_r3_k5_s1_e3_c96"],
            ["ir_r4_k5_s2_e6_c192"],
            ["ir_r1_k3_s1_e6_c320_noskip"],
          ],
          head: .convolution(1280), activation: .relu)),
      searched(
        "fbnetc_100", "FBNet-C (Wu et al. 2018, arXiv:1812.03443).",
        InvertedResidualNet(
          stages: [
            ["ir_r1_k3_s1_e1_c16"],
            ["ir_r1_k3_s2_e6_c24", "ir_r2_k3_s1_e1_c24"],
            [
              "ir_r1_k5_s2_e6_c32", "ir_r1_k5_s1_e3_c32", "ir_r1_k5_s1_e6_c32",
              "ir_r1_k3_s1_e6_c32",
            ],
            ["ir_r1_k5_s2_e6_c64", "ir_r1_k5_s1_e3_c64", "ir_r2_k5_s1_e6_c64"],
            ["ir_r3_k5_s1_e6_c112", "ir_r1_k5_s1_e3_c112"],
            ["ir_r4_k5_s2_e6_c184"],
            ["ir_r1_k3_s1_e6_c352"],
          ],
          stem: 16, head: .convolution(1984), activation: .relu)),
    ]

  private static let b1 = [
    ["ds_r1_k3_s1_c16_noskip"],
    ["ir_r3_k3_s2_e3_c24"],
    ["ir_r3_k5_s2_e3_c40"],
    ["ir_r3_k5_s2_e6_c80"],
    ["ir_r2_k3_s1_e6_c96"],
    ["ir_r4_k5_s2_e6_c192"],
    ["ir_r1_k3_s1_e6_c320_noskip"],
  ]

  private static let a1 = [
    ["ds_r1_k3_s1_e1_c16_noskip"],
    ["ir_r2_k3_s2_e6_c24"],
    ["ir_r3_k5_s2_e3_c40_se0.25"],
    ["ir_r4_k3_s2_e6_c80"],
    ["ir_r2_k3_s1_e6_c112_se0.25"],
    ["ir_r3_k5_s2_e6_c160_se0.25"],
    ["ir_r1_k3_s1_e6_c320"],
  ]

  private static func mnasNet(
    _ id: String, _ stages: [[String]], width: Double = 1, stem: Int = 32
  ) -> Architecture {
    Architecture(
      id: id, summary: "MnasNet of width \(width) (Tan et al. 2018, arXiv:1807.11626).",
      input: InputSpecification(imageSize: 224),
      InvertedResidualNet(
        stages: stages, width: width, stem: stem, head: .convolution(1280), activation: .relu))
  }

  private static func searched(
    _ id: String, _ summary: String, _ net: InvertedResidualNet
  ) -> Architecture {
    Architecture(
      id: id, summary: summary,
      input: InputSpecification(imageSize: 224, interpolation: .bilinear), net)
  }
}
