extension NameMapping.Convention {
  /// torchvision's EfficientNet and EfficientNetV2: `features.2.0.block.1.0.weight`.
  static let torchvisionEfficientNet = NameMapping.Convention(name: "torchvision EfficientNet") {
    table in
    guard table["features.0.0.weight"]?.shape.count == 4,
      table["features.1.0.block.0.0.weight"] != nil
    else { return nil }
    let stages = table.numbers(after: "features.").dropFirst().dropLast()
    var rules: [(pattern: String, result: String)] = [
      ("features.0.0.*", "conv_stem.*"), ("features.0.1.*", "bn1.*"),
      ("features.\(stages.endIndex).0.*", "conv_head.*"),
      ("features.\(stages.endIndex).1.*", "bn2.*"),
      ("classifier.1.*", "classifier.*"),
    ]
    for stage in stages {
      for block in table.numbers(after: "features.\(stage).") {
        rules += table.invertedResidual(
          "features.\(stage).\(block).block.", to: "blocks.\(stage - 1).\(block).")
      }
    }
    // Version 2 begins with full convolutions; it and the networks from B5 on have ε = 1e-3.
    let isSecond = table["features.1.0.block.0.0.weight"]?.shape[1] != 1
    let isLarge = table.numbers(after: "features.1.").count > 2
    return table.translated(by: NamePatterns(rules)) { name, tensor in
      isSecond || isLarge ? tensor.withBatchNormEpsilon(1e-3, insteadOf: 1e-5, name) : tensor
    }
  }

  /// torchvision's MobileNetV3: `features.4.block.2.fc1.weight`.
  static let torchvisionMobileNetV3 = NameMapping.Convention(name: "torchvision MobileNetV3") {
    table in
    guard table["features.0.0.weight"]?.shape.count == 4,
      table["features.1.block.0.0.weight"] != nil, table["classifier.3.weight"] != nil,
      let last = table.numbers(after: "features.").last
    else { return nil }
    let blocks = table.numbers(after: "features.").dropFirst().dropLast()
    guard
      let places = table.stages(
        ofBlocks: Array(blocks),
        projection: { block in
          let layers = table.numbers(after: "features.\(block).block.")
          return "features.\(block).block.\(layers.last ?? 0).0.weight"
        })
    else { return nil }
    let stageCount = Set(places.values.map { $0.prefix { $0 != "." } }).count
    var rules: [(pattern: String, result: String)] = [
      ("features.0.0.*", "conv_stem.*"), ("features.0.1.*", "bn1.*"),
      ("features.\(last).0.*", "blocks.\(stageCount).0.conv.*"),
      ("features.\(last).1.*", "blocks.\(stageCount).0.bn1.*"),
      ("classifier.0.*", "conv_head.*"), ("classifier.3.*", "classifier.*"),
    ]
    for (block, place) in places {
      rules += table.invertedResidual("features.\(block).block.", to: "blocks.\(place).")
    }
    return table.translated(by: NamePatterns(rules)) { name, tensor in
      if name == "conv_head.weight", tensor.shape.count == 2 {
        return tensor.reshaped(to: tensor.shape + [1, 1])
      }
      return tensor.withBatchNormEpsilon(1e-3, insteadOf: 1e-5, name)
    }
  }
}

extension TensorTable {
  /// Rules for one inverted residual of torchvision, whose layers are numbered without a word about
  /// what they are: an expansion (unless there is none), a depthwise convolution, a squeeze-and-excite
  /// gate (perhaps), a projection; or a full convolution instead of the first two.
  fileprivate func invertedResidual(
    _ theirs: String, to ours: String
  ) -> [(pattern: String, result: String)] {
    let layers = numbers(after: theirs)
    let isGate = { (layer: Int) in self["\(theirs)\(layer).fc1.weight"] != nil }
    let convolutions = layers.filter { !isGate($0) }
    let kernel = self["\(theirs)\(convolutions.first ?? 0).0.weight"]?.shape ?? []
    let names: [String]
    switch convolutions.count {
    case 1: names = ["conv"]
    // A depthwise convolution first, or a full one that also expands.
    case 2:
      names =
        kernel.count == 4 && kernel[1] == 1 ? ["conv_dw", "conv_pw"] : ["conv_exp", "conv_pwl"]
    default: names = ["conv_pw", "conv_dw", "conv_pwl"]
    }
    var rules: [(pattern: String, result: String)] = []
    for (index, (layer, name)) in zip(convolutions, names).enumerated() {
      rules.append(("\(theirs)\(layer).0.*", "\(ours)\(name).*"))
      rules.append(("\(theirs)\(layer).1.*", "\(ours)bn\(index + 1).*"))
    }
    for layer in layers where isGate(layer) {
      rules.append(("\(theirs)\(layer).fc1.*", "\(ours)se.conv_reduce.*"))
      rules.append(("\(theirs)\(layer).fc2.*", "\(ours)se.conv_expand.*"))
    }
    return rules
  }
}

extension StoredTensor {
  /// Running variances for a network that adds another ε to them: σ² + ε stays what it was, so that
  /// the network computes the same as long as it uses running statistics.
  fileprivate func withBatchNormEpsilon(
    _ epsilon: Double, insteadOf ours: Double, _ name: String
  ) -> StoredTensor {
    name.hasSuffix(".running_var") ? adding(epsilon - ours) : self
  }
}
