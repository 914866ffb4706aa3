/// MobileNetV1 and V2.
///
/// `d` variants are deeper and keep the width of stem and head, `h` adds a convolution before the
/// pooling.
///
/// - Reference: Howard et al. 2017, arXiv:1704.04861; Sandler et al. 2018, arXiv:1801.04381, table 2.
extension Architecture {
  static let mobileNetV1s: [Architecture] = [
    mobileNetV1("mobilenetv1_100", width: 1),
    mobileNetV1("mobilenetv1_100h", width: 1, head: .convolution(1024)),
    mobileNetV1("mobilenetv1_125", width: 1.25, cropPercent: 0.9),
  ]

  static let mobileNetV2s: [Architecture] = [
    mobileNetV2("mobilenetv2_035", width: 0.35),
    mobileNetV2("mobilenetv2_050", width: 0.5),
    mobileNetV2("mobilenetv2_075", width: 0.75),
    mobileNetV2("mobilenetv2_100", width: 1),
    mobileNetV2("mobilenetv2_110d", width: 1.1, depth: 1.2),
    mobileNetV2("mobilenetv2_120d", width: 1.2, depth: 1.4),
    mobileNetV2("mobilenetv2_140", width: 1.4),
  ]

  private static func mobileNetV1(
    _ id: String, width: Double, head: InvertedResidualNet.Head = .pool, cropPercent: Double = 0.875
  ) -> Architecture {
    let net = InvertedResidualNet(
      stages: [
        ["dsa_r1_k3_s1_c64"],
        ["dsa_r2_k3_s2_c128"],
        ["dsa_r2_k3_s2_c256"],
        ["dsa_r6_k3_s2_c512"],
        ["dsa_r2_k3_s2_c1024"],
      ],
      width: width, head: head, activation: .relu6)
    return Architecture(
      id: id, summary: "MobileNetV1 of width \(width) (Howard et al. 2017, arXiv:1704.04861).",
      input: .halved(imageSize: 224, cropPercent: cropPercent), net)
  }

  private static func mobileNetV2(
    _ id: String, width: Double, depth: Double? = nil
  ) -> Architecture {
    var net = InvertedResidualNet(
      stages: [
        ["ds_r1_k3_s1_c16"],
        ["ir_r2_k3_s2_e6_c24"],
        ["ir_r3_k3_s2_e6_c32"],
        ["ir_r4_k3_s2_e6_c64"],
        ["ir_r3_k3_s1_e6_c96"],
        ["ir_r3_k3_s2_e6_c160"],
        ["ir_r1_k3_s1_e6_c320"],
      ],
      width: width, depths: depth.map { [$0] } ?? [], keepsEndDepths: true,
      keepsStem: depth != nil, head: .convolution(1280), activation: .relu6)
    if depth == nil { net.head = .convolution(max(1280, net.scaled(1280))) }
    return Architecture(
      id: id, summary: "MobileNetV2 of width \(width) (Sandler et al. 2018, arXiv:1801.04381).",
      input: InputSpecification(imageSize: 224), net)
  }
}

extension Architecture {
  /// A network of mobile blocks for images of its nominal size.
  init(
    id: String, summary: String, input: InputSpecification, sameParametersAs: String? = nil,
    _ net: InvertedResidualNet
  ) {
    self.init(id: id, summary: summary, input: input, sameParametersAs: sameParametersAs) {
      classCount in
      net.graph(imageSize: input.imageSize, classCount: classCount)
    }
  }
}

extension InputSpecification {
  /// Images on −1…1, as TensorFlow's networks expect.
  static func halved(
    imageSize: Int, cropPercent: Double = 0.875, interpolation: Interpolation = .bicubic
  ) -> InputSpecification {
    let half = [0.5, 0.5, 0.5]
    return InputSpecification(
      imageSize: imageSize, mean: half, standardDeviation: half, cropPercent: cropPercent,
      interpolation: interpolation)
  }
}
