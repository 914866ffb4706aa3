extension NameMapping.Convention {
  /// Hugging Face transformers' ViT: `vit.encoder.layer.0.attention.attention.query.weight`.
  ///
  /// Their configuration says ε = 1e-12 where the weights were trained with timm's 1e-6.
  static let huggingFaceViT = NameMapping.Convention(
    "Hugging Face ViT", likely: ["vit_"], prefix: "vit.", marks: viTMarks, rules: viTRules)

  /// The names that transformers uses since version 5 within Python (files keep the older ones).
  static let huggingFaceViT5 = NameMapping.Convention(
    "Hugging Face ViT", likely: ["vit_"], prefix: "vit.",
    marks: ["embeddings.position_embeddings", "layers.0.layernorm_before.weight"], rules: viTRules)

  /// Hugging Face transformers' DeiT, with and without distillation.
  static let huggingFaceDeiT = NameMapping.Convention(
    "Hugging Face DeiT", likely: ["deit_"], prefix: "deit.", marks: viTMarks.map { "deit.\($0)" },
    rules: viTRules)

  private static let viTMarks = [
    "embeddings.position_embeddings", "encoder.layer.0.layernorm_before.weight",
  ]

  private static let viTRules: [(pattern: String, result: String)] =
    [
      ("embeddings.cls_token", "cls_token"),
      ("embeddings.distillation_token", "dist_token"),
      ("embeddings.position_embeddings", "pos_embed"),
      ("embeddings.mask_token", ""),
      ("embeddings.patch_embeddings.projection.*", "patch_embed.proj.*"),
      ("layernorm.*", "norm.*"),
      ("pooler.*", ""),
      ("classifier.*", "head.*"),
      ("cls_classifier.*", "head.*"),
      ("distillation_classifier.*", "head_dist.*"),
    ]
    + ["encoder.layer.#.", "layers.#."].flatMap { layer in
      huggingFaceLayer.map { (layer + $0.pattern, "blocks.{0}." + $0.result) }
    }

  /// The parts of a transformer's layer, which ViT and Swin have in common.
  static let huggingFaceLayer: [(pattern: String, result: String)] = [
    ("layernorm_before.*", "norm1.*"),
    ("layernorm_after.*", "norm2.*"),
    ("attention.attention.query.*", "attn.qkv[0/3].*"),
    ("attention.attention.key.*", "attn.qkv[1/3].*"),
    ("attention.attention.value.*", "attn.qkv[2/3].*"),
    ("attention.self.query.*", "attn.qkv[0/3].*"),
    ("attention.self.key.*", "attn.qkv[1/3].*"),
    ("attention.self.value.*", "attn.qkv[2/3].*"),
    ("attention.q_proj.*", "attn.qkv[0/3].*"),
    ("attention.k_proj.*", "attn.qkv[1/3].*"),
    ("attention.v_proj.*", "attn.qkv[2/3].*"),
    ("attention.o_proj.*", "attn.proj.*"),
    ("attention.output.dense.*", "attn.proj.*"),
    ("intermediate.dense.*", "mlp.fc1.*"),
    ("output.dense.*", "mlp.fc2.*"),
    ("mlp.fc1.*", "mlp.fc1.*"),
    ("mlp.fc2.*", "mlp.fc2.*"),
  ]
}
