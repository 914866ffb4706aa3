/// Data-efficient vision transformers, with and without a distillation token, and their third version.
///
/// - Reference: Touvron et al. 2020, arXiv:2012.12877; Touvron et al. 2022, arXiv:2204.07118.
extension Architecture {
  static let deiTs: [Architecture] = [
    member("deit3_base_patch16_224", .base, 224, 16, .third),
    member("deit3_base_patch16_384", .base, 384, 16, .third, crop: 1),
    member("deit3_huge_patch14_224", .huge, 224, 14, .third),
    member("deit3_large_patch16_224", .large, 224, 16, .third),
    member("deit3_large_patch16_384", .large, 384, 16, .third, crop: 1),
    member("deit3_medium_patch16_224", .medium, 224, 16, .third),
    member("deit3_small_patch16_224", .small, 224, 16, .third),
    member("deit3_small_patch16_384", .small, 384, 16, .third, crop: 1),
    member("deit_base_distilled_patch16_224", .base, 224, 16, .distilled),
    member("deit_base_distilled_patch16_384", .base, 384, 16, .distilled, crop: 1),
    member("deit_base_patch16_224", .base, 224, 16),
    member("deit_base_patch16_384", .base, 384, 16, crop: 1),
    member("deit_small_distilled_patch16_224", .small, 224, 16, .distilled),
    member("deit_small_patch16_224", .small, 224, 16),
    member("deit_tiny_distilled_patch16_224", .tiny, 224, 16, .distilled),
    member("deit_tiny_patch16_224", .tiny, 224, 16),
  ]

  private static func member(
    _ id: String, _ size: VisionTransformer.Size, _ imageSize: Int, _ patch: Int,
    _ traits: VisionTransformer.Traits = [], crop: Double = 0.9
  ) -> Architecture {
    visionTransformer(
      id,
      summary: traits == .third
        ? "DeiT III (Touvron et al. 2022, arXiv:2204.07118)."
        : "Data-efficient vision transformer (Touvron et al. 2020, arXiv:2012.12877).",
      VisionTransformer(size, imageSize: imageSize, patch: patch, traits: traits),
      input: VisionTransformer.Mean.imageNet.input(imageSize, crop: crop))
  }
}

extension VisionTransformer.Traits {
  /// DeiT III.
  fileprivate static let third: Self = [.patchPositions, .scaled]
}
