extension NameMapping.Convention {
  /// Hugging Face transformers' ConvNeXt: `convnext.encoder.stages.0.layers.0.dwconv.weight`.
  static let huggingFaceConvNeXt = huggingFaceConvNeXt(version: "", prefix: "convnext.")

  /// Hugging Face transformers' ConvNeXt V2, whose blocks normalise their responses.
  static let huggingFaceConvNeXtV2 = huggingFaceConvNeXt(version: "V2", prefix: "convnextv2.")

  private static func huggingFaceConvNeXt(
    version: String, prefix: String
  ) -> NameMapping.Convention {
    let block = "encoder.stages.#.layers.#."
    return fitting(
      NameMapping.Convention(
        "Hugging Face ConvNeXt\(version)", prefix: prefix,
        marks: [
          "embeddings.patch_embeddings.weight", "encoder.stages.0.layers.0.dwconv.weight",
        ],
        rules: [
          ("embeddings.patch_embeddings.*", "stem.0.*"),
          ("embeddings.layernorm.*", "stem.1.*"),
          ("encoder.stages.#.downsampling_layer.#.*", "stages.{0}.downsample.{1}.*"),
          (block + "layer_scale_parameter", "stages.{0}.blocks.{1}.gamma"),
          (block + "layernorm.*", "stages.{0}.blocks.{1}.norm.*"),
          ("layernorm.*", "head.norm.*"),
          ("classifier.*", "head.fc.*"),
        ] + blockRules(block)))
  }

  /// The authors' releases of ConvNeXt and ConvNeXt V2: `downsample_layers.0.0.weight`.
  static let facebookConvNeXt = fitting(
    NameMapping.Convention(
      "facebookresearch ConvNeXt",
      marks: ["downsample_layers.0.0.weight", "stages.0.0.dwconv.weight"],
      rules: [
        ("downsample_layers.0.#.*", "stem.{0}.*"),
        ("downsample_layers.#.#.*", "stages.{0}.downsample.{1}.*"),
        ("stages.#.#.gamma", "stages.{0}.blocks.{1}.gamma"),
        ("stages.#.#.norm.*", "stages.{0}.blocks.{1}.norm.*"),
        ("stages.#.#.grn.gamma", "stages.{0}.blocks.{1}.mlp.grn.weight"),
        ("stages.#.#.grn.beta", "stages.{0}.blocks.{1}.mlp.grn.bias"),
        ("norm.*", "head.norm.*"),
        ("head.*", "head.fc.*"),
      ] + blockRules("stages.#.#.")))

  private static func blockRules(_ block: String) -> [(pattern: String, result: String)] {
    [
      (block + "dwconv.*", "stages.{0}.blocks.{1}.conv_dw.*"),
      (block + "pwconv1.*", "stages.{0}.blocks.{1}.mlp.fc1.*"),
      (block + "grn.*", "stages.{0}.blocks.{1}.mlp.grn.*"),
      (block + "pwconv2.*", "stages.{0}.blocks.{1}.mlp.fc2.*"),
    ]
  }

  /// torchvision's ConvNeXt: `features.1.0.block.0.weight`; stages and downsamplings alternate.
  static let torchvisionConvNeXt = fitting(
    NameMapping.Convention(
      "torchvision ConvNeXt", marks: ["features.1.0.layer_scale", "features.1.0.block.5.weight"],
      rules: [
        ("features.0.#.*", "stem.{0}.*"),
        ("classifier.0.*", "head.norm.*"),
        ("classifier.2.*", "head.fc.*"),
      ]
        + (0..<4).flatMap { stage -> [(pattern: String, result: String)] in
          let (block, ours) = ("features.\(2 * stage + 1).#.", "stages.\(stage).blocks.{0}.")
          return [
            (block + "layer_scale", ours + "gamma"),
            (block + "block.0.*", ours + "conv_dw.*"),
            (block + "block.2.*", ours + "norm.*"),
            (block + "block.3.*", ours + "mlp.fc1.*"),
            (block + "block.5.*", ours + "mlp.fc2.*"),
            ("features.\(2 * stage + 2).#.*", "stages.\(stage + 1).downsample.{0}.*"),
          ]
        }))

  /// Gives tensors the shapes that timm's variants have: vectors without axes of one, and 1×1
  /// convolutions instead of linear layers in the four smallest networks.
  private static func fitting(_ convention: NameMapping.Convention) -> NameMapping.Convention {
    var fitted = convention
    fitted.translate = { table in
      guard var entries = convention.translate(table) else { return nil }
      let width = entries.first { $0.name == "stem.0.weight" }?.tensor.shape.first ?? 0
      for index in entries.indices {
        guard let name = entries[index].name else { continue }
        let tensor = entries[index].tensor
        if name.hasSuffix(".gamma") || name.contains(".grn.") {
          entries[index].tensor = tensor.reshaped(to: [tensor.count])
        } else if width <= 80, name.contains(".mlp.fc"), tensor.shape.count == 2 {
          entries[index].tensor = tensor.reshaped(to: tensor.shape + [1, 1])
        }
      }
      return entries
    }
    return fitted
  }
}
