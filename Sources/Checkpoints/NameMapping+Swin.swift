extension NameMapping.Convention {
  /// Hugging Face transformers' Swin: `swin.encoder.layers.0.blocks.0.attention.self.query.weight`.
  ///
  /// A stage ends with its patch merging there and begins with it here.
  static let huggingFaceSwin = NameMapping.Convention(
    "Hugging Face Swin", prefix: "swin.",
    marks: [
      "embeddings.patch_embeddings.projection.weight",
      "encoder.layers.0.blocks.0.layernorm_before.weight",
    ],
    rules: [
      ("embeddings.patch_embeddings.projection.*", "patch_embed.proj.*"),
      ("embeddings.norm.*", "patch_embed.norm.*"),
      ("embeddings.mask_token", ""),
      ("encoder.layers.#.downsample.*", "layers.{0+}.downsample.*"),
      (
        "encoder.layers.#.blocks.#.attention.self.relative_position_bias_table",
        "layers.{0}.blocks.{1}.attn.relative_position_bias_table"
      ),
      (
        "encoder.layers.#.blocks.#.attention.relative_position_bias.relative_position_bias_table",
        "layers.{0}.blocks.{1}.attn.relative_position_bias_table"
      ),
      ("encoder.layers.#.blocks.#.attention.self.relative_position_index", ""),
      ("encoder.layers.#.blocks.#.attention.relative_position_bias.relative_position_index", ""),
      ("layernorm.*", "norm.*"),
      ("classifier.*", "head.fc.*"),
    ]
      + huggingFaceLayer.map {
        ("encoder.layers.#.blocks.#." + $0.pattern, "layers.{0}.blocks.{1}." + $0.result)
      })

  /// torchvision's Swin: `features.1.0.attn.qkv.weight`; stages and patch mergings alternate.
  static let torchvisionSwin = NameMapping.Convention(
    "torchvision Swin",
    marks: ["features.0.0.weight", "features.1.0.attn.relative_position_bias_table"],
    rules: [
      ("features.0.0.*", "patch_embed.proj.*"),
      ("features.0.2.*", "patch_embed.norm.*"),
      ("norm.*", "norm.*"),
      ("head.*", "head.fc.*"),
    ]
      + (0..<4).flatMap { stage -> [(pattern: String, result: String)] in
        let (block, ours) = ("features.\(2 * stage + 1).#.", "layers.\(stage).blocks.{0}.")
        return [
          (block + "attn.relative_position_index", ""),
          (block + "mlp.0.*", ours + "mlp.fc1.*"),
          (block + "mlp.3.*", ours + "mlp.fc2.*"),
          (block + "*", ours + "*"),
          ("features.\(2 * stage + 2).*", "layers.\(stage + 1).downsample.*"),
        ]
      })

  /// Microsoft's own releases (and timm before 0.9): a stage ends with its patch merging, and tables
  /// that follow from the architecture are saved.
  static let microsoftSwin = NameMapping.Convention(
    "Microsoft Swin",
    marks: ["layers.0.downsample.reduction.weight", "layers.0.blocks.0.attn.qkv.weight"],
    rules: [
      ("layers.#.downsample.*", "layers.{0+}.downsample.*"),
      ("layers.#.blocks.#.attn.relative_position_index", ""),
      ("layers.#.blocks.#.attn_mask", ""),
      ("head.fc.*", "head.fc.*"),
      ("head.*", "head.fc.*"),
    ])
}
