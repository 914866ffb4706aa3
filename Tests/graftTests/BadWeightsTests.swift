import Checkpoints
import Foundation
import Networks
import Tensors
import TestSupport
import Testing

@Suite("Bad weights")
struct BadWeightsTests {
  /// A timm folder like the world's first model, with other tensors.
  static func folder(
    _ scratch: ScratchFolder, _ change: (inout StateDict) -> Void
  ) throws -> String {
    let source = URL(fileURLWithPath: try World.shared.models[0])
    var (state, _) = try SafeTensors.read(source.appendingPathComponent("model.safetensors"))
    change(&state)
    try scratch.write(
      Data(contentsOf: source.appendingPathComponent("config.json")), to: "net/config.json")
    try SafeTensors.write(state, metadata: [:], to: scratch("net/model.safetensors"))
    return scratch("net").path
  }

  /// Every command that opens a model says the same.
  static func expectRefused(_ model: String, naming names: [String]) throws {
    let data = try World.shared.data
    try GraftBinary.expectFailure(["score", data, "--models", model], naming: names)
    try GraftBinary.expectFailure(
      ["embed", data, "--model", model, "-o", World.shared.scratch("unused.npz").path],
      naming: names)
    try GraftBinary.expectFailure(
      [
        "run", data, "--models", model, "-o",
        World.shared.scratch("unused-\(UUID().uuidString)").path,
      ], naming: names)
  }

  @Test("A missing, an extra and a mis-shaped key are named")
  func keys() throws {
    let missing = try ScratchFolder()
    try Self.expectRefused(
      try Self.folder(missing) { state in
        state = state.filter { $0 != "layer1.0.bn1.weight" }
      }, naming: ["model.safetensors", "layer1.0.bn1.weight"])
    let extra = try ScratchFolder()
    try Self.expectRefused(
      try Self.folder(extra) { $0["layer7.weight"] = Tensor(shape: [2]) },
      naming: ["model.safetensors", "layer7.weight"])
    let misshaped = try ScratchFolder()
    try Self.expectRefused(
      try Self.folder(misshaped) { $0["conv1.weight"] = Tensor(shape: [16, 3, 5, 5]) },
      naming: ["model.safetensors", "conv1.weight", "5"])
  }

  @Test("A weight file that is cut short is refused", arguments: [0, 5, 2000, 100_000])
  func cut(length: Int) throws {
    let scratch = try ScratchFolder()
    let model = try Self.folder(scratch) { _ in }
    let file = scratch("net/model.safetensors")
    try Data(contentsOf: file).prefix(length).write(to: file)
    try GraftBinary.expectFailure(
      ["score", try World.shared.data, "--models", model], naming: ["model.safetensors"])
    try GraftBinary.expectFailure(
      ["models", "inspect", file.path], naming: ["model.safetensors"])
  }

  @Test("A pickle that calls a function is refused, and the function is not called")
  func pickle() throws {
    let scratch = try ScratchFolder()
    let marker = scratch("called").path
    let call = Data("cos\nsystem\n(S'touch \(marker)'\ntR.".utf8)
    // torch.save before 1.6: magic number, protocol version, what the machine was, the object.
    var legacy = Data([0x80, 0x02, 0x8A, 0x0A])
    legacy.append(contentsOf: [0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E])
    legacy.append(contentsOf: [0x80, 0x02, 0x4D, 0xE9, 0x03, 0x2E])
    legacy.append(contentsOf: [0x80, 0x02, 0x7D, 0x2E])
    legacy.append(call)
    for (name, bytes, word) in [
      ("bare.pkl", call, "os.system"), ("bare.pth", call, "os.system"),
      ("legacy.pth", legacy, "system"),
    ] {
      let file = try scratch.write(bytes, to: name)
      try GraftBinary.expectFailure(["models", "inspect", file.path], naming: [name, word])
      try GraftBinary.expectFailure(
        ["score", try World.shared.data, "--models", file.path], naming: [name, word])
    }
    #expect(!FileManager.default.fileExists(atPath: marker))
  }

  @Test("A model that isn't there, and an archive of features that is none")
  func absent() throws {
    try GraftBinary.expectFailure(
      ["score", try World.shared.data, "--models", "no-such-model.pth"],
      naming: ["no-such-model.pth"])
    let scratch = try ScratchFolder()
    let file = try scratch.write("no archive", to: "features.npz")
    try GraftBinary.expectFailure(["score", "--features", file.path], naming: ["features.npz"])
    try GraftBinary.expectFailure(
      ["models", "init", "--arch", "resnet19", "-o", scratch("net").path],
      naming: ["resnet19", "resnet18"])
    try GraftBinary.expectFailure(["bench", "infer", "--arch", "resnet19"], naming: ["resnet19"])
  }

  @Test("Weights that give no finite numbers are told, not scored")
  func notFinite() throws {
    let scratch = try ScratchFolder()
    let model = try Self.folder(scratch) { state in
      state["linear.bias"] = Tensor(shape: [10], values: [Float](repeating: .nan, count: 10))
    }
    try Self.expectRefused(model, naming: ["not finite"])
    try GraftBinary.expectFailure(
      ["predict", model, try World.shared.picture], naming: ["not finite"])
  }

  @Test("A network without classifier can't predict, and says so")
  func noHead() throws {
    let scratch = try ScratchFolder()
    let model = try Self.folder(scratch) { state in
      state = state.filter { !$0.hasPrefix("linear.") }
    }
    try scratch.write(
      "{\"architecture\": \"resnet20_cifar\", \"num_classes\": 0}", to: "net/config.json")
    let outcome = try GraftBinary.run(["predict", model, try World.shared.picture])
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("no classifier"), "\(outcome.errors)")
  }
}
