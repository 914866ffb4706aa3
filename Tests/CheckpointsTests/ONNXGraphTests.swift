import Checkpoints
import Foundation
import Networks
import Tensors
import Testing

/// ONNX files against ONNX Runtime: every operator, every spelling of it, every pattern.
@Suite struct ONNXGraphTests {
  @Test func fixturesAreThere() {
    #expect(ONNXFixtures.names.count > 90)
    #expect(ONNXFixtures.badNames.count > 10)
    #expect(ONNXFixtures.zoo?.files.count == 4)
  }

  @Test(arguments: ONNXFixtures.names)
  func equalsONNXRuntime(_ name: String) throws {
    let expected = try #require(ONNXFixtures.expected?.cases[name])
    let model = try ONNXModel.read(ONNXFixtures.url(name), featureNode: "y")
    #expect(model.inputLayout == (expected.shape[2] == 3 ? .nhwc : .nchw))
    let input = ONNXFixtures.pixels(
      expected.shape, model.inputLayout, samples: expected.samples)
    for fuses in [true, false] {
      let y = try ONNXFixtures.run(
        model.network, input,
        model.network.featureCount * expected.samples == expected.values.count
          ? .features : .logits, fuses: fuses)
      let difference = ONNXFixtures.difference(y, expected.values)
      #expect(difference < expected.tolerance, "\(name), fused: \(fuses)")
    }
    if let kinds = expected.kinds {
      let own = model.network.graph.nodes.map { type(of: $0.operation).kind }
        .filter { !["tokens", "reshape", "transposition"].contains($0) }
      #expect(own == kinds, "\(name)")
    }
  }

  @Test func classifierAndEmbeddingAreFound() throws {
    let expected = try #require(ONNXFixtures.expected?.small)
    for name in ["small", "external"] {
      let model = try ONNXModel.read(ONNXFixtures.url(name))
      let network = model.network
      #expect(network.featureCount == 12)
      #expect(network.classCount == 5)
      #expect(network.parameterCount == expected.parameters)
      #expect(network.headParameterNames == ["fc.weight", "fc.bias"])
      #expect(network.graph.parameters.map(\.name).contains("bn1.running_var"))
      #expect(network.graph.stages.last?.name == "head")
      let input = ONNXFixtures.pixels([3, 16, 16], .nchw, samples: 2)
      let features = try ONNXFixtures.run(network, input, .features)
      #expect(ONNXFixtures.difference(features, expected.features) < 1e-5)
      let logits = try ONNXFixtures.run(network, input, .logits)
      #expect(ONNXFixtures.difference(logits, expected.logits) < 1e-5)
    }
  }

  /// Every stage is a cut: the network is the prefix followed by the suffix.
  @Test func stagesAreCuts() throws {
    let network = try ONNXModel.read(ONNXFixtures.url("small")).network
    let input = ONNXFixtures.pixels([3, 16, 16], .nchw, samples: 1)
    let whole = try ONNXFixtures.run(network, input, .logits)
    for stage in network.graph.stages.dropLast() {
      let prefix = try network.prefix(through: stage.name)
      let plan = try InferencePlan(
        network: prefix, batchSize: 1, outputs: [.node(stage.outputNode)])
      let middle = try plan.run(input)[0]
      let rest = try InferencePlan(
        network: try network.suffix(after: stage.name), batchSize: 1, outputs: [.logits])
      let values = try rest.run(middle)[0].values
      #expect(ONNXFixtures.difference(values, whole) < 1e-5, "\(stage.name)")
    }
  }

  @Test func anEmbeddingCanBeNamed() throws {
    let url = ONNXFixtures.url("small")
    let byTensor = try ONNXModel.read(url, featureNode: "/conv2/Conv_output_0")
    let byNode = try ONNXModel.read(url, featureNode: "/conv2/Conv")
    #expect(byTensor.network.featureCount == 8)
    #expect(byNode.network.featureCount == 8)
    #expect(byTensor.network.classCount == 0)
    // The map is averaged over its pixels.
    let input = ONNXFixtures.pixels([3, 16, 16], .nchw, samples: 1)
    let features = try ONNXFixtures.run(byTensor.network, input, .features)
    let map = try ONNXFixtures.run(byTensor.network, input, .node("/conv2/Conv_output_0"))
    let means = (0..<8).map { channel in
      stride(from: channel, to: map.count, by: 8).map { map[$0] }.reduce(0, +)
        / Float(map.count / 8)
    }
    #expect(ONNXFixtures.difference(features, means) < 1e-5)
    let sentence = Fixtures.sentence { () throws(CheckpointError) in
      try ONNXModel.read(url, featureNode: "/conv2/Konv")
    }
    #expect(sentence?.contains("'/conv2/Konv'") == true)
    #expect(sentence?.contains("/conv2/Conv") == true)
  }

  /// A new head, with and without an old one, and a step of training through all parameters.
  @Test(arguments: [nil, "/conv2/Conv"])
  func importedNetworksAreTrained(_ feature: String?) throws {
    let model = try ONNXModel.read(ONNXFixtures.url("small"), featureNode: feature)
    let network = try model.network.replacingHead(classCount: 3, seed: 1)
    #expect(network.classCount == 3)
    let plan = try TrainingPlan(network: network, batchSize: 4)
    let input = ONNXFixtures.pixels([3, 16, 16], .nchw, samples: 4)
    var adam = Adam.decoupled()
    let first = try plan.step(images: input, labels: [0, 1, 2, 0]).loss
    for _ in 0..<20 {
      plan.apply(&adam, learningRate: 0.01)
      _ = try plan.step(images: input, labels: [0, 1, 2, 0])
    }
    #expect(try plan.step(images: input, labels: [0, 1, 2, 0]).loss < first)
  }

  /// Biases of relative positions are trained, those that are looked up in a table as places of it; the
  /// mask beside them is not.
  @Test(arguments: ["windows_folded", "windows_table"])
  func biasesOfPositionsAreTrained(_ name: String) throws {
    let expected = try #require(ONNXFixtures.expected?.windows[name])
    let network = try ONNXModel.read(ONNXFixtures.url(name)).network
    let plan = try TrainingPlan(network: network, batchSize: 2)
    let input = ONNXFixtures.pixels([3, 8, 8], .nchw, samples: 2)
    _ = try plan.step(images: input, labels: [0, 3])
    let arrays = network.graph.parameters.filter { $0.role == .embedding }.map(\.name)
    #expect(arrays.count == 1)
    if name == "windows_table" { #expect(arrays == ["table"]) }
    let gradient = try #require(arrays.first.flatMap(plan.gradient))
    #expect(ONNXFixtures.difference(gradient.values, expected) < 1e-4)
    let buffers = network.graph.parameters.filter { $0.role == .buffer && $0.shape.count > 1 }
    #expect(buffers.count == 1)
  }

  /// A mean image taken from the picture stays as it is, what is added behind a convolution is trained.
  @Test func preprocessingIsNotTrained() throws {
    let graph = try ONNXModel.read(ONNXFixtures.url("mean_image"), featureNode: "y").network.graph
    let shapes = graph.parameters.filter { $0.role == .embedding }.map(\.shape)
    #expect(shapes == [[1, 4, 6, 6]])
  }

  /// A graph is kept with its files of weights, and never with one from outside of its folder.
  @Test func weightsOutsideOfTheFolderAreNotKept() throws {
    try Fixtures.withTemporaryFolder { folder in
      let inner = folder.appendingPathComponent("inner")
      try FileManager.default.createDirectory(at: inner, withIntermediateDirectories: true)
      let source = inner.appendingPathComponent("source.onnx")
      try FileManager.default.copyItem(at: ONNXFixtures.url("unread_outside"), to: source)
      try Data([0, 0, 0, 0]).write(to: folder.appendingPathComponent("external.data"))
      let model = try ModelCatalogue().resolve(source.path)
      let run = folder.appendingPathComponent("run")
      let sentence = Fixtures.sentence { () throws(CheckpointError) in
        try ONNXModel.keepGraph(of: model, in: run)
      }
      #expect(sentence?.contains("outside of the model's folder") == true)
      #expect(sentence?.contains("'unread'") == true)
    }
  }

  /// Without a card the flags say for which images an open graph is meant, and what its embedding is.
  @Test func detailsChooseTheSizeOfAnOpenGraph() throws {
    let file = ONNXFixtures.url("open").path
    var details = CardDetails()
    #expect(try ModelCatalogue().resolve(file).network.graph.inputShape.height == 224)
    details.imageSize = 32
    details.featureNode = "/conv2/Conv"
    let model = try ModelCatalogue().resolve(file, details: details)
    #expect(model.network.graph.inputShape == SampleShape(height: 32, width: 32, channels: 3))
    #expect(model.card.input.imageSize == 32)
    #expect(model.network.featureCount == 8)
  }

  /// A fine-tuned network is weights and the graph that they belong to; external weights come along.
  @Test func whatTrainingLeavesBehindIsOpened() throws {
    try Fixtures.withTemporaryFolder { folder in
      let source = folder.appendingPathComponent("source.onnx")
      try FileManager.default.copyItem(at: ONNXFixtures.url("external"), to: source)
      try FileManager.default.copyItem(
        at: ONNXFixtures.folder.appendingPathComponent("external.data"),
        to: folder.appendingPathComponent("external.data"))
      let model = try ModelCatalogue().resolve(source.path)
      #expect(model.card.isONNX)
      #expect(model.card.input.imageSize == 16)
      let network = try model.network.replacingHead(classCount: 3, seed: 1)
      let run = folder.appendingPathComponent("run")
      try TimmExport.write(network, card: model.card, classNames: ["a", "b", "c"], to: run)
      try ONNXModel.keepGraph(of: model, in: run)
      try FileManager.default.removeItem(at: source)
      let again = try ModelCatalogue().resolve(run.path)
      #expect(again.card.classNames == ["a", "b", "c"])
      let input = ONNXFixtures.pixels([3, 16, 16], .nchw, samples: 2)
      let before = try ONNXFixtures.run(network, input, .logits)
      #expect(try ONNXFixtures.run(again.network, input, .logits) == before)
    }
  }

  @Test func inspectionShowsWhatTheGraphEndsIn() throws {
    let inspection = try Inspection(of: ONNXFixtures.url("small"))
    #expect(inspection.format == .onnx)
    #expect(inspection.classCount == 5)
    let graph = try #require(inspection.graph)
    #expect(graph.opset == 13)
    #expect(graph.imageSize == [16, 16])
    #expect(graph.featureCount == 12)
    #expect(graph.featureNode == "/ReduceMean_output_0")
    #expect(graph.classifierNode == "/fc/Gemm_output_0")
    #expect(graph.operators["Conv"] == 3)
    #expect(inspection.tensors.contains { $0.name == "fc.weight" && $0.shape == [5, 12] })
  }
}
