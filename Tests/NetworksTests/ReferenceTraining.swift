import Foundation
import Networks
import Tensors
import Testing

/// What PyTorch and timm compute for the training of one linear layer: `Fixtures/training.json`, written
/// by `Tests/Reference/training.py`.
struct ReferenceTraining: Decodable {
  struct LossCase: Decodable {
    let loss: Double
    let gradients: [String: [Double]]
  }

  struct Trajectory: Decodable {
    /// The loss before each step.
    let losses: [Double]
    /// Projections of the parameters after the last.
    let weights: [String: [Double]]
  }

  struct Minimum: Decodable {
    let value: Double
    let weights: [String: [Double]]
  }

  let losses: [String: LossCase]
  let trajectories: [String: Trajectory]
  let averages: [String: [String: [Double]]]
  let minimum: Minimum
  let schedules: [String: [Double]]

  /// Float32 against the reference's double precision, over ten steps.
  static let tolerance = 2e-6
  static let classCount = 7
  static let labels = [1, 6, 0, 3]
  static let features = uniform("features", [4, 64], -1...1)
  static let targets = uniform("targets", [4, classCount], 0...1)

  static func load() throws -> ReferenceTraining {
    let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Fixtures/training.json")
    return try JSONDecoder().decode(ReferenceTraining.self, from: Data(contentsOf: url))
  }

  /// The linear layer: a network's head on its features.
  static func network() throws -> Network {
    let head = try Network.initialised(
      architecture: "resnet20_cifar", classCount: classCount, seed: 0
    ).suffix(after: "features")
    return try head.withState(
      StateDict(head.graph.parameters.map { ($0.name, uniform($0.name, $0.shape, -0.5...0.5)) }))
  }

  static func plan(loss: any Loss = CrossEntropy()) throws -> TrainingPlan {
    try TrainingPlan(network: network(), batchSize: 4, loss: loss)
  }

  /// Compares tensors with their projections.
  static func check(
    _ tensors: StateDict, against expected: [String: [Double]],
    tolerance: Double = ReferenceTraining.tolerance,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    #expect(!expected.isEmpty, sourceLocation: sourceLocation)
    for (name, wanted) in expected {
      let values = try #require(tensors[name], sourceLocation: sourceLocation).values
      let found = ReferenceNetwork.projections(name, values)
      let error = ReferenceNetwork.difference(found, wanted)
      #expect(
        error < tolerance, "\(name): \(found), expected \(wanted)", sourceLocation: sourceLocation)
    }
  }

  private static func uniform(
    _ key: String, _ shape: [Int], _ range: ClosedRange<Double>
  ) -> Tensor {
    let random = CounterRandom(seed: 30, key: key)
    let width = range.upperBound - range.lowerBound
    return Tensor(
      shape: shape,
      values: (0..<Tensor.count(of: shape)).map {
        Float(range.lowerBound + width * random.uniform(at: UInt64($0)))
      })
  }
}
