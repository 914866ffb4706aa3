import Checkpoints
import Foundation
import Hub
import Networks
import TestSupport
import Testing

@Suite("What is said in place of a card")
struct CardDetailsTests {
  let scratch: ScratchFolder
  let weights: URL

  init() throws {
    scratch = try ScratchFolder()
    weights = scratch("net.safetensors")
    try SafeTensors.write(
      try Network.initialised(architecture: "resnet20_cifar", classCount: 3, seed: 7).state,
      to: weights)
  }

  @Test("It comes before the card and before what the tensors suggest")
  func precedence() throws {
    let catalogue = ModelCatalogue(folders: [])
    var details = CardDetails()
    details.imageSize = 48
    details.classNames = ["a", "b", "c"]
    let guessed = try catalogue.resolve(weights.path, details: details)
    #expect(guessed.card.input.imageSize == 48 && guessed.card.classNames == ["a", "b", "c"])
    #expect(guessed.card.architecture == "resnet20_cifar")
    #expect(guessed.details == details)
    #expect(try catalogue.resolve(weights.path).details == nil)

    details.architecture = "resnet20_cifar"
    #expect(try catalogue.resolve(weights.path, details: details).card.classCount == 3)
    details.classNames = ["a", "b"]
    #expect(throws: CheckpointError.self) { try catalogue.resolve(weights.path, details: details) }
    details.architecture = "resnet18"
    details.classNames = nil
    let error = #expect(throws: CheckpointError.self) {
      try catalogue.resolve(weights.path, details: details)
    }
    #expect(error?.description.contains("resnet18") == true)

    var card = guessed.card
    card.input.mean = [0.1, 0.2, 0.3]
    try card.write(to: scratch("net.card.yaml"))
    var order = CardDetails()
    order.channelOrder = .bgr
    let turned = try catalogue.resolve(weights.path, details: order).card.input
    #expect(turned.channelOrder == .bgr && turned.mean == [0.3, 0.2, 0.1])
    order.mean = [0.7, 0.8, 0.9]
    #expect(
      try catalogue.resolve(weights.path, details: order).card.input.mean == [0.7, 0.8, 0.9])
  }

  @Test("A known file is told by its digest only where its length fits, and hashed when asked")
  func laziness() throws {
    let model = try ModelCatalogue(folders: []).resolve(weights.path)
    let digest = try #require(model.sha256)
    #expect(digest.count == 64)
    // Asked once; the file may go then.
    try FileManager.default.removeItem(at: weights)
    #expect(model.sha256 == digest)
    try SafeTensors.write(model.network.state, to: weights)
    let other = try ModelCatalogue(folders: []).resolve(weights.path)
    try FileManager.default.removeItem(at: weights)
    #expect(other.sha256 == nil, "it was hashed though nobody asked")
  }

  @Test("A name on each line is a class")
  func names() throws {
    #expect(try ClassNames.read(try scratch.write("a\r\n b c \n\n", to: "n")) == ["a", "b c"])
    for (text, words) in [("", "no class names"), ("a\n\nb", "line 2")] {
      let error = #expect(throws: CheckpointError.self) {
        try ClassNames.read(try scratch.write(text, to: "n"))
      }
      #expect(error?.description.contains(words) == true)
    }
  }

  @Test("A model in the Hub's cache is found by its name, its commit and its path")
  func pulled() throws {
    let commit = String(repeating: "0123456789", count: 4)
    let root = "hub/models--timm--tiny.a1_in1k"
    try scratch.write(try Data(contentsOf: weights), to: "\(root)/blobs/abc")
    try scratch.write(
      #"{"architecture": "resnet20_cifar", "num_classes": 3}"#, to: "\(root)/blobs/def")
    try scratch.write(commit, to: "\(root)/refs/main")
    let snapshot = scratch("\(root)/snapshots/\(commit)")
    try FileManager.default.createDirectory(at: snapshot, withIntermediateDirectories: true)
    for (name, blob) in [("model.safetensors", "abc"), ("config.json", "def")] {
      try FileManager.default.createSymbolicLink(
        atPath: snapshot.appendingPathComponent(name).path,
        withDestinationPath: "../../blobs/\(blob)")
    }
    // Another kind of model in the same cache is no business of ours.
    try scratch.write("x", to: "hub/models--a--b/snapshots/\(commit)/model.gguf")
    try scratch.write(commit, to: "hub/models--a--b/refs/main")
    let catalogue = ModelCatalogue(folders: [], hub: HubCache(folder: scratch("hub")))
    let name = "hf:timm/tiny.a1_in1k"
    for spec in [
      name, "\(name)@\(commit)", "\(name)@0123456", snapshot.path, "hf-hub:" + name.dropFirst(3),
    ] {
      #expect(try catalogue.resolve(spec).id == name, "\(spec)")
    }
    #expect(catalogue.list().filter { $0.path != nil }.map(\.card.id) == [name])
    for (spec, words) in [
      ("hf:timm/other", "graft models pull hf:timm/other"), ("hf:timm", "names no model on a Hub"),
      ("\(name)@v2", "graft models pull"), ("hf:a/b", "no weights of it"),
    ] {
      let error = #expect(throws: CheckpointError.self) { try catalogue.resolve(spec) }
      #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }
    let removal = try catalogue.removal(of: name)
    #expect(removal.byteCount > 1_000_000 && removal.deleted[0].path == scratch(root).path)
    _ = try catalogue.carryOut(removal)
    #expect(!FileManager.default.fileExists(atPath: scratch(root).path))
    #expect(FileManager.default.fileExists(atPath: scratch("hub/models--a--b").path))
  }
}
