/// Vision transformers trained without labels or from several teachers: DINOv2 with and without
/// registers, RADIO, InternViT and TIPSv2.
///
/// - Reference: Oquab et al. 2023, arXiv:2304.07193; Darcet et al. 2023, arXiv:2309.16588 (registers);
///   Ranzinger et al. 2023, arXiv:2312.06709 (RADIO); Chen et al. 2023, arXiv:2312.14238 (InternViT).
extension Architecture {
  static let dinoV2s: [Architecture] = [
    member("vit_base_patch14_dinov2", .base, 518, 14, .scaled),
    member(
      "vit_base_patch14_reg1_tipsv2", .base, 448, 14, [.patchPositions, .scaled], registers: 1,
      mean: .plain),
    member(
      "vit_base_patch14_reg4_dinov2", .base, 518, 14, [.patchPositions, .scaled], registers: 4),
    member(
      "vit_base_patch16_radio_v3", .base, 512, 16, [.patchPositions, .unnormed, .scaled],
      registers: 7, mean: .clip),
    member("vit_giant_patch14_dinov2", .giantGated, 518, 14, [.scaled, .gated], activation: .silu),
    member(
      "vit_giant_patch14_reg1_tipsv2", .giantGated, 448, 14, [.patchPositions, .scaled, .gated],
      registers: 1, activation: .silu, mean: .plain),
    member(
      "vit_giant_patch14_reg4_dinov2", .giantGated, 518, 14, [.patchPositions, .scaled, .gated],
      registers: 4, activation: .silu),
    member(
      "vit_giant_patch16_radio_v3", .giantWide, 512, 16, [.patchPositions, .unnormed], registers: 7,
      mean: .clip),
    member(
      "vit_huge_patch16_radio_v3", .huge, 512, 16, [.patchPositions, .unnormed], registers: 7,
      mean: .clip),
    member(
      "vit_huge_patch16_radio_v4", .huge, 512, 16, [.patchPositions, .unnormed], registers: 9,
      mean: .clip),
    member("vit_intern300m_patch14_448", .large, 448, 14, [.unnormed, .scaled]),
    member("vit_large_patch14_dinov2", .large, 518, 14, .scaled),
    member(
      "vit_large_patch14_reg1_tipsv2", .large, 448, 14, [.patchPositions, .scaled], registers: 1,
      mean: .plain),
    member(
      "vit_large_patch14_reg4_dinov2", .large, 518, 14, [.patchPositions, .scaled], registers: 4),
    member(
      "vit_large_patch16_radio_v3", .large, 512, 16, [.patchPositions, .unnormed, .scaled],
      registers: 7, mean: .clip),
    member("vit_small_patch14_dinov2", .small, 518, 14, .scaled),
    member(
      "vit_small_patch14_reg4_dinov2", .small, 518, 14, [.patchPositions, .scaled], registers: 4),
    member(
      "vit_so400m_patch14_reg1_tipsv2", .so400m, 448, 14, [.patchPositions, .scaled], registers: 1,
      mean: .plain),
    member(
      "vit_so400m_patch16_radio_v4", .so400m, 512, 16, [.patchPositions, .unnormed], registers: 9,
      mean: .clip),
  ]

  private static func member(
    _ id: String, _ size: VisionTransformer.Size, _ imageSize: Int, _ patch: Int,
    _ traits: VisionTransformer.Traits = [], registers: Int = 0,
    activation: ActivationFunction = .gelu, mean: VisionTransformer.Mean = .imageNet,
    crop: Double = 1
  ) -> Architecture {
    visionTransformer(
      id,
      summary: id.hasSuffix("dinov2")
        ? "DINOv2 (Oquab et al. 2023, arXiv:2304.07193)."
        : "Vision transformer from teachers or texts (Ranzinger et al. 2023, arXiv:2312.06709).",
      VisionTransformer(
        size, imageSize: imageSize, patch: patch, traits: traits, registers: registers,
        activation: activation), input: mean.input(imageSize, crop: crop))
  }
}
