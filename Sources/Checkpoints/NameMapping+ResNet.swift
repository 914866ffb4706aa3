extension NameMapping.Convention {
  /// Hugging Face transformers' ResNet: `resnet.encoder.stages.0.layers.0.layer.0.convolution.weight`.
  static let huggingFaceResNet = NameMapping.Convention(
    "Hugging Face ResNet", prefix: "resnet.",
    marks: [
      "embedder.embedder.convolution.weight",
      "encoder.stages.0.layers.0.layer.0.convolution.weight",
    ],
    rules: [
      ("embedder.embedder.convolution.*", "conv1.*"),
      ("embedder.embedder.normalization.*", "bn1.*"),
      (stageLayer + "shortcut.convolution.*", "layer{0+}.{1}.downsample.0.*"),
      (stageLayer + "shortcut.normalization.*", "layer{0+}.{1}.downsample.1.*"),
      (stageLayer + "layer.#.convolution.*", "layer{0+}.{1}.conv{2+}.*"),
      (stageLayer + "layer.#.normalization.*", "layer{0+}.{1}.bn{2+}.*"),
      ("classifier.1.*", "fc.*"),
    ])

  private static let stageLayer = "encoder.stages.#.layers.#."
}
