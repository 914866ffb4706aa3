import Checkpoints
import Foundation
import Networks
import Tensors
import TestSupport
import Testing

/// The real ONNX files of ../shared/ASSETS.md: each opens as its card says, and its embeddings are those
/// of ONNX Runtime.
@Suite struct ONNXZooTests {
  static let shared = [
    "mobilenetv2_inat_insect": "mnv2_inat_insect", "mobilenetv1_025_imagenet": "mnv1_025",
    "resnet_cifar_mlcommons": "resnetL_cifar_mlc",
  ]

  @Test(
    .enabled(if: ReferenceAssets.url("models") != nil, "shared assets absent"),
    arguments: shared.keys.sorted())
  func sharedFile(_ name: String) throws {
    let file = try #require(ReferenceAssets.url("models/\(name).onnx"))
    let model = try ModelCatalogue().resolve(file.path)
    try checkCard(model)
    let fixture = try #require(Self.shared[name])
    let pixels = try NumPyFile.readArray(
      try #require(ReferenceAssets.url("fixtures/\(fixture).input_u8_nhwc.npy")))
    // The files hold their own preprocessing; the card asks for 0…255.
    let scale = 1 / (model.card.input.standardDeviation[0] * 255)
    #expect(model.card.input.mean == [0, 0, 0])
    let input = Tensor(
      shape: pixels.shape,
      values: try #require(pixels.integers).map { Float(Double($0) * scale) })
    for (output, ending) in [(InferencePlan.Output.features, "features"), (.logits, "logits")] {
      let file = try #require(ReferenceAssets.url("fixtures/\(fixture).\(ending).npy"))
      let expected = try #require(try NumPyFile.readArray(file).tensor)
      let values = try ONNXFixtures.run(model.network, input, output)
      #expect(ONNXFixtures.difference(values, expected.values) < 1e-4, "\(name) \(ending)")
    }
  }

  static let packaged = (ONNXFixtures.zoo?.files.keys.sorted() ?? []).filter {
    RealModels.url($0) != nil
  }

  @Test(
    .enabled(if: !packaged.isEmpty, "ONNX files of PyPI packages absent: fetch-models"),
    arguments: packaged)
  func packagedFile(_ name: String) throws {
    let expected = try #require(ONNXFixtures.zoo?.files[name])
    let model = try ModelCatalogue().resolve(try #require(RealModels.url(name)).path)
    try checkCard(model)
    let input = ONNXFixtures.pixels(
      expected.shape, expected.shape[2] == 3 ? .nhwc : .nchw, samples: 1, factor: expected.factor)
    let features = try ONNXFixtures.run(model.network, input, .features)
    #expect(ONNXFixtures.difference(features, expected.features) < 1e-4)
    if let logits = expected.logits {
      let values = try ONNXFixtures.run(model.network, input, .logits)
      #expect(ONNXFixtures.difference(values, logits) < 1e-4)
    }
  }

  private func checkCard(_ model: Model) throws {
    let known = try #require(KnownModel.all.first { $0.card.id == model.id })
    #expect(known.card.parameterCount == model.network.parameterCount, "\(model.id)")
    #expect(known.card.classCount == model.network.classCount)
    #expect(known.card.licence != nil && known.card.sourceData != nil)
  }
}
