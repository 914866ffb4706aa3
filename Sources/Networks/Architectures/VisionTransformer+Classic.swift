/// Vision transformers with a class token, as first published and in the AugReg and FlexiViT recipes.
///
/// - Reference: Dosovitskiy et al. 2020, arXiv:2010.11929, table 1; Steiner et al. 2021,
///   arXiv:2106.10270; Beyer et al. 2022, arXiv:2212.08013 (`flexivit`).
extension Architecture {
  static let classicVisionTransformers: [Architecture] = [
    member("test_vit", .test(depth: 6), 160, 16, crop: 0.95),
    member("flexivit_base", .base, 240, 16, .patchPositions, crop: 0.95),
    member("flexivit_large", .large, 240, 16, .patchPositions, crop: 0.95),
    member("flexivit_small", .small, 240, 16, .patchPositions, crop: 0.95),
    member("vit_base_patch16_224", .base, 224, 16),
    member(
      "vit_base_patch16_224_miil", .base, 224, 16, .plainQKV, mean: .plain, crop: 0.875,
      interpolation: .bilinear),
    member("vit_base_patch16_384", .base, 384, 16, crop: 1),
    member("vit_base_patch16_plus_240", .basePlus, 240, 16, .scaled, crop: 0.95),
    member("vit_base_patch32_224", .base, 224, 32),
    member("vit_base_patch32_384", .base, 384, 32, crop: 1),
    member("vit_base_patch32_plus_256", .basePlus, 256, 32, .scaled, crop: 0.95),
    member("vit_base_patch8_224", .base, 224, 8),
    member("vit_giant_patch14_224", .giant, 224, 14),
    member("vit_gigantic_patch14_224", .gigantic, 224, 14),
    member("vit_huge_patch14_224", .huge, 224, 14),
    member("vit_large_patch14_224", .large, 224, 14),
    member("vit_large_patch16_224", .large, 224, 16),
    member("vit_large_patch16_384", .large, 384, 16, crop: 1),
    member("vit_large_patch32_224", .large, 224, 32),
    member("vit_large_patch32_384", .large, 384, 32, crop: 1),
    member("vit_small_patch16_224", .small, 224, 16),
    member("vit_small_patch16_36x1_224", .smallDeep, 224, 16, .scaled),
    member("vit_small_patch16_384", .small, 384, 16, crop: 1),
    member("vit_small_patch32_224", .small, 224, 32),
    member("vit_small_patch32_384", .small, 384, 32, crop: 1),
    member("vit_small_patch8_224", .small, 224, 8, mean: .imageNet),
    member("vit_tiny_patch16_224", .tiny, 224, 16),
    member("vit_tiny_patch16_384", .tiny, 384, 16, crop: 1),
  ]

  private static func member(
    _ id: String, _ size: VisionTransformer.Size, _ imageSize: Int, _ patch: Int,
    _ traits: VisionTransformer.Traits = [], mean: VisionTransformer.Mean = .half,
    crop: Double = 0.9, interpolation: InputSpecification.Interpolation = .bicubic
  ) -> Architecture {
    visionTransformer(
      id, summary: "Vision transformer (Dosovitskiy et al. 2020, arXiv:2010.11929).",
      VisionTransformer(size, imageSize: imageSize, patch: patch, traits: traits),
      input: mean.input(imageSize, crop: crop, interpolation: interpolation))
  }
}
