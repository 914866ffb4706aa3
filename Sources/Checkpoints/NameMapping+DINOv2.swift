internal import Tensors

extension NameMapping.Convention {
  /// Facebook's releases of DINOv2 (and of MAE, iBOT and the like): timm's names with a token for
  /// masking, register tokens under another name, and gated MLPs as `w12` and `w3`.
  static let facebookDINOv2 = withRegisters(
    NameMapping.Convention(name: "facebookresearch DINOv2") { table in
      guard table["pos_embed"] != nil, table["patch_embed.proj.weight"] != nil,
        table["mask_token"] != nil || table["register_tokens"] != nil
          || table.names.contains(where: { $0.hasSuffix(".mlp.w12.weight") })
      else { return nil }
      return table.translated(by: facebookPatterns)
    })

  private static let facebookPatterns = NamePatterns(
    [("mask_token", ""), ("register_tokens", "reg_token")]
      + ["blocks.#.", "blocks.#.#."].flatMap { block -> [(pattern: String, result: String)] in
        // Blocks may be saved in chunks; they are numbered through all the same.
        let ours = block == "blocks.#." ? "blocks.{0}." : "blocks.{1}."
        return [
          (block + "mlp.w12.*", ours + "mlp.fc1.*"), (block + "mlp.w3.*", ours + "mlp.fc2.*"),
        ] + (block == "blocks.#." ? [] : [(block + "*", ours + "*")])
      })

  /// Hugging Face transformers' DINOv2: `encoder.layer.0.layer_scale1.lambda1`.
  static let huggingFaceDINOv2 = huggingFaceDINOv2(prefix: "dinov2.")

  /// The same with register tokens.
  static let huggingFaceDINOv2WithRegisters = huggingFaceDINOv2(prefix: "dinov2_with_registers.")

  private static func huggingFaceDINOv2(prefix: String) -> NameMapping.Convention {
    let layer = "encoder.layer.#."
    return withRegisters(
      NameMapping.Convention(
        "Hugging Face DINOv2", prefix: prefix,
        marks: ["embeddings.position_embeddings", layer0 + "layer_scale1.lambda1"],
        rules: [
          ("embeddings.cls_token", "cls_token"),
          ("embeddings.mask_token", ""),
          ("embeddings.register_tokens", "reg_token"),
          ("embeddings.position_embeddings", "pos_embed"),
          ("embeddings.patch_embeddings.projection.*", "patch_embed.proj.*"),
          (layer + "norm#.*", "blocks.{0}.norm{1}.*"),
          (layer + "layer_scale#.lambda1", "blocks.{0}.ls{1}.gamma"),
          (layer + "mlp.weights_in.*", "blocks.{0}.mlp.fc1.*"),
          (layer + "mlp.weights_out.*", "blocks.{0}.mlp.fc2.*"),
          (layer + "mlp.gate_proj.*", "blocks.{0}.mlp.fc1[0/2].*"),
          (layer + "mlp.up_proj.*", "blocks.{0}.mlp.fc1[1/2].*"),
          (layer + "mlp.down_proj.*", "blocks.{0}.mlp.fc2.*"),
          ("layernorm.*", "norm.*"),
          // It takes the class token and the mean of the patches; timm's head takes the token alone.
          ("classifier.*", ""),
        ] + huggingFaceLayer.map { (layer + $0.pattern, "blocks.{0}." + $0.result) }))
  }

  private static let layer0 = "encoder.layer.0."

  /// Where there are register tokens, timm adds positions to the patches only: the class token's own
  /// position becomes part of the token.
  private static func withRegisters(_ convention: NameMapping.Convention) -> NameMapping.Convention
  {
    var converted = convention
    converted.translate = { table in
      guard var entries = convention.translate(table) else { return nil }
      guard entries.contains(where: { $0.name == "reg_token" }),
        let token = entries.firstIndex(where: { $0.name == "cls_token" }),
        let positions = entries.firstIndex(where: { $0.name == "pos_embed" }),
        let (first, rest) = entries[positions].tensor.splittingFirstToken
      else { return entries }
      entries[token].tensor = entries[token].tensor.plus(first)
      entries[positions].tensor = rest
      return entries
    }
    return converted
  }
}

extension StoredTensor {
  /// Of tokens `[1, N, D]` the first `[1, 1, D]` and the others; nil for any other shape.
  fileprivate var splittingFirstToken: (StoredTensor, StoredTensor)? {
    guard shape.count == 3, shape[0] == 1, shape[1] > 1 else { return nil }
    let (count, width) = (shape[1], shape[2])
    return (
      changed(to: [1, 1, width]) { tokens in
        tokens.reshaped(to: [count, width]).rows(0..<1).reshaped(to: [1, 1, width])
      },
      changed(to: [1, count - 1, width]) { tokens in
        tokens.reshaped(to: [count, width]).rows(1..<count).reshaped(to: [1, count - 1, width])
      }
    )
  }

  /// The sum of two tensors of one shape; where the shapes differ, the first alone.
  fileprivate func plus(_ other: StoredTensor) -> StoredTensor {
    guard shape == other.shape else { return self }
    let (a, b, shape) = (self, other, shape)
    return StoredTensor(shape: shape, type: type) { () throws(CheckpointError.Problem) in
      let (first, second) = (try a.tensor().values, try b.tensor().values)
      return Tensor(shape: shape, values: zip(first, second).map { $0 + $1 })
    }
  }
}
