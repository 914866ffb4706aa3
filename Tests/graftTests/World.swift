import Datasets
import Foundation
import TestSupport

/// A drawn data set, two networks with random weights and a finished run, made once for all tests.
struct World {
  let scratch: ScratchFolder
  let data: String
  let models: [String]
  let features: String
  let run: String

  static let made = Result { try World() }
  static var shared: World { get throws { try made.get() } }

  struct Broken: Error, CustomStringConvertible {
    let description: String
  }

  private init() throws {
    scratch = try ScratchFolder()
    data = scratch("data").path
    features = scratch("features.npz").path
    run = scratch("run").path
    _ = try DrawnDataset(family: .textures, trainPerClass: 6, testPerClass: 2, seed: 7)
      .write(to: scratch("data"))
    models = ["resnet20_cifar", "resnet32_cifar"].map { [scratch] in scratch($0).path }
    for (model, path) in zip(["resnet20_cifar", "resnet32_cifar"], models) {
      try Self.call(["models", "init", "--arch", model, "--seed", "3", "-o", path])
    }
    try Self.call(["embed", data, "--model", models[0], "-o", features])
    try Self.call([
      "run", data, "--model", models[0], "--regime", "linear-probe", "-o", run,
    ])
  }

  private static func call(_ arguments: [String]) throws {
    let outcome = try GraftBinary.run(arguments)
    guard outcome.status == 0 else {
      throw Broken(description: "\(arguments): \(outcome.status) \(outcome.errors)")
    }
  }

  /// A picture of the data set.
  var picture: String {
    get throws {
      let folder = scratch("data/test")
      let name = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()[0]
      return folder.appendingPathComponent("\(name)/00000.png").path
    }
  }
}
