extension NameMapping.Convention {
  /// The arrays of the package ndf: `fire2/expand3x3` is a list of weights in
  /// `[height, width, in, out]` and a bias.
  static let ndfSqueezeNet = NameMapping.Convention(name: "ndf SqueezeNet") { state in
    guard state["fire2/squeeze1x1.0"] != nil, state["conv10.0"] != nil else { return nil }
    return state.entries.map { entry in
      let parts = entry.name.split(separator: ".", maxSplits: 1).map(String.init)
      guard parts.count == 2, let module = module(parts[0]),
        let parameter = ["0": "weight", "1": "bias"][parts[1]]
      else {
        return NameMapping.Entry(name: entry.name, original: entry.name, tensor: entry.tensor)
      }
      return NameMapping.Entry(
        name: "\(module).\(parameter)", original: entry.name,
        tensor: parameter == "weight"
          ? entry.tensor.permuted(StoredTensor.outputsFirst) : entry.tensor)
    }
  }

  /// `fire2/squeeze1x1` is torchvision's `features.3.squeeze`: it counts poolings as modules too.
  private static func module(_ name: String) -> String? {
    switch name {
    case "conv1": return "features.0"
    case "conv10": return "classifier.1"
    default:
      let parts = name.split(separator: "/").map(String.init)
      let numbers = [2: 3, 3: 4, 4: 6, 5: 7, 6: 9, 7: 10, 8: 11, 9: 12]
      guard parts.count == 2, parts[0].hasPrefix("fire"), let number = Int(parts[0].dropFirst(4)),
        let ours = numbers[number],
        let layer = [
          "squeeze1x1": "squeeze", "expand1x1": "expand1x1", "expand3x3": "expand3x3",
        ][parts[1]]
      else { return nil }
      return "features.\(ours).\(layer)"
    }
  }
}
