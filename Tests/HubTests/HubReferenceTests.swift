import Foundation
import Hub
import Testing

@Suite("References and settings")
struct HubReferenceTests {
  @Test(
    "Well-spelled references are read and written back",
    arguments: [
      ("hf:timm/resnet18.a1_in1k", "timm/resnet18.a1_in1k", "main", nil as String?),
      ("hf:a/b@v1.0", "a/b", "v1.0", nil),
      ("hf:a/b@refs%2Fpr%2F1", "a/b", "refs/pr/1", nil),
      ("hf:a/b/onnx/model.onnx", "a/b", "main", "onnx/model.onnx"),
      ("hf:a/b@v1/m.bin", "a/b", "v1", "m.bin"),
    ])
  func read(text: String, repository: String, revision: String, file: String?) throws {
    let reference = try HubReference(text)
    #expect(reference.repository == repository)
    #expect(reference.revision == revision)
    #expect(reference.file == file)
    #expect(reference.description == text)
  }

  @Test("timm's own prefix means the same")
  func timm() throws {
    #expect(try HubReference("hf-hub:a/b@main") == (try HubReference("hf:a/b")))
  }

  @Test(
    "No reference leads out of the cache",
    arguments: [
      "hf:", "hf:a", "hf:a/", "hf:/b", "hf:a/..", "hf:../b", "hf:.a/b", "hf:a/b--c", "hf:a b/c",
      "hf:a/b@", "hf:a/b@..", "hf:a/b@x/../y", "hf:a/b@%2F..%2Fx", "hf:a/b/../c", "hf:a/b//c",
      "hf:a/b/", "hf:a/b/c\\d", "hf:a/b/c\nd", "a/b", "hf:ä/b",
      "hf:a/" + String(repeating: "x", count: 100),
    ])
  func misspelled(text: String) {
    let error = #expect(throws: HubError.self) { try HubReference(text) }
    guard case .malformed(text, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test("The variables of Hugging Face's tools are honoured in their order")
  func variables() throws {
    func settings(_ variables: [String: String]) throws -> HubEnvironment {
      try HubEnvironment(variables.merging(["HOME": "/home/x"]) { first, _ in first })
    }
    let plain = try settings([:])
    #expect(plain.endpoint.absoluteString == "https://huggingface.co")
    #expect(plain.cacheFolder.path == "/home/x/.cache/huggingface/hub")
    #expect(plain.token == nil && !plain.isOffline)
    #expect(
      try settings(["XDG_CACHE_HOME": "/xdg"]).cacheFolder.path == "/xdg/huggingface/hub")
    #expect(try settings(["HF_HOME": "~/hf"]).cacheFolder.path == "/home/x/hf/hub")
    #expect(
      try settings(["HF_HOME": "/h", "HF_HUB_CACHE": "$HOME/${A}b", "A": "a"]).cacheFolder.path
        == "/home/x/ab")
    #expect(
      try settings(["HF_ENDPOINT": "http://mirror:80/x//"]).endpoint.absoluteString
        == "http://mirror:80/x")
    #expect(try settings(["HF_HUB_OFFLINE": "yes"]).isOffline)
    #expect(try !settings(["HF_HUB_OFFLINE": "0"]).isOffline)
    #expect(throws: HubError.badEndpoint("ftp://x")) { try settings(["HF_ENDPOINT": "ftp://x"]) }

    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("graft-token-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try Data("  in-home\n".utf8).write(to: folder.appendingPathComponent("token"))
    try Data("in-file\n".utf8).write(to: folder.appendingPathComponent("other"))
    let home = ["HF_HOME": folder.path]
    let file = ["HF_TOKEN_PATH": folder.appendingPathComponent("other").path]
    #expect(try settings(home).token == "in-home")
    #expect(try settings(home.merging(file) { $1 }).token == "in-file")
    #expect(
      try settings(home.merging(file) { $1 }.merging(["HF_TOKEN": "in-name\n"]) { $1 }).token
        == "in-name")
    #expect(try settings(home.merging(["HF_TOKEN": "two lines\nhere"]) { $1 }).token == "in-home")
    #expect(
      try settings(home.merging(["HF_HUB_DISABLE_IMPLICIT_TOKEN": "1"]) { $1 }).token == nil)
  }
}
