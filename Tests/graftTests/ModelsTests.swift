import Checkpoints
import Foundation
import Networks
import Tensors
import TestSupport
import Testing

/// `graft models` as a person uses it, with a Hub on this machine.
@Suite("Models")
struct ModelsTests {
  static let name = "hf:timm/tiny.a1_in1k"

  let scratch: ScratchFolder
  let server: HubServer
  let weights: Data

  init() throws {
    scratch = try ScratchFolder()
    server = try HubServer()
    let network = try Network.initialised(
      architecture: "resnet20_cifar", classCount: 5, seed: 4)
    try TimmExport.write(
      network,
      card: ModelCard(
        id: "tiny", architecture: "resnet20_cifar",
        input: InputSpecification(imageSize: 32, resize: .squash, interpolation: .bilinear),
        classCount: 5, licence: "mit"),
      classNames: nil, to: scratch("made"))
    weights = try Data(contentsOf: scratch("made/model.safetensors"))
    let config = try Data(contentsOf: scratch("made/config.json"))
    let stored = [
      "config.json": HubServer.StoredFile(
        config, etag: try git(config), isLarge: false),
      "model.safetensors": HubServer.StoredFile(
        weights, etag: try sha256(weights), isLarge: true),
    ]
    server.change { $0.repositories["timm/tiny.a1_in1k"] = stored }
  }

  var environment: [String: String] {
    [
      "HF_HOME": scratch("hf").path, "HF_ENDPOINT": server.endpoint.absoluteString,
      "GRAFT_MODELS": scratch("models").path, "XDG_CACHE_HOME": scratch("cache").path,
    ]
  }

  func graft(_ arguments: String...) throws -> GraftBinary.Outcome {
    try GraftBinary.run(arguments, environment: environment)
  }

  func expectFailure(_ arguments: String..., naming names: [String]) throws {
    try GraftBinary.expectFailure(arguments, naming: names, environment: environment)
  }

  /// As git and sha256sum say, by programs of the system: not by our own code.
  private func sha256(_ data: Data) throws -> String {
    try digest("sha256sum", data)
  }

  private func git(_ data: Data) throws -> String {
    try digest("sha1sum", Data("blob \(data.count)\0".utf8) + data)
  }

  private func digest(_ program: String, _ data: Data) throws -> String {
    let file = try scratch.write(data, to: "bytes")
    let result = try Checkout.run(URL(fileURLWithPath: "/usr/bin/\(program)"), [file.path])
    return String(String(decoding: result.output, as: UTF8.self).prefix { $0 != " " })
  }

  @Test("What was pulled is listed, usable by its name everywhere, verified and removed")
  func life() throws {
    try expectFailure(
      "models", "inspect", Self.name, naming: ["graft models pull \(Self.name)"])
    let pulled = try graft("models", "pull", Self.name, "--json")
    #expect(pulled.status == 0, "\(pulled.errors)")
    let models = try #require(try pulled.json()["models"] as? [[String: Any]])
    let card = try #require(models.first?["card"] as? [String: Any])
    #expect(card["id"] as? String == Self.name)
    #expect(card["architecture"] as? String == "resnet20_cifar")
    #expect(card["licence"] as? String == "mit")

    let world = try World.shared
    let listed = try graft("models", "list")
    #expect(listed.text.contains(Self.name))
    let archive = scratch("features.npz").path
    // Everywhere a model is accepted, and without asking the Hub.
    server.forget()
    for arguments in [
      ["models", "inspect", Self.name], ["embed", world.data, "--model", Self.name, "-o", archive],
      ["score", world.data, "--models", Self.name, world.models[0], "--limit", "20"],
      ["predict", Self.name, try world.picture],
      ["bench", "infer", "--model", Self.name, "--rounds", "1", "--seconds", "0", "--batch", "1"],
      ["models", "verify", Self.name],
    ] {
      let outcome = try GraftBinary.run(arguments, environment: environment)
      #expect(outcome.status == 0, "\(arguments): \(outcome.errors)")
    }
    #expect(server.requests.isEmpty)

    try expectFailure("models", "remove", Self.name, naming: ["--force", Self.name])
    let removed = try graft("models", "remove", Self.name, "--force")
    #expect(removed.status == 0, "\(removed.errors)")
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: scratch("hf/hub").path)
        .filter { $0.hasPrefix("models--") }.isEmpty)
    #expect(try !graft("models", "list").text.contains(Self.name))
  }

  @Test("Ctrl-C says what is kept, and the same command goes on from there")
  func interrupted() throws {
    server.change {
      $0.repositories["timm/tiny.a1_in1k"]?["model.safetensors"]?.faults = [.stall(after: 100_000)]
    }
    let errors = try scratch.write("", to: "stderr")
    let process = Process()
    process.executableURL = GraftBinary.url
    process.arguments = ["models", "pull", Self.name]
    process.environment = ProcessInfo.processInfo.environment
      .merging(GraftBinary.environment(scratch.url)) { $1 }.merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
    let blobs = scratch("hf/hub/models--timm--tiny.a1_in1k/blobs")
    func partial() -> URL? {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: blobs.path)) ?? []
      return names.first { $0.hasSuffix(".incomplete") }.map { blobs.appendingPathComponent($0) }
    }
    while process.isRunning, partial().flatMap({ try? Data(contentsOf: $0).count }) != 100_000 {
      usleep(2000)
    }
    process.interrupt()
    process.waitUntilExit()
    let text = try String(contentsOf: errors, encoding: .utf8)
    #expect(process.terminationStatus == 130, "\(text)")
    #expect(text.contains("0.1 of \(String(format: "%.1f", Double(weights.count) / 1e6)) MB"))
    #expect(text.contains("goes on from there"))
    server.forget()
    let again = try graft("models", "pull", Self.name)
    #expect(again.status == 0, "\(again.errors)")
    #expect(again.errors.contains("going on after 100.0 kB"))
    #expect(server.requests.last?.headers["range"] == "bytes=100000-")
  }

  @Test("Flags say what a card would, for one command or, by 'add', once and for all")
  func withoutCard() throws {
    let bare = try scratch.write(weights, to: "colleague.pth-weights.safetensors")
    let names = try scratch.write("a\nb\nc\nd\ne\n", to: "names.txt")
    let flags = [
      "--arch", "resnet20_cifar", "--image-size", "40", "--mean", "0.1,0.2,0.3", "--std",
      "0.4,0.5,0.6", "--crop-pct", "0.9", "--resize", "crop", "--interpolation", "bicubic",
      "--channel-order", "bgr", "--classes", names.path,
    ]
    let added = try GraftBinary.run(
      ["models", "add", bare.path, "--id", "mine", "--json"] + flags, environment: environment)
    #expect(added.status == 0, "\(added.errors)")
    #expect(try added.json()["schema"] as? String == "graft.addition/1")
    let card = try ModelCard.read(scratch("models/mine.card.yaml"))
    #expect(
      card.input
        == InputSpecification(
          imageSize: 40, mean: [0.1, 0.2, 0.3], standardDeviation: [0.4, 0.5, 0.6],
          cropPercent: 0.9, resize: .crop, interpolation: .bicubic, channelOrder: .bgr))
    #expect(card.classNames == ["a", "b", "c", "d", "e"])
    #expect(card.sha256 == (try sha256(weights)))
    #expect(try Data(contentsOf: scratch("models/mine.safetensors")) == weights)
    #expect(try graft("models", "list").text.contains("mine"))

    // The same features by the card's id and by the flags, and others without either.
    let world = try World.shared
    func features(_ model: String, _ flags: [String]) throws -> Data {
      let file = scratch("\(UUID().uuidString).npz")
      let outcome = try GraftBinary.run(
        ["embed", world.data, "--model", model, "--no-cache", "-o", file.path] + flags,
        environment: environment)
      #expect(outcome.status == 0, "\(outcome.errors)")
      let table = try FeatureArchive.read(file).embeddings
      return table.features.values.withUnsafeBytes { Data($0) }
    }
    let byID = try features("mine", [])
    #expect(try features(bare.path, flags) == byID)
    #expect(try features(bare.path, ["--arch", "resnet20_cifar"]) != byID)

    // A recipe remembers what was said.
    let run = scratch("run").path
    let ran = try GraftBinary.run(
      ["run", world.data, "--model", bare.path, "--regime", "linear-probe", "-o", run] + flags,
      environment: environment)
    #expect(ran.status == 0, "\(ran.errors)")
    let again = try GraftBinary.run(
      ["run", world.data, "--recipe", "\(run)/recipe.yaml", "-o", run + "2"],
      environment: environment)
    #expect(again.status == 0, "\(again.errors)")
    let recipe = try String(contentsOf: scratch("run2/recipe.yaml"), encoding: .utf8)
    #expect(recipe.contains("imageSize: 40") && recipe.contains("channelOrder: bgr"))

    try expectFailure(
      "models", "add", bare.path, "--id", "mine", naming: ["mine", "--replace"])
    try expectFailure("models", "add", bare.path, "--arch", "resnet21", naming: ["resnet21"])
    try expectFailure(
      "models", "add", bare.path, "--id", "a/b", naming: ["'a/b' is no id", "--id"])
    try expectFailure(
      "predict", bare.path, try world.picture, "--classes", scratch("none").path,
      naming: ["none", "cannot be read"])
    try expectFailure(
      "predict", bare.path, try world.picture, "--feature-node", "x", naming: ["--feature-node"])
  }

  @Test("Removing deletes what lies in the catalogue and nothing else")
  func remove() throws {
    let bare = try scratch.write(weights, to: "elsewhere/net.safetensors")
    #expect(try graft("models", "add", bare.path, "--id", "linked", "--link").status == 0)
    #expect(try graft("models", "add", bare.path, "--id", "copied").status == 0)
    // The card is found by its id, though it lies far from the weights, and goes into recipes whole.
    let linked = try ModelCatalogue(folders: [scratch("models")]).resolve("linked")
    #expect(linked.id == "linked" && linked.file.path == bare.path)
    #expect(linked.details == CardDetails(linked.card))
    try expectFailure("models", "remove", "copied", naming: ["copied", "--force"])
    try expectFailure("models", "remove", bare.path, "--force", naming: ["outside the catalogue"])
    try expectFailure("models", "remove", "copied", "none", "--force", naming: ["none"])
    // Weights that went away are found missing.
    let away = scratch("elsewhere/away.safetensors")
    try FileManager.default.moveItem(at: bare, to: away)
    let lost = try graft("models", "verify", "--json")
    #expect(lost.status == 1)
    let entries = try #require(try lost.json()["models"] as? [[String: Any]])
    let problems = entries.compactMap { $0["problem"] as? String }
    #expect(problems.count == 1 && problems[0].contains("not where they were: \(bare.path)"))
    try FileManager.default.moveItem(at: away, to: bare)

    // No weights go with the first, so nothing need be said.
    #expect(try graft("models", "remove", "linked").text.contains("kept     \(bare.path)"))
    let removed = try graft("models", "remove", "copied", "--force", "--json")
    #expect(removed.status == 0, "\(removed.errors)")
    #expect(try removed.json()["schema"] as? String == "graft.removal/1")
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch("models").path) == [])
    #expect(try Data(contentsOf: bare) == weights)
  }

  @Test("Verifying finds a changed byte, in the catalogue and in what was pulled")
  func verify() throws {
    #expect(try graft("models", "add", scratch("made").path, "--id", "mine").status == 0)
    #expect(try graft("models", "pull", Self.name).status == 0)
    let sound = try graft("models", "verify", "--json")
    #expect(sound.status == 0, "\(sound.text)")
    let entries = try #require(try sound.json()["models"] as? [[String: Any]])
    #expect(entries.map { $0["comparedWith"] as? String } == ["card", "hub"])

    for file in [
      scratch("models/mine.safetensors"),
      scratch("hf/hub/models--timm--tiny.a1_in1k/snapshots")
        .appendingPathComponent(String(repeating: "c0ffee12", count: 5))
        .appendingPathComponent("model.safetensors").resolvingSymlinksInPath(),
    ] {
      let handle = try FileHandle(forUpdating: file)
      try handle.seek(toOffset: UInt64(weights.count - 1))
      try handle.write(contentsOf: Data([weights[weights.count - 1] ^ 1]))
      try handle.close()
    }
    let outcome = try graft("models", "verify")
    #expect(outcome.status == 1)
    #expect(outcome.text.components(separatedBy: "WRONG").count == 3, "\(outcome.text)")
  }

  @Test("What the Hub refuses is one sentence")
  func refused() throws {
    try expectFailure(
      "models", "pull", "hf:no/body", naming: ["has no model 'no/body'", "HF_TOKEN"])
    server.change { $0.gate = (token: "x", status: 403, code: "GatedRepo") }
    try expectFailure("models", "pull", Self.name, naming: ["gated", "accept its terms"])
  }
}
