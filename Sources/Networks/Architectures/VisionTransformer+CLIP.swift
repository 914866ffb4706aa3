/// The image towers of CLIP and its successors: normalised before the first block, some with the quick
/// GELU of the first release.
///
/// - Reference: Radford et al. 2021, arXiv:2103.00020, §2.4; Cherti et al. 2022, arXiv:2212.07143.
extension Architecture {
  static let clipTowers: [Architecture] = [
    member("vit_base_patch16_clip_224", .base, 224, 16, crop: 0.95),
    member("vit_base_patch16_clip_384", .base, 384, 16, resize: .squash),
    member("vit_base_patch16_clip_quickgelu_224", .base, 224, 16, activation: .quickGELU),
    member("vit_base_patch16_plus_clip_240", .basePlus, 240, 16),
    member("vit_base_patch32_clip_224", .base, 224, 32, crop: 0.9),
    member("vit_base_patch32_clip_256", .base, 256, 32),
    member("vit_base_patch32_clip_384", .base, 384, 32),
    member("vit_base_patch32_clip_448", .base, 448, 32),
    member(
      "vit_base_patch32_clip_quickgelu_224", .base, 224, 32, activation: .quickGELU, crop: 0.9),
    member("vit_betwixt_patch32_clip_224", .betwixt, 224, 32, crop: 0.9),
    member("vit_giant_patch14_clip_224", .giant, 224, 14),
    member("vit_gigantic_patch14_clip_224", .gigantic, 224, 14),
    member("vit_gigantic_patch14_clip_378", .gigantic, 378, 14, resize: .squash),
    member("vit_gigantic_patch14_clip_quickgelu_224", .gigantic, 224, 14, activation: .quickGELU),
    member("vit_huge_patch14_clip_224", .huge, 224, 14),
    member("vit_huge_patch14_clip_336", .huge, 336, 14, resize: .squash),
    member("vit_huge_patch14_clip_378", .huge, 378, 14),
    member("vit_huge_patch14_clip_quickgelu_224", .huge, 224, 14, activation: .quickGELU),
    member("vit_huge_patch14_clip_quickgelu_378", .huge, 378, 14, activation: .quickGELU),
    member("vit_large_patch14_clip_224", .large, 224, 14, mean: .half),
    member("vit_large_patch14_clip_336", .large, 336, 14, mean: .half, resize: .squash),
    member("vit_large_patch14_clip_quickgelu_224", .large, 224, 14, activation: .quickGELU),
    member("vit_large_patch14_clip_quickgelu_336", .large, 336, 14, activation: .quickGELU),
    member("vit_medium_patch16_clip_224", .medium, 224, 16, crop: 0.9),
    member("vit_medium_patch32_clip_224", .medium, 224, 32, crop: 0.9),
    member("vit_xsmall_patch16_clip_224", .extraSmall, 224, 16, crop: 0.9),
  ]

  private static func member(
    _ id: String, _ size: VisionTransformer.Size, _ imageSize: Int, _ patch: Int,
    activation: ActivationFunction = .gelu, mean: VisionTransformer.Mean = .clip,
    crop: Double = 1, resize: InputSpecification.Resize = .crop
  ) -> Architecture {
    visionTransformer(
      id, summary: "Image tower of CLIP (Radford et al. 2021, arXiv:2103.00020).",
      VisionTransformer(
        size, imageSize: imageSize, patch: patch, traits: .normedFirst, activation: activation,
        epsilon: 1e-5),
      input: mean.input(imageSize, crop: crop, resize: resize))
  }
}
