import Checkpoints
import Foundation
import Networks
import Tensors
import Testing

/// What is written as ONNX is read back and gives the same answers.
///
/// That other readers agree is checked by `benchmarks/parity/onnx_export.py`.
@Suite("ONNX export") struct ONNXExportTests {
  /// One of each kind of block, at sizes that are quick.
  static let networks: [(String, Int)] = [
    ("resnet20_cifar", 32), ("resnetblur18", 64), ("resnetaa34d", 64), ("seresnet18", 64),
    ("resnetv2_18d", 64), ("resnet50_gn", 64), ("resnetv2_50x1_bit", 64), ("regnety_002", 64),
    ("vgg11_bn", 64), ("densenet121", 64), ("inception_v3", 107), ("googlenet", 64),
    ("squeezenet1_1", 64), ("shufflenet_v2_x0_5", 64), ("mobilenetv3_small_100", 64),
    ("tf_efficientnet_lite0", 64), ("convnextv2_atto", 64), ("test_vit", 160),
    ("test_vit", 128), ("deit_tiny_patch16_224", 224),
    ("swin_tiny_patch4_window7_224", 224), ("mixer_s32_224", 224),
  ]

  /// A network whose vectors all differ from the values that do nothing.
  static func network(_ architecture: String) throws -> Network {
    let fresh = try Network.initialised(architecture: architecture, classCount: 5, seed: 1)
    let state = StateDict(
      fresh.state.entries.map { name, tensor in
        guard tensor.shape.count == 1 else { return (name, tensor) }
        let random = CounterRandom(seed: 2, key: name)
        let isScale = !name.hasSuffix("bias") && !name.hasSuffix("running_mean")
        let values = (0..<tensor.count).map { place -> Float in
          let u = random.uniform(at: UInt64(place))
          return Float(isScale ? 0.5 + u : 0.2 * u - 0.1)
        }
        return (name, Tensor(shape: tensor.shape, values: values))
      })
    return try Network(architecture: architecture, graph: fresh.graph, state: state)
  }

  static func card(_ architecture: String, size: Int) -> ModelCard {
    ModelCard(
      id: "n", architecture: architecture, input: InputSpecification(imageSize: size),
      classCount: 5)
  }

  static func answers(_ network: Network, _ images: Tensor) throws -> [Tensor] {
    try InferencePlan(
      network: network, batchSize: images.shape[0], imageHeight: images.shape[1],
      imageWidth: images.shape[2], outputs: [.logits, .features]
    ).run(images)
  }

  static func images(_ size: Int) -> Tensor {
    let random = CounterRandom(seed: 3, key: "images")
    return Tensor(
      shape: [2, size, size, 3],
      values: (0..<2 * size * size * 3).map { Float(3 * random.uniform(at: UInt64($0)) - 1.5) })
  }

  /// The largest difference over the largest value.
  static func distance(_ a: Tensor, _ b: Tensor) -> Float {
    let scale = a.values.reduce(0) { max($0, abs($1)) }
    return zip(a.values, b.values).reduce(0) { max($0, abs($1.0 - $1.1)) } / scale
  }

  /// A network from a file is fine-tuned as the native one is: the same loss, the same gradients.
  @Test(
    "gradients of what is read back are the native ones",
    arguments: [
      ("resnet50_gn", 64), ("convnextv2_atto", 64), ("test_vit", 160),
      ("swin_tiny_patch4_window7_224", 224),
    ])
  func gradients(architecture: String, size: Int) throws {
    let network = try Self.network(architecture)
    try Fixtures.withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("model.onnx")
      try ONNXExport.write(network, card: Self.card(architecture, size: size), to: file)
      let imported = try ONNXModel.read(file).network
      let images = Self.images(size)
      let shape = SampleShape(height: size, width: size, channels: 3)
      let plans = try [network, imported].map {
        try TrainingPlan(network: $0, batchSize: 2, inputShape: shape)
      }
      let losses = try plans.map { try $0.step(images: images, labels: [0, 3]).loss }
      #expect(abs(losses[0] - losses[1]) < 1e-4 * abs(losses[0]))
      let names = network.graph.parameters.map(\.name)
      var compared: Set<String> = []
      let largest = names.compactMap(plans[0].gradient).flatMap(\.values).map(abs).max() ?? 0
      for name in names {
        guard let ours = plans[0].gradient(name), let theirs = plans[1].gradient(name),
          ours.count == theirs.count
        else { continue }
        compared.insert(name)
        let scale = max(ours.values.map(abs).max() ?? 0, 1e-3 * largest)
        let worst = zip(ours.values, theirs.values).map { abs($0 - $1) }.max() ?? 0
        #expect(worst < 2e-3 * scale, "\(name)")
      }
      // Vectors of a normalisation may bear other names in the file.
      for parameter in network.graph.parameters
      where parameter.shape.count > 1 && parameter.role != .embedding {
        #expect(compared.contains(parameter.name))
      }
    }
  }

  @Test("what is written is read back and answers alike", arguments: networks)
  func roundTrip(architecture: String, size: Int) throws {
    let network = try Self.network(architecture)
    try Fixtures.withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("model.onnx")
      try ONNXExport.write(network, card: Self.card(architecture, size: size), to: file)
      let model = try ONNXModel.read(file)
      #expect(model.network.classCount == 5)
      #expect(model.network.featureCount == network.featureCount)
      let images = Self.images(size)
      let (ours, theirs) = (
        try Self.answers(network, images), try Self.answers(model.network, images)
      )
      #expect(Self.distance(ours[0], theirs[0]) < 2e-5, "scores")
      #expect(Self.distance(ours[1], theirs[1]) < 2e-5, "embedding")
    }
  }

  @Test("weights in a file of their own")
  func externalData() throws {
    let network = try Self.network("resnet20_cifar")
    try Fixtures.withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("model.onnx")
      try ONNXExport.write(
        network, card: Self.card("resnet20_cifar", size: 32), externalLimit: 0, to: file)
      let sizes = try ["model.onnx", "model.onnx.data"].map {
        try Data(contentsOf: folder.appendingPathComponent($0)).count
      }
      let weights = network.state.entries.reduce(0) { $0 + 4 * $1.tensor.count }
      #expect(sizes[1] == weights && sizes[0] < 60_000)
      let images = Self.images(32)
      let (ours, theirs) = (
        try Self.answers(network, images),
        try Self.answers(try ONNXModel.read(file).network, images)
      )
      #expect(Self.distance(ours[0], theirs[0]) < 2e-5)
    }
  }

  @Test("a network that expects blue first is written to expect red first")
  func channelOrder() throws {
    let network = try Self.network("squeezenet1_1")
    var card = Self.card("squeezenet1_1", size: 64)
    card.input.channelOrder = .bgr
    card.input.mean = [0.1, 0.2, 0.3]
    try Fixtures.withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("model.onnx")
      try ONNXExport.write(network, card: card, to: file)
      let model = try ONNXModel.read(file)
      #expect(model.metadata["graft.mean"] == "0.3,0.2,0.1")
      let images = Self.images(64)
      let source = images.values
      let reversed = Tensor(
        shape: images.shape,
        values: (0..<images.count).map { source[$0 / 3 * 3 + 2 - $0 % 3] })
      let (ours, theirs) = (
        try Self.answers(network, reversed), try Self.answers(model.network, images)
      )
      #expect(Self.distance(ours[0], theirs[0]) < 2e-5)
    }
  }

  @Test("the card travels in the file")
  func card() throws {
    let network = try Self.network("resnet20_cifar")
    var card = Self.card("resnet20_cifar", size: 40)
    card.classNames = ["a", "b", "c", "d", "e"]
    card.input.mean = [0.5, 0.25, 0.125]
    card.licence = "MIT"
    try Fixtures.withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("model.onnx")
      try ONNXExport.write(network, card: card, to: file)
      let model = try ModelCatalogue(folders: []).resolve(file.path)
      #expect(model.card.isONNX)
      #expect(model.card.input == card.input && model.card.classNames == card.classNames)
      #expect(model.card.licence == "MIT" && model.id == "n")
    }
  }

  @Test("an image size that the network cannot take is a sentence")
  func tooSmall() throws {
    let network = try Self.network("inception_v3")
    try Fixtures.withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("model.onnx")
      let sentence = Fixtures.sentence { () throws(CheckpointError) in
        try ONNXExport.write(network, card: Self.card("inception_v3", size: 16), to: file)
      }
      #expect(sentence?.contains("model.onnx is not supported: as ONNX, ") == true)
      #expect(!FileManager.default.fileExists(atPath: file.path))
    }
  }
}
