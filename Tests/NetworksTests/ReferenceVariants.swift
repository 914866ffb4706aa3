import Networks

/// Members of families that are small enough for quick tests: the twins of `VARIANTS` in
/// `networks.py`.
extension ReferenceNetwork {
  static let variants: [String: @Sendable (_ classCount: Int) -> Graph] = [
    "variant_clip": {
      VisionTransformer(
        .init(width: 48, depth: 3, heads: 3), imageSize: 64, patch: 16, traits: .normedFirst,
        activation: .quickGELU, epsilon: 1e-5
      ).graph(classCount: $0)
    },
    "variant_deit": {
      VisionTransformer(
        .init(width: 48, depth: 3, heads: 3), imageSize: 48, patch: 16, traits: .distilled
      ).graph(classCount: $0)
    },
    "variant_dinov2": {
      VisionTransformer(
        .init(width: 48, depth: 3, heads: 2), imageSize: 70, patch: 14,
        traits: [.patchPositions, .scaled], registers: 4
      ).graph(classCount: $0)
    },
    "variant_dinov2_gated": {
      VisionTransformer(
        .init(width: 48, depth: 2, heads: 3, hidden: 256), imageSize: 56, patch: 14,
        traits: [.scaled, .gated], activation: .silu
      ).graph(classCount: $0)
    },
    "variant_swin": {
      SwinTransformer(
        imageSize: 72, width: 24, depths: [2, 2, 1, 1], heads: [1, 2, 4, 8],
        windows: [5, 5, 5, 5]
      ).graph(classCount: $0)
    },
    "variant_vgg": {
      Architecture.vgg("vgg11_bn", depths: [1, 1, 2, 2, 2], hidden: 64).build(classCount: $0)
    },
    "variant_mixer": {
      MLPMixer(imageSize: 64, patch: 16, width: 48, depth: 3).graph(classCount: $0)
    },
  ]
}
