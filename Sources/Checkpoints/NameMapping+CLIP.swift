extension NameMapping.Convention {
  /// OpenAI's CLIP, known by the sizes that its releases carry along; its activation is the
  /// approximate GELU x · σ(1.702 x).
  static let openAICLIP = NameMapping.Convention(
    "OpenAI CLIP", likely: ["quickgelu"], marks: clipMarks + ["input_resolution"],
    rules: openCLIPRules, clipShapes
  ).addingHeadBias

  /// open_clip's CLIP, `visual.transformer.resblocks.0.attn.in_proj_weight`, with or without text.
  ///
  /// Whether its activation is GELU or OpenAI's approximation is not in the file.
  static let openCLIP = NameMapping.Convention(
    "open_clip CLIP", marks: clipMarks, rules: openCLIPRules, clipShapes
  ).addingHeadBias

  private static let clipMarks = ["visual.conv1.weight", "visual.positional_embedding"]

  private static let openCLIPRules: [(pattern: String, result: String)] =
    [
      ("visual.class_embedding", "cls_token"),
      ("visual.positional_embedding", "pos_embed"),
      ("visual.conv1.weight", "patch_embed.proj.weight"),
      ("visual.ln_pre.*", "norm_pre.*"),
      ("visual.ln_post.*", "norm.*"),
      ("visual.proj", "head.weight"),
      ("visual.transformer.resblocks.#.ln_#.*", "blocks.{0}.norm{1}.*"),
      ("visual.transformer.resblocks.#.attn.in_proj_*", "blocks.{0}.attn.qkv.*"),
      ("visual.transformer.resblocks.#.attn.out_proj.*", "blocks.{0}.attn.proj.*"),
      ("visual.transformer.resblocks.#.mlp.c_fc.*", "blocks.{0}.mlp.fc1.*"),
      ("visual.transformer.resblocks.#.mlp.c_proj.*", "blocks.{0}.mlp.fc2.*"),
    ]
    + [
      "transformer.*", "token_embedding.*", "ln_final.*", "positional_embedding", "text_projection",
      "text_projection.*", "text.*", "logit_scale", "logit_bias", "input_resolution",
      "context_length", "vocab_size", "attn_mask",
    ].map { ($0, "") }

  /// open_clip's networks around one of timm's: `visual.trunk.blocks.0.norm1.weight`.
  static let openCLIPTrunk = NameMapping.Convention(name: "open_clip with a timm trunk") { table in
    let trunk = "visual.trunk."
    guard table.names.contains(where: { $0.hasPrefix(trunk) }) else { return nil }
    return table.translated(
      by: NamePatterns(
        [(trunk + "*", "*")]
          + ["visual.head.*", "text.*", "logit_scale", "logit_bias"].map { ($0, "") }))
  }

  /// Hugging Face transformers' CLIP: `vision_model.encoder.layers.0.self_attn.q_proj.weight`, with or
  /// without the text tower.
  static let huggingFaceCLIP = NameMapping.Convention(
    "Hugging Face CLIP",
    marks: [
      "vision_model.embeddings.class_embedding", "vision_model.embeddings.patch_embedding.weight",
    ],
    rules: [
      ("vision_model.embeddings.class_embedding", "cls_token"),
      ("vision_model.embeddings.patch_embedding.*", "patch_embed.proj.*"),
      ("vision_model.embeddings.position_embedding.weight", "pos_embed"),
      ("vision_model.embeddings.position_ids", ""),
      ("vision_model.pre_layrnorm.*", "norm_pre.*"),
      ("vision_model.post_layernorm.*", "norm.*"),
      (visionLayer + "layer_norm#.*", "blocks.{0}.norm{1}.*"),
      (visionLayer + "self_attn.q_proj.*", "blocks.{0}.attn.qkv[0/3].*"),
      (visionLayer + "self_attn.k_proj.*", "blocks.{0}.attn.qkv[1/3].*"),
      (visionLayer + "self_attn.v_proj.*", "blocks.{0}.attn.qkv[2/3].*"),
      (visionLayer + "self_attn.out_proj.*", "blocks.{0}.attn.proj.*"),
      (visionLayer + "mlp.fc#.*", "blocks.{0}.mlp.fc{1}.*"),
      ("visual_projection.*", "head.*"),
      ("text_model.*", ""), ("text_projection.*", ""), ("logit_scale", ""),
    ]
  ) { name, tensor in
    switch name {
    case "cls_token": tensor.reshaped(to: [1, 1, tensor.count])
    case "pos_embed": tensor.reshaped(to: [1] + tensor.shape)
    default: tensor
    }
  }.addingHeadBias

  private static let visionLayer = "vision_model.encoder.layers.#."

  /// Tokens get a batch axis; the projection is `[width, embedding]` there.
  private static let clipShapes: @Sendable (String, StoredTensor) -> StoredTensor = {
    name, tensor in
    switch name {
    case "cls_token": tensor.reshaped(to: [1, 1, tensor.count])
    case "pos_embed": tensor.reshaped(to: [1] + tensor.shape)
    case "head.weight": tensor.permuted([1, 0])
    default: tensor
    }
  }

  /// The same with a bias of zeros for a head that has none.
  private var addingHeadBias: NameMapping.Convention {
    var convention = self
    convention.translate = { [translate] table in
      guard var entries = translate(table) else { return nil }
      if let head = entries.first(where: { $0.name == "head.weight" }),
        let classes = head.tensor.shape.first, !entries.contains(where: { $0.name == "head.bias" })
      {
        entries.append(
          NameMapping.Entry(
            name: "head.bias", original: head.original, tensor: .zeros([classes])))
      }
      return entries
    }
    return convention
  }
}
