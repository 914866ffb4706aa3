import Files
import Foundation
import Hub
import Synchronization
import TestSupport

/// A server with one model, a cache of its own, and a client between the two.
struct HubWorld {
  static let name = "timm/tiny.a1_in1k"

  let server: HubServer
  let scratch: ScratchFolder
  let notes = Notes()
  let config: Data
  let weights: Data

  /// What the client has said.
  final class Notes: Sendable {
    private let list = Mutex<[HubEvent]>([])
    var events: [HubEvent] { list.withLock { $0 } }
    var texts: [String] {
      events.compactMap { if case .note(let text) = $0 { text } else { nil } }
    }
    func add(_ event: HubEvent) { list.withLock { $0.append(event) } }
  }

  init(weightCount: Int = 300_000) throws {
    // libcurl would send even these through a proxy.
    setenv("no_proxy", "127.0.0.1", 1)
    server = try HubServer()
    scratch = try ScratchFolder()
    config = Data(#"{"architecture": "resnet18", "num_classes": 10}"#.utf8)
    weights = Data((0..<weightCount).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) })
    let files = [
      "config.json": HubServer.StoredFile(config, etag: Self.git(config), isLarge: false),
      "model.safetensors": HubServer.StoredFile(
        weights, etag: Self.sha256(weights), isLarge: true),
    ]
    server.change { $0.repositories[Self.name] = files }
  }

  static func sha256(_ data: Data) -> String {
    data.withUnsafeBytes { Digest.sha256(of: $0) }
  }

  static func git(_ data: Data) -> String {
    var digest = Digest(.sha1)
    digest.update("blob \(data.count)\0")
    data.withUnsafeBytes { digest.update($0) }
    return digest.hexadecimal()
  }

  var cacheFolder: URL { scratch("hub") }
  var reference: HubReference { get throws { try HubReference("hf:\(Self.name)") } }
  var repository: URL { cacheFolder.appendingPathComponent("models--timm--tiny.a1_in1k") }

  func client(
    token: String? = nil, isOffline: Bool = false, timeoutSeconds: Double = 5, attempts: Int = 4,
    isCancelled: @escaping @Sendable () -> Bool = { false }
  ) -> HubClient {
    HubClient(
      HubEnvironment(
        endpoint: server.endpoint, cacheFolder: cacheFolder, token: token, isOffline: isOffline,
        timeoutSeconds: timeoutSeconds),
      patience: HubClient.Patience(attempts: attempts, firstPauseSeconds: 0.01),
      userAgent: "graft-test/1", digests: DigestCache(folder: scratch("digests")),
      events: { [notes] in notes.add($0) }, isCancelled: isCancelled)
  }

  /// Changes the behaviour with a file's bytes.
  func fault(_ file: String = "model.safetensors", _ faults: HubServer.Fault...) {
    server.change { $0.repositories[Self.name]?[file]?.faults = faults }
  }

  /// Changes a file.
  func change(_ file: String, _ body: (inout HubServer.StoredFile) -> Void) {
    server.change { contents in
      guard var stored = contents.repositories[Self.name]?[file] else { return }
      body(&stored)
      contents.repositories[Self.name]?[file] = stored
    }
  }

  func add(_ file: String, _ bytes: Data, isLarge: Bool = true) {
    server.change {
      $0.repositories[Self.name]?[file] = HubServer.StoredFile(
        bytes, etag: isLarge ? Self.sha256(bytes) : Self.git(bytes), isLarge: isLarge)
    }
  }

  func drop(_ file: String) {
    server.change { $0.repositories[Self.name]?[file] = nil }
  }

  /// Names of the blobs, finished or not.
  var blobs: [String] {
    let folder = repository.appendingPathComponent("blobs")
    return ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()
  }

  var partial: URL {
    repository.appendingPathComponent("blobs/\(Self.sha256(weights)).incomplete")
  }

  /// The requests for bytes of a file.
  func gets(_ file: String = "model.safetensors") -> [HubServer.Request] {
    server.requests.filter { $0.method == "GET" && $0.path.contains(file) }
  }
}
