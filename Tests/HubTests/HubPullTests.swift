import Files
import Foundation
import Hub
import TestSupport
import Testing

@Suite("Pulling")
struct HubPullTests {
  @Test("Config and weights come from one commit into the layout that Python's tools share")
  func layout() throws {
    let world = try HubWorld()
    let pull = try world.client().pull(try world.reference)
    let commit = String(repeating: "c0ffee12", count: 5)
    #expect(pull.commit == commit)
    #expect(pull.model == "hf:timm/tiny.a1_in1k")
    #expect(pull.files.map(\.name) == ["config.json", "model.safetensors"])
    #expect(pull.files.map(\.verified) == ["SHA-1", "SHA-256"])
    #expect(pull.files.allSatisfy { $0.wasFetched })
    let root = world.repository
    #expect(
      try String(contentsOf: root.appendingPathComponent("refs/main"), encoding: .utf8) == commit)
    let snapshot = root.appendingPathComponent("snapshots/\(commit)")
    #expect(pull.folder == snapshot.path)
    for (name, bytes, etag) in [
      ("config.json", world.config, HubWorld.git(world.config)),
      ("model.safetensors", world.weights, HubWorld.sha256(world.weights)),
    ] {
      let link = snapshot.appendingPathComponent(name).path
      #expect(
        try FileManager.default.destinationOfSymbolicLink(atPath: link) == "../../blobs/\(etag)")
      #expect(try Data(contentsOf: URL(fileURLWithPath: link)) == bytes)
    }
    #expect(world.blobs.count == 2)
    #expect(
      FileManager.default.fileExists(
        atPath: world.cacheFolder.appendingPathComponent(
          ".locks/models--timm--tiny.a1_in1k/\(HubWorld.sha256(world.weights)).lock"
        ).path))
    // Only the first question was about the branch.
    let asked = world.server.requests.filter {
      $0.method == "HEAD" && $0.path.contains("/resolve/")
    }
    #expect(asked.first?.path.contains("/resolve/main/") == true)
    #expect(asked.dropFirst().allSatisfy { $0.path.contains("/resolve/\(commit)/") })

    // The second time one question is enough, and no bytes come.
    world.server.forget()
    let again = try world.client().pull(try world.reference)
    #expect(!again.files.contains { $0.wasFetched })
    #expect(world.server.requests.allSatisfy { $0.method == "HEAD" })
  }

  @Test("The token goes to the Hub's own origin and to no other")
  func token() throws {
    let world = try HubWorld()
    // Also where the Hub sends a reader away only when it is asked for the bytes.
    world.fault("config.json", .elsewhere)
    _ = try world.client(token: "secret").pull(try world.reference)
    #expect(world.gets("config.json").map(\.isCDN) == [false, true])
    let requests = world.server.requests
    #expect(requests.contains(where: \.isCDN) && requests.contains { !$0.isCDN })
    for request in requests {
      #expect(
        request.headers["authorization"] == (request.isCDN ? nil : "Bearer secret"),
        "\(request.method) \(request.path)")
      #expect(request.headers["user-agent"] == "graft-test/1")
      #expect(request.headers["accept-encoding"] == "identity")
    }
  }

  @Test("A repository under a new name is followed, and a revision is escaped")
  func moved() throws {
    let world = try HubWorld()
    world.server.change {
      $0.moved["old/name"] = HubWorld.name
      $0.revisions.insert("refs/pr/1")
    }
    let client = world.client()
    #expect(try client.pull(try HubReference("hf:old/name")).files.count == 2)
    let pull = try client.pull(try HubReference("hf:\(HubWorld.name)@refs%2Fpr%2F1"))
    #expect(pull.model == "hf:\(HubWorld.name)@refs%2Fpr%2F1")
    #expect(world.server.requests.contains { $0.path.contains("/resolve/refs%2Fpr%2F1/") })
    #expect(
      FileManager.default.fileExists(
        atPath: world.repository.appendingPathComponent("refs/refs/pr/1").path))
  }

  @Test("Weights are model.safetensors, else its shards, else pytorch_model.bin, else those named")
  func whichFiles() throws {
    let world = try HubWorld()
    world.drop("model.safetensors")
    world.add("pytorch_model.bin", Data("pickle".utf8))
    world.add("onnx/model.onnx", Data("onnx".utf8))
    let pickle = try world.client().pull(try world.reference)
    #expect(pickle.files.map(\.name) == ["config.json", "pytorch_model.bin"])
    let commit = pickle.commit
    #expect(
      FileManager.default.fileExists(
        atPath: world.repository.appendingPathComponent(
          ".no_exist/\(commit)/model.safetensors"
        ).path))

    let other = try HubWorld()
    other.drop("model.safetensors")
    other.add(
      "model.safetensors.index.json",
      Data(#"{"weight_map": {"a": "part-2.safetensors", "b": "part-1.safetensors"}}"#.utf8),
      isLarge: false)
    other.add("part-1.safetensors", Data("one".utf8))
    other.add("part-2.safetensors", Data("two".utf8))
    other.add("onnx/model.onnx", Data("onnx".utf8))
    #expect(
      try other.client().pull(try other.reference).files.map(\.name) == [
        "config.json", "model.safetensors.index.json", "part-1.safetensors", "part-2.safetensors",
      ])
    let named = try other.client().pull(try HubReference("hf:\(HubWorld.name)/onnx/model.onnx"))
    #expect(named.files.map(\.name) == ["config.json", "onnx/model.onnx"])
    let link = other.repository.appendingPathComponent("snapshots/\(commit)/onnx/model.onnx").path
    #expect(
      try FileManager.default.destinationOfSymbolicLink(atPath: link).hasPrefix("../../../blobs/"))

    let bad = try HubWorld()
    bad.drop("model.safetensors")
    bad.add(
      "model.safetensors.index.json", Data(#"{"weight_map": {"a": "../../x"}}"#.utf8),
      isLarge: false)
    #expect(
      throws: HubError.badIndex(
        file: "model.safetensors.index.json", reason: "it names the file '../../x'")
    ) { try bad.client().pull(try bad.reference) }

    let none = try HubWorld()
    none.drop("model.safetensors")
    none.add("weights.onnx", Data("onnx".utf8))
    none.add("README.md", Data("words".utf8), isLarge: false)
    #expect(
      throws: HubError.noWeights(reference: "hf:\(HubWorld.name)", files: ["weights.onnx"])
    ) { try none.client().pull(try none.reference) }
  }

  @Test("Offline and with a silent Hub the cache serves; what is not in it is told")
  func offline() throws {
    let world = try HubWorld()
    let reference = try world.reference
    #expect(
      throws: HubError.offline(reference: "hf:\(HubWorld.name)", cache: world.cacheFolder.path)
    ) { try world.client(isOffline: true).pull(reference) }
    #expect(world.server.requests.isEmpty)
    let pull = try world.client().pull(reference)
    world.server.forget()
    let offline = try world.client(isOffline: true).pull(reference)
    #expect(offline.folder == pull.folder && offline.files.count == 2)
    #expect(world.server.requests.isEmpty)

    world.server.stop()
    let unreachable = try world.client().pull(reference)
    #expect(unreachable.folder == pull.folder && unreachable.files.count == 2)
    #expect(world.notes.texts.contains { $0.contains("cannot be reached") })
    let fresh = try HubReference("hf:\(HubWorld.name)@v2")
    let error = #expect(throws: HubError.self) { try world.client().pull(fresh) }
    #expect(error?.description.contains("cannot be reached after 4 attempts") == true)
  }

  @Test("A moved branch brings the new commit and leaves the old one usable")
  func newCommit() throws {
    let world = try HubWorld()
    let old = try world.client().pull(try world.reference)
    world.server.change { $0.commit = String(repeating: "0123456789", count: 4) }
    let new = try world.client().pull(try world.reference)
    #expect(new.commit != old.commit)
    // The bytes are the same, so nothing came.
    #expect(!new.files.contains { $0.wasFetched })
    let cache = HubCache(folder: world.cacheFolder)
    #expect(cache.references().map(\.revision) == ["main", old.commit])
    #expect(cache.commit(of: try HubReference("hf:\(HubWorld.name)@c0ffee1")) == old.commit)
    #expect(
      cache.reference(containing: URL(fileURLWithPath: old.files[1].path))
        == (try HubReference("hf:\(HubWorld.name)@\(old.commit)/model.safetensors")))
    #expect(
      cache.reference(containing: URL(fileURLWithPath: new.folder)) == (try world.reference))
  }
}
