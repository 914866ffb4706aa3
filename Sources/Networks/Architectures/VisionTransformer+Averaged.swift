/// Vision transformers whose embedding is the mean of the patches' tokens: timm's own with registers,
/// SigLIP's towers without their attention pooling, I-JEPA's, and EVA's of the size large.
///
/// - Reference: Zhai et al. 2023, arXiv:2303.15343 (SigLIP); Assran et al. 2023, arXiv:2301.08243
///   (I-JEPA); Alabdulmohsin et al. 2023, arXiv:2305.13035 (shape-optimised sizes); Darcet et al. 2023,
///   arXiv:2309.16588 (registers).
extension Architecture {
  static let averagedVisionTransformers: [Architecture] = [
    member("test_vit2", .test(depth: 8), 160, 16, .testMean, registers: 1),
    member(
      "eva_large_patch14_196", .large, 196, 14, [.averaged, .normedPooled], mean: .clip, crop: 1),
    member(
      "eva_large_patch14_336", .large, 336, 14, [.averaged, .normedPooled], mean: .clip, crop: 1,
      resize: .squash),
    member("vit_base_patch16_gap_224", .baseManyHeads, 224, 16, crop: 0.9),
    member("vit_base_patch16_reg4_gap_256", .base, 256, 16, .unscaledMean, registers: 4, crop: 0.9),
    member("vit_base_patch16_siglip_gap_224", .base, 224, 16, crop: 0.9),
    member("vit_base_patch16_siglip_gap_256", .base, 256, 16, crop: 0.9),
    member("vit_base_patch16_siglip_gap_384", .base, 384, 16, crop: 0.9),
    member("vit_base_patch16_siglip_gap_512", .base, 512, 16, crop: 0.9),
    member("vit_base_patch32_siglip_gap_256", .base, 256, 32, activation: .geluTanh, crop: 0.9),
    member("vit_betwixt_patch16_gap_256", .betwixt, 256, 16, .scaledMean),
    member("vit_betwixt_patch16_reg1_gap_256", .betwixt, 256, 16, .registeredMean, registers: 1),
    member("vit_betwixt_patch16_reg4_gap_256", .betwixt, 256, 16, .registeredMean, registers: 4),
    member(
      "vit_betwixt_patch16_reg4_gap_384", .betwixt, 384, 16, .registeredMean, registers: 4, crop: 1),
    member("vit_giant_patch16_gap_224", .giant, 224, 16, mean: .imageNet, crop: 0.9),
    member(
      "vit_giantopt_patch16_siglip_gap_256", .giantOptimal, 256, 16, activation: .geluTanh,
      crop: 0.9),
    member(
      "vit_giantopt_patch16_siglip_gap_384", .giantOptimal, 384, 16, activation: .geluTanh,
      crop: 0.9),
    member("vit_huge_patch14_gap_224", .huge, 224, 14, mean: .imageNet, crop: 0.9),
    member("vit_huge_patch16_gap_448", .huge, 448, 16, mean: .imageNet, crop: 1),
    member("vit_large_patch16_siglip_gap_256", .large, 256, 16, crop: 0.9),
    member("vit_large_patch16_siglip_gap_384", .large, 384, 16, crop: 0.9),
    member("vit_large_patch16_siglip_gap_512", .large, 512, 16, activation: .geluTanh, crop: 0.9),
    member("vit_little_patch16_reg1_gap_256", .little, 256, 16, .registeredMean, registers: 1),
    member("vit_little_patch16_reg4_gap_256", .little, 256, 16, .registeredMean, registers: 4),
    member("vit_medium_patch16_gap_240", .medium, 240, 16, .scaledMean),
    member("vit_medium_patch16_gap_256", .medium, 256, 16, .scaledMean),
    member("vit_medium_patch16_gap_384", .medium, 384, 16, .scaledMean, resize: .squash),
    member("vit_medium_patch16_reg1_gap_256", .medium, 256, 16, .registeredMean, registers: 1),
    member("vit_medium_patch16_reg4_gap_256", .medium, 256, 16, .registeredMean, registers: 4),
    member("vit_mediumd_patch16_reg4_gap_256", .mediumDeep, 256, 16, .registeredMean, registers: 4),
    member(
      "vit_mediumd_patch16_reg4_gap_384", .mediumDeep, 384, 16, .registeredMean, registers: 4,
      crop: 1),
    member(
      "vit_so150m2_patch16_reg1_gap_256", .so150m2, 256, 16, .optimalMean, registers: 1, crop: 1),
    member(
      "vit_so150m2_patch16_reg1_gap_384", .so150m2, 384, 16, .optimalMean, registers: 1, crop: 1),
    member(
      "vit_so150m2_patch16_reg1_gap_448", .so150m2, 448, 16, .optimalMean, registers: 1, crop: 1,
      resize: .squash),
    member("vit_so150m_patch16_reg4_gap_256", .so150m, 256, 16, registers: 4),
    member("vit_so150m_patch16_reg4_gap_384", .so150m, 384, 16, registers: 4, crop: 1),
    member("vit_so400m_patch14_siglip_gap_224", .so400m, 224, 14, crop: 0.9),
    member("vit_so400m_patch14_siglip_gap_378", .so400m, 378, 14, crop: 0.9),
    member("vit_so400m_patch14_siglip_gap_384", .so400m, 384, 14, crop: 1),
    member("vit_so400m_patch14_siglip_gap_448", .so400m, 448, 14, crop: 1),
    member("vit_so400m_patch14_siglip_gap_896", .so400m, 896, 14, crop: 1),
    member("vit_so400m_patch16_siglip_gap_256", .so400m, 256, 16, activation: .geluTanh, crop: 0.9),
    member("vit_so400m_patch16_siglip_gap_384", .so400m, 384, 16, activation: .geluTanh, crop: 0.9),
    member("vit_so400m_patch16_siglip_gap_512", .so400m, 512, 16, activation: .geluTanh, crop: 0.9),
    member("vit_wee_patch16_reg1_gap_256", .wee, 256, 16, .registeredMean, registers: 1),
  ]

  private static func member(
    _ id: String, _ size: VisionTransformer.Size, _ imageSize: Int, _ patch: Int,
    _ traits: VisionTransformer.Traits = .mean, registers: Int = 0,
    activation: ActivationFunction = .gelu, mean: VisionTransformer.Mean = .half,
    crop: Double = 0.95, resize: InputSpecification.Resize = .crop
  ) -> Architecture {
    visionTransformer(
      id,
      summary: id.contains("siglip")
        ? "Image tower of SigLIP, averaged (Zhai et al. 2023, arXiv:2303.15343)."
        : "Vision transformer, averaged over patches (Dosovitskiy et al. 2020, arXiv:2010.11929).",
      VisionTransformer(
        size, imageSize: imageSize, patch: patch, traits: traits, registers: registers,
        activation: activation), input: mean.input(imageSize, crop: crop, resize: resize))
  }
}

extension VisionTransformer.Traits {
  fileprivate static let mean: Self = [.averaged, .unclassed]
  fileprivate static let scaledMean: Self = [.averaged, .unclassed, .scaled, .plainQKV]
  fileprivate static let unscaledMean: Self = [
    .averaged, .unclassed, .patchPositions, .normedPooled,
  ]
  fileprivate static let registeredMean: Self = [
    .averaged, .unclassed, .patchPositions, .normedPooled, .scaled,
  ]
  fileprivate static let testMean: Self = [.averaged, .unclassed, .normedPooled, .scaled]
  fileprivate static let optimalMean: Self = [
    .averaged, .unclassed, .normedPooled, .scaled, .plainQKV,
  ]
}
