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

  /// A network beside the head of its training is found, and what lies beside it stays.
  @Test func findsTheBackboneBesideAHead() throws {
    let names = ["backbone.conv1.weight", "backbone.fc.bias", "head.weight", "fc.bias"]
    let state = StateDict(
      (names + ["backbone.bn1.bias"]).enumerated().map {
        ($1, Tensor(shape: [1], values: [Float($0)]))
      })
    let mapping = NameMapping(state)
    #expect(mapping.prefix == "backbone.")
    #expect(Set(mapping.tensors.names) == ["conv1.weight", "fc.bias", "head.weight", "bn1.bias"])
    #expect(try mapping.state()["fc.bias"]?.values == [1])
  }

  /// Registers: positions of the patches only, the class token's own added to the token.
  @Test func dinoRegistersBecomeTimms() throws {
    let mapping = NameMapping(
      StateDict([
        ("cls_token", Tensor(shape: [1, 1, 2], values: [1, 2])),
        ("pos_embed", Tensor(shape: [1, 3, 2], values: [10, 20, 3, 4, 5, 6])),
        ("register_tokens", Tensor(shape: [1, 1, 2], values: [7, 8])),
        ("mask_token", Tensor(shape: [1, 2])),
        ("patch_embed.proj.weight", Tensor(shape: [2, 3, 1, 1])),
        ("blocks.0.3.mlp.w12.bias", Tensor(shape: [4])),
      ]))
    let state = try mapping.state()
    #expect(state["cls_token"]?.values == [11, 22])
    #expect(state["pos_embed"]?.values == [3, 4, 5, 6])
    #expect(state["reg_token"]?.values == [7, 8])
    #expect(state["blocks.3.mlp.fc1.bias"]?.shape == [4])
    #expect(mapping.omittedNames == ["mask_token"])
  }

  /// Queries, keys and values are joined in this order; where one is missing nothing is.
  @Test func attentionIsJoined() throws {
    var state = StateDict([
      ("vit.embeddings.position_embeddings", Tensor(shape: [1, 2, 1])),
      ("vit.encoder.layer.0.layernorm_before.weight", Tensor(shape: [1])),
    ])
    for (index, part) in ["value", "key", "query"].enumerated() {
      state["vit.encoder.layer.0.attention.attention.\(part).weight"] = Tensor(
        shape: [1, 1], values: [Float(index)])
    }
    let joined = try NameMapping(state).state()
    #expect(joined["blocks.0.attn.qkv.weight"] == Tensor(shape: [3, 1], values: [2, 1, 0]))
    state["vit.encoder.layer.0.attention.attention.key.weight"] = nil
    let broken = NameMapping(state)
    #expect(broken.tensors["blocks.0.attn.qkv.weight"] == nil)
    #expect(broken.tensors["encoder.layer.0.attention.attention.query.weight"] != nil)
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
