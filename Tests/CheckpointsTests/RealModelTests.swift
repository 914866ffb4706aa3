import Checkpoints
import Foundation
import Networks
import Tensors
import TestSupport
import Testing

/// The real networks of ../shared/ASSETS.md against outputs that PyTorch gave for the same pixels.
@Suite struct RealModelTests {
  /// Float32 sums in another order than PyTorch's, through up to sixty layers.
  static let tolerance: Float = 1e-4

  @Test(.enabled(if: RealModels.efficientNet != nil, "EfficientNet-Lite0 absent: fetch-models"))
  func efficientNetLite0() throws {
    let model = try ModelCatalogue().resolve(try #require(RealModels.efficientNet).path)
    #expect(model.id == "efficientnet_lite0.imagenet")
    try check(model, fixture: "efflite0", features: 1280, classes: 1000)
  }

  @Test(.enabled(if: RealModels.mobileNet != nil, "MobileNetV2 absent: fetch-models"))
  func mobileNetV2WithoutHead() throws {
    let model = try ModelCatalogue().resolve(try #require(RealModels.mobileNet).path)
    #expect(model.network.graph.logitsNode == nil)
    try check(model, fixture: "mnv2_imagenet_pt", features: 1280, classes: 0)
  }

  @Test(.enabled(if: RealModels.squeezeNet != nil, "SqueezeNet absent: fetch-models"))
  func squeezeNet() throws {
    let model = try ModelCatalogue().resolve(try #require(RealModels.squeezeNet).path)
    try check(model, fixture: "squeezenet11", features: 512, classes: 1000)
  }

  @Test(.enabled(if: RealModels.resNet20 != nil, "shared assets absent"))
  func resNet20() throws {
    let model = try ModelCatalogue().resolve(try #require(RealModels.resNet20).path)
    #expect(model.card.classNames?.count == 10)
    try check(model, fixture: "resnet20_cifar", features: 64, classes: 10)
  }

  /// The cards' numbers of parameters are those of the networks.
  @Test func knownCardsAreTrue() throws {
    for known in KnownModel.all {
      try known.card.validate()
      #expect(known.card.sha256?.count == 64)
      // Those of ONNX files are compared where the files are: ONNXZooTests.
      if known.card.isONNX { continue }
      let graph = try Architecture.named(known.card.architecture)
        .build(classCount: max(1, known.card.classCount))
      let head = known.card.classCount > 0 ? [] : Set(graph.headParameterNames)
      let count = graph.parameters.filter { $0.isTrainable && !head.contains($0.name) }
        .reduce(0) { $0 + $1.count }
      #expect(known.card.parameterCount == count, "\(known.card.id)")
    }
    #expect(Set(KnownModel.all.map(\.card.id)).count == KnownModel.all.count)
  }

  private func check(_ model: Model, fixture: String, features: Int, classes: Int) throws {
    #expect(model.network.featureCount == features)
    #expect(model.network.classCount == classes)
    guard let pixels = ReferenceAssets.url("fixtures/\(fixture).input_u8_nhwc.npy") else { return }
    let input = try normalised(NumPyFile.readArray(pixels), model.card.input)
    let outputs: [InferencePlan.Output] = classes > 0 ? [.features, .logits] : [.features]
    let plan = try InferencePlan(
      network: model.network, batchSize: input.shape[0], outputs: outputs)
    for (name, actual) in zip(["features", "logits"], try plan.run(input)) {
      let url = try #require(ReferenceAssets.url("fixtures/\(fixture).\(name).npy"))
      let expected = try #require(try NumPyFile.readArray(url).tensor)
      #expect(actual.shape == expected.shape)
      let largest = expected.values.map(abs).max() ?? 0
      let worst = zip(actual.values, expected.values).map { abs($0 - $1) }.max() ?? .infinity
      print("\(fixture).\(name): worst error \(worst / largest) relative")
      #expect(worst <= Self.tolerance * largest, "\(fixture).\(name)")
    }
  }

  /// Pixels 0…255 RGB as a network wants them.
  private func normalised(_ array: NumPyArray, _ input: InputSpecification) throws -> Tensor {
    let pixels = try #require(array.integers)
    let order = input.channelOrder == .bgr ? [2, 1, 0] : [0, 1, 2]
    let values = pixels.indices.map { index -> Float in
      let channel = index % 3
      let pixel = Double(pixels[index - channel + order[channel]]) / 255
      return Float((pixel - input.mean[channel]) / input.standardDeviation[channel])
    }
    return Tensor(shape: array.shape, values: values)
  }
}
