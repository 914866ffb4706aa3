import Files
import Foundation
import Hub
import Synchronization
import TestSupport
import Testing

@Suite("A Hub that misbehaves")
struct HubFaultTests {
  /// Pulls, and expects the right bytes.
  static func expectWhole(_ world: HubWorld, _ client: HubClient? = nil) throws {
    let pull = try (client ?? world.client()).pull(try world.reference)
    #expect(try Data(contentsOf: URL(fileURLWithPath: pull.files[1].path)) == world.weights)
    #expect(world.blobs.count == 2, "\(world.blobs)")
  }

  @Test("Cut connections are continued where they ended")
  func cut() throws {
    let world = try HubWorld()
    world.fault("model.safetensors", .cut(after: 100_000), .cut(after: 50_000), .cut(after: 0))
    try Self.expectWhole(world)
    #expect(
      world.gets().map { $0.headers["range"] } == [
        nil, "bytes=100000-", "bytes=150000-", "bytes=150000-",
      ])
    // Each time a fresh address is asked for.
    #expect(
      world.server.requests.filter { $0.method == "HEAD" && $0.path.contains("model.s") }.count == 4
    )
  }

  @Test(
    "Whatever else goes wrong once, the right bytes come in the end",
    arguments: [
      [HubServer.Fault.cut(after: 1000), .ignoresRange], [.cut(after: 1000), .wrongRange],
      [.cut(after: 1000), .status(416)], [.status(500)], [.status(503), .status(429)],
      [.status(403)], [.length(1000)], [.unknownLength],
      [.slow(bytesPerPiece: 50_000, milliseconds: 5)],
      [.cut(after: 1000), .unknownLength],
    ])
  func once(faults: [HubServer.Fault]) throws {
    let world = try HubWorld()
    world.change("model.safetensors") { $0.faults = faults }
    try Self.expectWhole(world)
  }

  @Test("A file that an earlier attempt left is continued, or replaced where it is another's")
  func leftover() throws {
    for (name, count) in [("right", 200_000), ("wrong", 200_000), ("long", 400_000)] {
      let world = try HubWorld()
      let start =
        name == "right" ? world.weights.prefix(count) : Data(repeating: 9, count: count)
      try FileManager.default.createDirectory(
        at: world.partial.deletingLastPathComponent(), withIntermediateDirectories: true)
      try start.write(to: world.partial)
      try Self.expectWhole(world)
      let ranges = world.gets().map { $0.headers["range"] }
      switch name {
      case "right": #expect(ranges == ["bytes=200000-"])
      case "wrong": #expect(ranges == ["bytes=200000-", nil])
      default: #expect(ranges == [nil])
      }
    }
    // All of it is there: nothing comes.
    let world = try HubWorld()
    try FileManager.default.createDirectory(
      at: world.partial.deletingLastPathComponent(), withIntermediateDirectories: true)
    try world.weights.write(to: world.partial)
    try Self.expectWhole(world)
    #expect(world.gets().isEmpty)
  }

  @Test("Other bytes than announced are not kept", arguments: [true, false])
  func wrongDigest(isLarge: Bool) throws {
    let world = try HubWorld()
    let file = isLarge ? "model.safetensors" : "config.json"
    world.change(file) { $0.faults = [.garbled] }
    let error = #expect(throws: HubError.self) { try world.client().pull(try world.reference) }
    guard case .wrongDigest(file, _, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(error?.description.contains("it is not kept") == true)
    #expect(world.blobs.count == (isLarge ? 1 : 0), "\(world.blobs)")
    try Self.expectWhole(world)
  }

  @Test("More bytes than announced are not kept, in length or in number")
  func tooMuch() throws {
    let world = try HubWorld()
    world.fault("model.safetensors", .surplus(10))
    #expect(throws: HubError.tooLong(file: "model.safetensors", expected: 300_000)) {
      try world.client().pull(try world.reference)
    }
    #expect(world.blobs.count == 1)
    try Self.expectWhole(world)
  }

  @Test("A server that never sends the rest is left after a few attempts, and what came is kept")
  func neverWhole() throws {
    let world = try HubWorld()
    world.change("model.safetensors") {
      $0.faults = Array(repeating: .cut(after: 1000), count: 20)
    }
    let error = #expect(throws: HubError.self) { try world.client().pull(try world.reference) }
    guard case .unreachable(_, _, attempts: 4) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(try Data(contentsOf: world.partial) == world.weights.prefix(4000))
    world.fault("model.safetensors")
    try Self.expectWhole(world)
  }

  @Test("Silence ends an attempt")
  func silence() throws {
    let world = try HubWorld()
    world.fault("model.safetensors", .stall(after: 100_000))
    try Self.expectWhole(world, world.client(timeoutSeconds: 1))
    #expect(world.gets().last?.headers["range"] == "bytes=100000-")
    #expect(world.notes.texts.contains { $0.contains("nothing came for 1 seconds") })
  }

  @Test("A slow server is not a silent one")
  func slow() throws {
    let world = try HubWorld(weightCount: 100_000)
    world.fault("model.safetensors", .slow(bytesPerPiece: 10_000, milliseconds: 300))
    // All of it takes longer than one silence may.
    try Self.expectWhole(world, world.client(timeoutSeconds: 2))
    #expect(world.gets().count == 1)
  }

  @Test("Stopping keeps what has come and says so; the next call goes on from there")
  func cancelled() throws {
    let world = try HubWorld()
    world.fault("model.safetensors", .stall(after: 120_000))
    let notes = world.notes
    let client = world.client(isCancelled: {
      notes.events.contains {
        if case .progress("model.safetensors", let done, _) = $0 { done >= 120_000 } else { false }
      }
    })
    let error = #expect(throws: HubError.self) { try client.pull(try world.reference) }
    #expect(error == .cancelled(file: "model.safetensors", kept: 120_000, of: 300_000))
    #expect(error?.description.contains("0.1 of 0.3 MB") == true)
    #expect(try Data(contentsOf: world.partial) == world.weights.prefix(120_000))
    try Self.expectWhole(world)
    #expect(world.gets().last?.headers["range"] == "bytes=120000-")
  }

  @Test(
    "Refusals are told apart",
    arguments: [
      (401, nil as String?, nil as String?, "has no model 'timm/tiny.a1_in1k', or it is private"),
      (401, "RepoNotFound", "x", "that the token may see"),
      (401, "GatedRepo", nil, "is gated: accept its terms on"),
      (403, "GatedRepo", "x", "with the account of the token"),
      (404, "RepoNotFound", nil, "or it is private"),
      (403, nil, "x", "is refused with status 403"),
      (400, nil, nil, "is refused with status 400"),
    ])
  func refused(status: Int, code: String?, token: String?, words: String) throws {
    let world = try HubWorld()
    world.server.change { $0.gate = (token: "right", status: status, code: code) }
    let error = #expect(throws: HubError.self) {
      try world.client(token: token).pull(try world.reference)
    }
    #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    #expect(world.server.requests.count == 1, "a refusal is final")
    #expect(try world.client(token: "right").pull(try world.reference).files.count == 2)
  }

  @Test("What is not there is told by name")
  func absent() throws {
    let world = try HubWorld()
    #expect(throws: HubError.noRevision("v9", repository: HubWorld.name)) {
      try world.client().pull(try HubReference("hf:\(HubWorld.name)@v9"))
    }
    #expect(throws: HubError.noFile("x.bin", reference: "hf:\(HubWorld.name)")) {
      try world.client().pull(try world.reference, files: ["x.bin"])
    }
    let error = #expect(throws: HubError.self) {
      try world.client().pull(try HubReference("hf:no/body"))
    }
    #expect(error?.description.contains("has no model 'no/body'") == true)
  }

  @Test("Questions are repeated while the Hub itself fails", arguments: [500, 502, 429, 408])
  func failing(status: Int) throws {
    let world = try HubWorld()
    world.server.change { $0.metadataFaults = [status, status] }
    try Self.expectWhole(world)
    #expect(world.notes.texts.filter { $0.contains("fails with status \(status)") }.count == 2)

    let other = try HubWorld()
    other.server.change { $0.metadataFaults = Array(repeating: status, count: 9) }
    let error = #expect(throws: HubError.self) { try other.client().pull(try other.reference) }
    guard case .failing(_, status, attempts: 4) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test("A server that is no Hub is told from one", arguments: ["x-repo-commit", "etags"])
  func noHub(header: String) throws {
    let world = try HubWorld()
    if header == "etags" {
      world.change("config.json") { $0.etag = "../../escape" }
    } else {
      world.server.change { $0.omits = header }
    }
    let error = #expect(throws: HubError.self) { try world.client().pull(try world.reference) }
    #expect(error?.description.contains("does not answer as a Hub does") == true)
    #expect(!FileManager.default.fileExists(atPath: world.scratch("escape").path))
  }

  @Test("Two pulls at once bring the file once")
  func together() async throws {
    let world = try HubWorld()
    world.fault("model.safetensors", .slow(bytesPerPiece: 30_000, milliseconds: 80))
    let reference = try world.reference
    try await withThrowingTaskGroup(of: HubPull.self) { group in
      for _ in 0..<2 {
        let client = world.client()
        group.addTask { try client.pull(reference) }
      }
      for try await pull in group { #expect(pull.files.count == 2) }
    }
    #expect(world.gets().count == 1)
  }

  @Test("A cache that cannot be written is told with its path")
  func unwritable() throws {
    let world = try HubWorld()
    try world.scratch.write("a file", to: "hub")
    let error = #expect(throws: HubError.self) { try world.client().pull(try world.reference) }
    #expect(error?.description.contains(world.cacheFolder.path) == true)
    #expect(error?.description.contains("cannot be used") == true)
  }
}
