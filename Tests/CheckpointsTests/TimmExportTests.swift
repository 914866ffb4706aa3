import Checkpoints
import Foundation
import Networks
import Tensors
import Testing

@Suite struct TimmExportTests {
  @Test func whatIsWrittenOpensAgain() throws {
    let network = try ModelCatalogueTests.network()
    var card = ModelCatalogueTests.card()
    card.input.channelOrder = .rgb
    try Fixtures.withTemporaryFolder { parent in
      let folder = parent.appendingPathComponent("a/model")
      let written = try TimmExport.write(
        network, card: card, classNames: ["x", "y", "z"], to: folder)
      #expect(written.classNames == ["x", "y", "z"])
      let model = try ModelCatalogue(folders: []).resolve(folder.path)
      #expect(model.card == written)
      for (name, tensor) in network.state.entries {
        #expect(model.network.state[name] == tensor, "\(name)")
      }
      // timm's configuration alone says as much, but for what timm does not know.
      try FileManager.default.removeItem(at: folder.appendingPathComponent("model.card.yaml"))
      let bare = try ModelCatalogue(folders: []).resolve(folder.path)
      #expect(bare.card.input == card.input)
      #expect(bare.card.classNames == ["x", "y", "z"])
      #expect(bare.id == "model")
    }
  }

  @Test func configurationHasTimmsKeys() throws {
    let network = try Network.initialised(architecture: "resnet18", classCount: 2, seed: 1)
    let card = ModelCard(
      id: "r", architecture: "resnet18", input: InputSpecification(imageSize: 64, resize: .squash),
      classCount: 2, licence: "MIT")
    try Fixtures.withTemporaryFolder { folder in
      try TimmExport.write(network, card: card, classNames: ["no", "yes"], to: folder)
      let data = try Data(contentsOf: folder.appendingPathComponent("config.json"))
      let json = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
      #expect(json["architecture"] as? String == "resnet18")
      #expect(json["num_classes"] as? Int == 2)
      #expect(json["num_features"] as? Int == 512)
      let cfg = try #require(json["pretrained_cfg"] as? [String: Any])
      #expect(cfg["input_size"] as? [Int] == [3, 64, 64])
      #expect(cfg["crop_mode"] as? String == "squash")
      #expect(cfg["first_conv"] as? String == "conv1")
      #expect(cfg["classifier"] as? String == "fc")
      #expect(cfg["label_names"] as? [String] == ["no", "yes"])
      #expect(cfg["mean"] as? [Double] == InputSpecification.imageNetMean)
      let weights = try WeightFile.read(folder.appendingPathComponent("model.safetensors"))
      #expect(weights.tensors["bn1.num_batches_tracked"]?.type == .int64)
    }
  }

  /// Blue first becomes red first, and the network gives the same for the same picture.
  @Test func channelOrderIsNormalised() throws {
    let network = try ModelCatalogueTests.network()
    let card = ModelCatalogueTests.card()
    try Fixtures.withTemporaryFolder { folder in
      let written = try TimmExport.write(network, card: card, classNames: nil, to: folder)
      #expect(written.input.channelOrder == .rgb)
      #expect(written.input.mean == card.input.mean.reversed())
      let model = try ModelCatalogue(folders: []).resolve(folder.path)
      let random = CounterRandom(seed: 3, key: "image")
      let blueFirst = (0..<(32 * 32 * 3)).map { Float(random.normal(at: UInt64($0))) }
      let redFirst = blueFirst.indices.map { blueFirst[$0 - $0 % 3 + 2 - $0 % 3] }
      let a = try InferencePlan(network: network, batchSize: 1, outputs: [.logits])
        .run(Tensor(shape: [1, 32, 32, 3], values: blueFirst))[0].values
      let b = try InferencePlan(network: model.network, batchSize: 1, outputs: [.logits])
        .run(Tensor(shape: [1, 32, 32, 3], values: redFirst))[0].values
      for (x, y) in zip(a, b) { #expect(abs(x - y) <= 1e-5 * abs(x), "\(x) \(y)") }
    }
  }
}
