import Checkpoints
import Foundation
import Networks
import Tensors
import Testing

@Suite struct ModelCatalogueTests {
  static func network() throws -> Network {
    try Network.initialised(architecture: "resnet20_cifar", classCount: 3, seed: 7)
  }

  static func card() -> ModelCard {
    ModelCard(
      id: "mine", architecture: "resnet20_cifar",
      input: InputSpecification(
        imageSize: 40, mean: [127.0 / 255, 0.1 + 0.2, 0.3], channelOrder: .bgr),
      classCount: 3, classNames: ["a", "b", "c"], sourceData: .init(name: "Mine", imageCount: 9),
      sourceAccuracy: 0.75)
  }

  @Test func aCardBesideTheWeightsIsUsed() throws {
    try Fixtures.withTemporaryFolder { folder in
      let weights = folder.appendingPathComponent("net.safetensors")
      try SafeTensors.write(try Self.network().state, to: weights)
      let yaml = folder.appendingPathComponent("net.card.yaml")
      try Self.card().write(to: yaml)
      for path in [weights, yaml, folder].map(\.path) {
        let model = try ModelCatalogue(folders: []).resolve(path)
        var expected = Self.card()
        expected.parameterCount = model.network.parameterCount
        #expect(model.card == expected)
        #expect(model.sha256 == (try WeightDigest.sha256(of: weights, isFresh: true)))
        #expect(model.file.lastPathComponent == "net.safetensors")
      }
      // By id, from a folder of the catalogue.
      let catalogue = ModelCatalogue(folders: [folder])
      #expect(try catalogue.resolve("mine").id == "mine")
      #expect(catalogue.list().first?.card.id == "mine")
      #expect(catalogue.list().count == 1 + KnownModel.all.count)
    }
  }

  @Test func withoutACardTheNamesTell() throws {
    try Fixtures.withTemporaryFolder { folder in
      let weights = folder.appendingPathComponent("net.safetensors")
      try SafeTensors.write(try Self.network().state, to: weights)
      let model = try ModelCatalogue(folders: []).resolve(weights.path)
      #expect(model.card.architecture == "resnet20_cifar")
      #expect(model.card.classCount == 3)
      #expect(model.id == "net")
    }
  }

  /// What is wrong with the keys is told with the file, the key and the nearest name.
  @Test(arguments: ["missing", "surplus", "misshaped", "renamed"])
  func wrongKeysAreNamed(_ kind: String) throws {
    var state = try Self.network().state
    switch kind {
    case "missing": state["layer1.0.conv1.weight"] = nil
    case "surplus": state["extra.weight"] = Tensor(shape: [2])
    case "misshaped": state["linear.weight"] = Tensor(shape: [3, 5])
    default:
      state["layer1.0.conv_1.weight"] = state["layer1.0.conv1.weight"]
      state["layer1.0.conv1.weight"] = nil
    }
    try Fixtures.withTemporaryFolder { folder in
      let weights = folder.appendingPathComponent("net.safetensors")
      try SafeTensors.write(state, to: weights)
      // Without a card: an error that shows the card to write.
      let bare = try #require(
        Fixtures.sentence { () throws(CheckpointError) in
          try ModelCatalogue(folders: []).resolve(weights.path)
        })
      #expect(bare.contains("net.safetensors"))
      #expect(bare.contains("net.card.yaml"))
      #expect(bare.contains("architecture: resnet20_cifar"))
      // With one: the keys.
      try Self.card().write(to: folder.appendingPathComponent("net.card.yaml"))
      let sentence = try #require(
        Fixtures.sentence { () throws(CheckpointError) in
          try ModelCatalogue(folders: []).resolve(weights.path)
        })
      #expect(sentence.contains("net.safetensors"))
      let inspection = try Inspection(of: weights)
      switch kind {
      case "missing":
        #expect(sentence.contains("'layer1.0.conv1.weight' [16, 16, 3, 3] is missing"))
        #expect(inspection.missing.map(\.name) == ["layer1.0.conv1.weight"])
      case "surplus":
        #expect(sentence.contains("'extra.weight'"))
        #expect(inspection.surplus == ["extra.weight"])
      case "misshaped":
        #expect(sentence.contains("'linear.weight' has shape [3, 5] where [3, 64] is needed"))
        #expect(inspection.misshaped.first?.actual == [3, 5])
      default:
        #expect(sentence.contains("nearest in the weights: 'layer1.0.conv_1.weight'"))
        #expect(inspection.missing.first?.nearest == ["layer1.0.conv_1.weight"])
      }
    }
  }

  @Test func aCardOfAnotherFileIsRefused() throws {
    try Fixtures.withTemporaryFolder { folder in
      let weights = folder.appendingPathComponent("net.safetensors")
      try SafeTensors.write(try Self.network().state, to: weights)
      var card = Self.card()
      card.sha256 = String(repeating: "0", count: 64)
      try card.write(to: folder.appendingPathComponent("net.card.yaml"))
      let sentence = Fixtures.sentence { () throws(CheckpointError) in
        try ModelCatalogue(folders: []).resolve(weights.path)
      }
      #expect(sentence?.contains("another file") == true)
    }
  }

  @Test func whatIsNotThereIsToldWithTheNearestName() throws {
    let catalogue = ModelCatalogue(folders: [])
    let near = Fixtures.sentence { () throws(CheckpointError) in
      try catalogue.resolve("efficientnet_lite.imagenet")
    }
    #expect(near?.contains("did you mean efficientnet_lite0.imagenet") == true)
    let absent = Fixtures.sentence { () throws(CheckpointError) in
      try catalogue.resolve("efficientnet_lite0.imagenet")
    }
    #expect(absent?.contains("scripts/fetch-models") == true)
    try Fixtures.withTemporaryFolder { folder in
      let empty = Fixtures.sentence { () throws(CheckpointError) in
        try catalogue.resolve(folder.path)
      }
      #expect(empty?.contains("holds no weights") == true)
      let text = folder.appendingPathComponent("notes.pth")
      try Data("This is no weight file at all.".utf8).write(to: text)
      let notes = Fixtures.sentence { () throws(CheckpointError) in
        try catalogue.resolve(text.path)
      }
      #expect(notes?.contains("notes.pth") == true)
    }
  }

  @Test(arguments: [
    ("imageSize: 32", "imageSiz: 32", "'input.imageSiz' in line"),
    ("architecture: resnet20_cifar", "architecture: resnet20cifar", "did you mean resnet20_cifar"),
    ("classCount: 3", "classCount: three", "'classCount' is of the wrong kind"),
    ("classCount: 3", "count: 3", "'count' in line"),
    ("graft.card/1", "graft.card/9", "graft.card/9"),
    ("imageSize: 32", "imageSize: 0", "imageSize"),
    ("id: x", "- x", "YAML"),
  ])
  func cardsAreChecked(_ old: String, _ new: String, _ word: String) throws {
    let good = """
      schema: graft.card/1
      id: x
      architecture: resnet20_cifar
      classCount: 3
      input:
        imageSize: 32
        mean: [0.5, 0.5, 0.5]
        standardDeviation: [0.5, 0.5, 0.5]
        cropPercent: 1
        resize: squash
        interpolation: bilinear
        channelOrder: rgb

      """
    _ = try ModelCard.parse(yaml: good)
    try Fixtures.withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("x.card.yaml")
      try Data(good.replacingOccurrences(of: old, with: new).utf8).write(to: file)
      let sentence = Fixtures.sentence { () throws(CheckpointError) in try ModelCard.read(file) }
      #expect(sentence?.contains("x.card.yaml") == true)
      #expect(sentence?.contains(word) == true, "\(sentence ?? "no error")")
    }
  }
}
