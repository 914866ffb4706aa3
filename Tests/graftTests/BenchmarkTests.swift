import Checkpoints
import Foundation
import Networks
import Tensors
import TestSupport
import Testing

@Suite("graft bench answers what the engine answers")
struct BenchmarkTests {
  /// Three images, other ones than the benchmark would draw.
  static let images = Tensor(
    shape: [3, 32, 32, 3],
    values: (0..<(3 * 32 * 32 * 3)).map {
      Float(CounterRandom(seed: 5, key: "bench").uniform(at: UInt64($0)))
    })

  private static func write(_ array: NumPyArray, _ scratch: ScratchFolder, _ name: String) throws
    -> String
  {
    try NumPyFile.write(array, to: scratch(name))
    return scratch(name).path
  }

  @Test("The features that it writes are those of the given model and images")
  func features() throws {
    let scratch = try ScratchFolder()
    let model = try World.shared.models[0]
    let file = scratch("y.npy")
    let result = try GraftBinary.run([
      "bench", "infer", "--model", model, "--images",
      try Self.write(NumPyArray(Self.images), scratch, "x.npy"), "--features", file.path,
      "--rounds", "3", "--seconds", "0", "--json", "--quiet",
    ]).json()
    #expect(result["batchSize"] as? Int == 3)
    let rounds = try #require(result["rounds"] as? [Double])
    #expect(rounds.count == 3 && rounds.max() == result["imagesPerSecond"] as? Double)
    #expect(rounds.sorted()[1] == result["medianImagesPerSecond"] as? Double)
    #expect(result["training"] == nil && result["profile"] == nil)

    let network = try ModelCatalogue().resolve(model).network
    let expected = try InferencePlan(network: network, batchSize: 3).run(Self.images)[0]
    let written = try NumPyFile.readArray(file)
    #expect(written == NumPyArray(expected))
  }

  @Test("The flags of a card choose the embedding and the images of a graph without one")
  func cardFlags() throws {
    let scratch = try ScratchFolder()
    let graph = Checkout.root.appendingPathComponent(
      "Tests/CheckpointsTests/Fixtures/onnx/open.onnx")
    let file = scratch("y.npy")
    let result = try GraftBinary.run([
      "bench", "infer", "--model", graph.path, "--feature-node", "/conv2/Conv", "--image-size",
      "32", "--batch", "2", "--features", file.path, "--rounds", "1", "--seconds", "0", "--json",
      "--quiet",
    ]).json()
    #expect(result["imageSize"] as? Int == 32)
    #expect(try NumPyFile.readArray(file).shape == [2, 8])
  }

  @Test("The first training steps are those of the given weights, images and labels")
  func training() throws {
    let scratch = try ScratchFolder()
    let model = try World.shared.models[0]
    let labels = [7, 2, 9]
    let result = try GraftBinary.run([
      "bench", "train", "--model", model, "--images",
      try Self.write(NumPyArray(Self.images), scratch, "x.npy"), "--labels",
      try Self.write(NumPyArray(labels), scratch, "l.npy"), "--rounds", "1", "--seconds", "0",
      "--json", "--quiet",
    ]).json()
    let found = try #require(result["training"] as? [String: Double])
    let plan = try TrainingPlan(
      network: try ModelCatalogue().resolve(model).network, batchSize: 3)
    var optimizer = SGD(momentum: 0.9, nesterov: false, weightDecay: 0)
    let first = try plan.step(images: Self.images, labels: labels)
    let norm = plan.gradientNorm
    plan.apply(&optimizer, learningRate: 1e-3)
    let second = try plan.step(images: Self.images, labels: labels)
    for (key, value) in [
      ("loss", first.loss), ("gradientNorm", norm), ("lossAfterUpdate", second.loss),
    ] {
      // Foundation's reader of JSON may miss the last bit of a number.
      #expect(abs(try #require(found[key]) - value) <= value.ulp, "\(key)")
    }
  }

  @Test("A profile names every node once a pass, and its parts add up")
  func profile() throws {
    for (kind, passes) in [("infer", ["forward"]), ("train", ["forward", "backward"])] {
      let result = try GraftBinary.run([
        "bench", kind, "--arch", "resnet20_cifar", "--batch", "2", "--rounds", "1", "--seconds",
        "0", "--profile", "--json", "--quiet",
      ]).json()
      let profile = try #require(result["profile"] as? [String: Any])
      let nodes = try #require(profile["nodes"] as? [[String: Any]])
      for pass in passes {
        let ofPass = nodes.filter { $0["pass"] as? String == pass }
        let convolutions = ofPass.filter { $0["kind"] as? String == "convolution" }
        #expect(convolutions.count == 19, "\(kind) \(pass)")
        #expect(Set(ofPass.compactMap { $0["name"] as? String }).count == ofPass.count)
        for node in convolutions { #expect((node["gigaflopsPerSecond"] as? Double ?? 0) > 0) }
      }
      let kinds = try #require(profile["kinds"] as? [[String: Any]])
      let sum = kinds.compactMap { $0["milliseconds"] as? Double }.reduce(0, +)
      let total = try #require(profile["milliseconds"] as? Double)
      #expect(total > 0 && abs(sum - total) < 1e-6 * total)
      let steps = kinds.filter { $0["pass"] as? String == "step" }.compactMap {
        $0["kind"] as? String
      }
      #expect(Set(steps) == (kind == "train" ? ["packing", "loss", "check", "update"] : []))
    }
  }

  @Test("Files that hold no batch or no labels are refused by name")
  func refused() throws {
    let scratch = try ScratchFolder()
    let model = try World.shared.models[0]
    let flat = try Self.write(NumPyArray([1, 2, 3]), scratch, "flat.npy")
    let images = try Self.write(NumPyArray(Self.images), scratch, "x.npy")
    try GraftBinary.expectFailure(
      ["bench", "infer", "--model", model, "--images", flat], naming: ["flat.npy"])
    let two = try Self.write(NumPyArray([1, 2]), scratch, "two.npy")
    try GraftBinary.expectFailure(
      ["bench", "train", "--model", model, "--images", images, "--labels", two],
      naming: ["two.npy", "3"])
    let beyond = try Self.write(NumPyArray([1, 2, 10]), scratch, "beyond.npy")
    try GraftBinary.expectFailure(
      ["bench", "train", "--model", model, "--images", images, "--labels", beyond],
      naming: ["label 10"])
  }
}
