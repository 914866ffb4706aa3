extension NameMapping.Convention {
  /// torchvision's VGG, whose first two linear layers are convolutions in timm.
  static let torchvisionVGG = NameMapping.Convention(
    "torchvision VGG", marks: ["features.0.weight", "classifier.0.weight", "classifier.6.weight"],
    rules: [
      ("classifier.0.*", "pre_logits.fc1.*"),
      ("classifier.3.*", "pre_logits.fc2.*"),
      ("classifier.6.*", "head.fc.*"),
    ]
  ) { name, tensor in
    switch (name, tensor.shape.count) {
    case ("pre_logits.fc1.weight", 2) where tensor.shape[1].isMultiple(of: 49):
      tensor.reshaped(to: [tensor.shape[0], tensor.shape[1] / 49, 7, 7])
    case ("pre_logits.fc2.weight", 2): tensor.reshaped(to: tensor.shape + [1, 1])
    default: tensor
    }
  }

  /// torchvision's GoogLeNet with the auxiliary classifiers of its training.
  static let torchvisionGoogLeNet = NameMapping.Convention(
    "torchvision GoogLeNet",
    marks: ["inception3a.branch1.conv.weight", "aux1.conv.conv.weight"],
    rules: [("aux#.*", "")])

  /// torchvision's and timm's Inception v3 with the auxiliary classifier of its training.
  static let torchvisionInception = NameMapping.Convention(
    "torchvision Inception",
    marks: ["Mixed_5b.branch1x1.conv.weight", "AuxLogits.conv0.conv.weight"],
    rules: [("AuxLogits.*", "")])

  /// torchvision's RegNet: `trunk_output.block1.block1-0.f.a.0.weight`.
  static let torchvisionRegNet = NameMapping.Convention(
    "torchvision RegNet", marks: ["stem.0.weight", "trunk_output.block1.block1-0.f.a.0.weight"],
    rules: [
      ("stem.0.*", "stem.conv.*"),
      ("stem.1.*", "stem.bn.*"),
      (regNetBlock + "proj.0.*", "s{0}.b{2+}.downsample.conv.*"),
      (regNetBlock + "proj.1.*", "s{0}.b{2+}.downsample.bn.*"),
      (regNetBlock + "f.a.0.*", "s{0}.b{2+}.conv1.conv.*"),
      (regNetBlock + "f.a.1.*", "s{0}.b{2+}.conv1.bn.*"),
      (regNetBlock + "f.b.0.*", "s{0}.b{2+}.conv2.conv.*"),
      (regNetBlock + "f.b.1.*", "s{0}.b{2+}.conv2.bn.*"),
      (regNetBlock + "f.se.*", "s{0}.b{2+}.se.*"),
      (regNetBlock + "f.c.0.*", "s{0}.b{2+}.conv3.conv.*"),
      (regNetBlock + "f.c.1.*", "s{0}.b{2+}.conv3.bn.*"),
      ("fc.*", "head.fc.*"),
    ])

  private static let regNetBlock = "trunk_output.block#.block#-#."

  /// torchvision's MNASNet: `layers.8.0.layers.3.weight`.
  static let torchvisionMNASNet = NameMapping.Convention(
    "torchvision MNASNet", marks: ["layers.0.weight", "layers.8.0.layers.0.weight"],
    rules: [
      ("layers.0.*", "conv_stem.*"),
      ("layers.1.*", "bn1.*"),
      ("layers.3.*", "blocks.0.0.conv_dw.*"),
      ("layers.4.*", "blocks.0.0.bn1.*"),
      ("layers.6.*", "blocks.0.0.conv_pw.*"),
      ("layers.7.*", "blocks.0.0.bn2.*"),
      ("layers.14.*", "conv_head.*"),
      ("layers.15.*", "bn2.*"),
      ("classifier.1.*", "classifier.*"),
    ]
      + (1...6).flatMap { stage -> [(pattern: String, result: String)] in
        [
          (0, "conv_pw"), (1, "bn1"), (3, "conv_dw"), (4, "bn2"), (6, "conv_pwl"), (7, "bn3"),
        ].map { ("layers.\(stage + 7).#.layers.\($0).*", "blocks.\(stage).{0}.\($1).*") }
      })
}
