extension NameMapping.Convention {
  /// torchvision's ViT: `encoder.layers.encoder_layer_0.self_attention.in_proj_weight`.
  ///
  /// It normalises images as DeiT does.
  static let torchvisionViT = NameMapping.Convention(
    "torchvision ViT", likely: ["deit_", "vit_"],
    marks: ["class_token", "conv_proj.weight", "encoder.pos_embedding"],
    rules: [
      ("class_token", "cls_token"),
      ("conv_proj.*", "patch_embed.proj.*"),
      ("encoder.pos_embedding", "pos_embed"),
      ("encoder.ln.*", "norm.*"),
      ("heads.head.*", "head.*"),
      ("encoder.layers.encoder_layer_#.ln_#.*", "blocks.{0}.norm{1}.*"),
      ("encoder.layers.encoder_layer_#.self_attention.in_proj_*", "blocks.{0}.attn.qkv.*"),
      ("encoder.layers.encoder_layer_#.self_attention.out_proj.*", "blocks.{0}.attn.proj.*"),
      ("encoder.layers.encoder_layer_#.mlp.0.*", "blocks.{0}.mlp.fc1.*"),
      ("encoder.layers.encoder_layer_#.mlp.3.*", "blocks.{0}.mlp.fc2.*"),
      ("encoder.layers.encoder_layer_#.mlp.linear_#.*", "blocks.{0}.mlp.fc{1}.*"),
    ])
}
