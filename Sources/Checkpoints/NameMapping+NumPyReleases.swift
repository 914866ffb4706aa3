extension NameMapping.Convention {
  /// Google's Big Transfer (BiT) releases: `resnet/block1/unit01/a/standardized_conv2d/kernel` in
  /// `[height, width, in, out]`.
  ///
  /// - Reference: Kolesnikov et al. 2020, arXiv:1912.11370.
  static let bigTransfer = NameMapping.Convention(
    "Big Transfer (BiT)", prefix: "resnet/",
    marks: ["root_block/standardized_conv2d/kernel", "group_norm/gamma"],
    rules: [
      ("root_block/standardized_conv2d/kernel", "stem.conv.weight"),
      ("group_norm/gamma", "norm.weight"),
      ("group_norm/beta", "norm.bias"),
      ("head/conv2d/kernel", "head.fc.weight"),
      ("head/conv2d/bias", "head.fc.bias"),
      (unit + "a/proj/standardized_conv2d/kernel", ours + "downsample.conv.weight"),
      (unit + "a/standardized_conv2d/kernel", ours + "conv1.weight"),
      (unit + "b/standardized_conv2d/kernel", ours + "conv2.weight"),
      (unit + "c/standardized_conv2d/kernel", ours + "conv3.weight"),
      (unit + "a/group_norm/gamma", ours + "norm1.weight"),
      (unit + "b/group_norm/gamma", ours + "norm2.weight"),
      (unit + "c/group_norm/gamma", ours + "norm3.weight"),
      (unit + "a/group_norm/beta", ours + "norm1.bias"),
      (unit + "b/group_norm/beta", ours + "norm2.bias"),
      (unit + "c/group_norm/beta", ours + "norm3.bias"),
    ]
  ) { name, tensor in
    name.hasSuffix(".bias") || name.contains("norm")
      ? tensor.reshaped(to: [tensor.count]) : tensor.permuted(StoredTensor.outputsFirst)
  }

  private static let unit = "block#/unit#/"
  private static let ours = "stages.{0-}.blocks.{1-}."

  /// Google's ViT releases (the original ones and AugReg's):
  /// `Transformer/encoderblock_0/MultiHeadDotProductAttention_1/query/kernel` in `[in, heads, width]`.
  ///
  /// A release with a layer before its head (`pre_logits`) is taken without both, as timm does.
  ///
  /// - Reference: Dosovitskiy et al. 2021, arXiv:2010.11929; Steiner et al. 2022, arXiv:2106.10270.
  static let googleViT = NameMapping.Convention(
    name: "Google ViT (AugReg)", likelyArchitectures: ["vit_"]
  ) { table in
    let prefix = ["", "opt/target/", "params/"].first { table[$0 + "embedding/kernel"] != nil }
    guard let prefix, table[prefix + "Transformer/encoder_norm/scale"] != nil,
      table[prefix + "Transformer/encoderblock_0/LayerNorm_0/scale"] != nil
    else { return nil }
    let hasPreLogits = table[prefix + "pre_logits/kernel"] != nil
    // big_vision numbers the layers of a block one by one, Flax's older releases all together.
    let isNew =
      table[prefix + "Transformer/encoderblock_0/MultiHeadDotProductAttention_0/query/kernel"]
      != nil
    let patterns = viTPatterns(
      norm: isNew ? 1 : 2, attention: isNew ? 0 : 1, mlp: isNew ? 0 : 3, dropsHead: hasPreLogits)
    var flat = TensorTable()
    var originals: [String: String] = [:]
    for (name, tensor) in table.entries {
      let short = name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : name
      flat[short] = tensor.inTorchLayout(short)
      originals[short] = name
    }
    return flat.translated(by: patterns).map { entry in
      var entry = entry
      entry.original = originals[entry.original] ?? entry.original
      return entry
    }
  }

  private static func viTPatterns(
    norm: Int, attention: Int, mlp: Int, dropsHead: Bool
  ) -> NamePatterns {
    let block = "Transformer/encoderblock_#/"
    let heads = block + "MultiHeadDotProductAttention_\(attention)/"
    var rules: [(pattern: String, result: String)] = [
      ("cls", "cls_token"),
      ("Transformer/posembed_input/pos_embedding", "pos_embed"),
      ("pos_embedding", "pos_embed"),
      ("pre_logits/*", ""),
    ]
    let modules = [
      ("embedding", "patch_embed.proj"), ("head", dropsHead ? "" : "head"),
      ("Transformer/encoder_norm", "norm"),
      (block + "LayerNorm_0", "blocks.{0}.norm1"),
      (block + "LayerNorm_\(norm)", "blocks.{0}.norm2"),
      (heads + "query", "blocks.{0}.attn.qkv[0/3]"), (heads + "key", "blocks.{0}.attn.qkv[1/3]"),
      (heads + "value", "blocks.{0}.attn.qkv[2/3]"), (heads + "out", "blocks.{0}.attn.proj"),
      (block + "MlpBlock_\(mlp)/Dense_0", "blocks.{0}.mlp.fc1"),
      (block + "MlpBlock_\(mlp)/Dense_1", "blocks.{0}.mlp.fc2"),
    ]
    for (theirs, ours) in modules {
      for (kind, parameter) in [("kernel", "weight"), ("scale", "weight"), ("bias", "bias")] {
        rules.append(("\(theirs)/\(kind)", ours.isEmpty ? "" : "\(ours).\(parameter)"))
      }
    }
    return NamePatterns(rules)
  }
}

extension StoredTensor {
  /// A tensor of Flax in PyTorch's layout: outputs first, heads and their widths as one axis.
  fileprivate func inTorchLayout(_ name: String) -> StoredTensor {
    switch shape.count {
    case 4: return permuted(StoredTensor.outputsFirst)
    case 3 where name.hasSuffix("/out/kernel"):
      return reshaped(to: [shape[0] * shape[1], shape[2]]).permuted([1, 0])
    case 3 where name.hasSuffix("/kernel"):
      return reshaped(to: [shape[0], shape[1] * shape[2]]).permuted([1, 0])
    case 2 where name.hasSuffix("/kernel"): return permuted([1, 0])
    case 2 where name.hasSuffix("/bias"): return reshaped(to: [count])
    default: return self
    }
  }
}
