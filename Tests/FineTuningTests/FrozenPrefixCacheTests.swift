import Checkpoints
import Datasets
import FineTuning
import Foundation
import Images
import Networks
import Tensors
import TestSupport
import Testing

@Suite("Frozen prefix cache")
struct FrozenPrefixCacheTests {
  let task: TinyTask
  let network: Network
  let stage: String

  init() throws {
    task = try TinyTask(trainPerClass: 2, testPerClass: 1)
    network = task.model.network
    stage = network.graph.stages[1].name
  }

  @Test("A suffix trained on the cache moves to the bit as the whole above a frozen prefix does")
  func suffixIsWhole() throws {
    let cache = try cache(.float32)
    let whole = try TrainingPlan(
      network: network, batchSize: Self.rows.count,
      trainable: .from(stage: network.graph.stages[2].name))
    let suffix = try suffixPlan(cache)
    let (a, b) = try (
      train(whole) { try images() }, train(suffix) { cache.inputs(Self.rows) }
    )
    #expect(a == b)
    let (expected, found) = (whole.state(), suffix.state())
    for parameter in suffix.parameters {
      #expect(found[parameter.name] == expected[parameter.name], "\(parameter.name)")
      #expect(found[parameter.name] != network.state[parameter.name], "\(parameter.name) stayed")
    }
  }

  @Test("bfloat16 takes half the space and stays within its rounding")
  func bfloat16() throws {
    let (wide, narrow) = try (cache(.float32), cache(.bfloat16))
    let sizes = try ["float32", "bfloat16"].map {
      try Data(contentsOf: task.scratch("prefix.\($0)")).count
    }
    #expect(sizes[0] == 2 * sizes[1] && sizes[1] > 0)
    let (x, y) = (wide.inputs(Self.rows).values, narrow.inputs(Self.rows).values)
    #expect(x.contains { $0 != 0 } && x != y)
    for (a, b) in zip(x, y) { #expect(abs(a - b) <= abs(a) * 0x1p-8) }
    // Rounding of the inputs by 2⁻⁸ at most, at random: the losses of three steps stay within 1 %.
    let (a, b) = try (
      train(suffixPlan(wide)) { wide.inputs(Self.rows) },
      train(suffixPlan(narrow)) { narrow.inputs(Self.rows) }
    )
    for (p, q) in zip(a, b) { #expect(abs(p - q) < 0.01 * p, "\(a), \(b)") }
  }

  static let rows = [(row: 3, view: 0), (row: 0, view: 0), (row: 11, view: 0), (row: 5, view: 0)]

  private func cache(_ precision: FrozenPrefixCache.Precision) throws -> FrozenPrefixCache {
    try FrozenPrefixCache(
      prefix: network.prefix(through: stage), dataset: task.dataset,
      preprocessing: Preprocessing(task.model.card.input), augmentation: nil, viewCount: 1,
      batchSize: 4, seed: 1, precision: precision,
      file: task.scratch("prefix.\(precision.rawValue)"), events: { _ in },
      cancellation: Cancellation())
  }

  private func images() throws -> Tensor {
    let loader = BatchLoader(
      dataset: task.dataset.subset(at: Self.rows.map(\.row)),
      preprocessing: Preprocessing(task.model.card.input), batchSize: Self.rows.count)
    return try #require(loader.batches().next()).images
  }

  private func suffixPlan(_ cache: FrozenPrefixCache) throws -> TrainingPlan {
    try TrainingPlan(
      network: network.suffix(after: stage, input: cache.shape), batchSize: Self.rows.count)
  }

  private func train(_ plan: TrainingPlan, on inputs: () throws -> Tensor) throws -> [Double] {
    var sgd = SGD()
    return try (0..<3).map { _ in
      let loss = try plan.step(images: inputs(), labels: [0, 1, 2, 3]).loss
      plan.apply(&sgd, learningRate: 0.01)
      return loss
    }
  }
}
