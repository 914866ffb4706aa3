import Checkpoints
import Networks
import Tensors
import Testing

@Suite struct NameMappingTests {
  static func state(_ names: [String], prefix: String = "") -> StateDict {
    StateDict(names.map { (prefix + $0, Tensor(shape: [1])) })
  }

  @Test(arguments: ["module.", "model.", "_orig_mod.module.", "state_dict.backbone."])
  func takesOffWrappers(_ prefix: String) {
    let mapping = NameMapping(Self.state(["conv1.weight", "fc.bias"], prefix: prefix))
    #expect(mapping.tensors.names == ["conv1.weight", "fc.bias"])
    #expect(mapping.prefix == prefix)
    #expect(mapping.originalNames["fc.bias"] == prefix + "fc.bias")
  }

  @Test func leavesAPrefixThatNotAllNamesHave() {
    let names = ["module.conv1.weight", "fc.bias"]
    #expect(NameMapping(Self.state(names)).tensors.names == names)
  }

  /// torchvision's MobileNetV2, its names made from the rule of its source code.
  @Test func torchvisionMobileNetV2() throws {
    let ours = try Network.initialised(
      architecture: "mobilenetv2_100", classCount: 7, seed: 1)
    var theirs = StateDict()
    for (name, tensor) in ours.state.entries { theirs[Self.torchvisionName(name)] = tensor }
    #expect(theirs["features.18.0.weight"] != nil && theirs["classifier.1.bias"] != nil)
    let mapping = NameMapping(theirs)
    #expect(mapping.convention == "torchvision MobileNetV2")
    #expect(Set(mapping.tensors.names) == Set(ours.state.names))
    let state = try mapping.state()
    for (name, tensor) in ours.state.entries { #expect(state[name] == tensor, "\(name)") }
    let guess = ArchitectureGuess(mapping)
    #expect(guess.exact == ["mobilenetv2_100"])
    #expect(guess.classCount == 7)
  }

  /// `blocks.S.I.layer.rest` as torchvision numbers it.
  static func torchvisionName(_ name: String) -> String {
    let parts = name.split(separator: ".").map(String.init)
    let rest = parts.last ?? ""
    switch parts[0] {
    case "conv_stem": return "features.0.0.\(rest)"
    case "bn1": return "features.0.1.\(rest)"
    case "conv_head": return "features.18.0.\(rest)"
    case "bn2": return "features.18.1.\(rest)"
    case "classifier": return "classifier.1.\(rest)"
    default:
      let starts = [1, 2, 4, 7, 11, 14, 17]
      let stage = Int(parts[1]) ?? 0
      let index = starts[stage] + (Int(parts[2]) ?? 0)
      let layers =
        stage == 0
        ? ["conv_dw": "0.0", "bn1": "0.1", "conv_pw": "1", "bn2": "2"]
        : [
          "conv_pw": "0.0", "bn1": "0.1", "conv_dw": "1.0", "bn2": "1.1", "conv_pwl": "2",
          "bn3": "3",
        ]
      return "features.\(index).conv.\(layers[parts[3]] ?? "?").\(rest)"
    }
  }
}
