import Checkpoints
import Datasets
import FineTuning
import Foundation
import Images
import Networks
import Tensors
import TestSupport
import Testing

@Suite("Embeddings of a data set")
struct EmbeddingTests {
  private func embed(_ task: TinyTask, batchSize: Int = 16, cache: Bool) throws -> EmbeddedDataset {
    try EmbeddedDataset.compute(
      try Dataset.open(task.dataset.root), model: task.model,
      options: EmbeddingOptions(
        batchSize: batchSize, cacheFolder: cache ? task.scratch("cache") : nil),
      events: { _ in }, cancellation: Cancellation())
  }

  @Test("Kept embeddings are those that were computed, and a changed file makes them void")
  func cache() throws {
    let task = try TinyTask(trainPerClass: 2, testPerClass: 1)
    try task.scratch.write("no picture", to: "data/train/checks/broken.png")
    let fresh = try embed(task, cache: true)
    #expect(fresh.imagesPerSecond != nil)
    #expect(fresh.embeddings.count == 24)
    #expect(fresh.unreadable.count == 1)
    let kept = try embed(task, cache: true)
    #expect(kept.imagesPerSecond == nil)
    #expect(kept.embeddings.features.values == fresh.embeddings.features.values)
    #expect(kept.embeddings.labels == fresh.embeddings.labels)
    #expect(kept.embeddings.paths == fresh.embeddings.paths)
    #expect(kept.embeddings.classNames == fresh.embeddings.classNames)
    #expect(
      kept.embeddings.sourceProbabilities?.values == fresh.embeddings.sourceProbabilities?.values)
    #expect(kept.unreadable == fresh.unreadable)

    let sample = task.dataset.samples[0]
    let other = task.dataset.samples[task.dataset.samples.count - 1]
    let picture = try #require(task.dataset.url(of: other))
    try Data(contentsOf: picture).write(to: try #require(task.dataset.url(of: sample)))
    let changed = try embed(task, cache: true)
    #expect(changed.imagesPerSecond != nil, "a changed picture must be seen")
    #expect(changed.embeddings.features.values != fresh.embeddings.features.values)
  }

  @Test("A damaged cache file costs time and nothing else")
  func damagedCache() throws {
    let task = try TinyTask(trainPerClass: 1, testPerClass: 1)
    let fresh = try embed(task, cache: true)
    let names = try FileManager.default.contentsOfDirectory(atPath: task.scratch("cache").path)
    #expect(names.count == 1)
    for name in names { try Data("PK".utf8).write(to: task.scratch("cache/\(name)")) }
    let again = try embed(task, cache: true)
    #expect(again.imagesPerSecond != nil)
    #expect(again.embeddings.features.values == fresh.embeddings.features.values)
  }

  @Test("Batch size makes no difference")
  func batchSize() throws {
    let task = try TinyTask(trainPerClass: 2, testPerClass: 1)
    let one = try embed(task, batchSize: 1, cache: false)
    let many = try embed(task, batchSize: 7, cache: false)
    #expect(one.embeddings.features.values == many.embeddings.features.values)
  }

  @Test(
    "Embeddings of another precision are kept apart",
    .enabled(if: Precision.float16.refusal == nil, "this processor has no AVX512_FP16"))
  func precision() throws {
    let task = try TinyTask(trainPerClass: 2, testPerClass: 1)
    func embed(_ precision: Precision) throws -> EmbeddedDataset {
      try EmbeddedDataset.compute(
        task.dataset, model: task.model,
        options: EmbeddingOptions(cacheFolder: task.scratch("cache"), precision: precision),
        events: { _ in }, cancellation: Cancellation())
    }
    let single = try embed(.float32)
    let half = try embed(.float16)
    #expect(half.imagesPerSecond != nil)
    #expect(half.embeddings.features.values != single.embeddings.features.values)
    let again = try embed(.float16)
    #expect(again.imagesPerSecond == nil)
    #expect(again.embeddings.features.values == half.embeddings.features.values)
  }

  @Test("A stop leaves no half-filled cache")
  func stopped() throws {
    let task = try TinyTask(trainPerClass: 1, testPerClass: 1)
    let cancellation = Cancellation()
    cancellation.cancel()
    #expect(throws: CancellationError.self) {
      try EmbeddedDataset.compute(
        task.dataset, model: task.model,
        options: EmbeddingOptions(cacheFolder: task.scratch("cache")), events: { _ in },
        cancellation: cancellation)
    }
    #expect(!FileManager.default.fileExists(atPath: task.scratch("cache").path))
  }

  @Test("Frozen prefix and suffix together are the whole network", arguments: [0, 2])
  func prefixCache(boundary: Int) throws {
    let task = try TinyTask(trainPerClass: 2, testPerClass: 1)
    let network = task.model.network
    let stage = network.graph.stages[boundary].name
    let preprocessing = Preprocessing(task.model.card.input)
    let cache = try FrozenPrefixCache(
      prefix: network.prefix(through: stage), dataset: task.dataset, preprocessing: preprocessing,
      augmentation: Augmentation(), viewCount: 2, batchSize: 5, seed: 1,
      file: task.scratch("prefix.f32"), events: { _ in }, cancellation: Cancellation())
    #expect(cache.viewCount == 2)
    #expect(cache.labels == task.dataset.samples.map(\.label))
    let rows = [3, 0, 11]
    let suffix = try InferencePlan(
      network: try network.suffix(after: stage, input: cache.shape), batchSize: 4,
      inputShape: cache.shape, outputs: [.logits])
    let joined = try suffix.run(cache.inputs(rows.map { (row: $0, view: 0) }))[0].values
    let loader = BatchLoader(
      dataset: task.dataset.subset(at: rows), preprocessing: preprocessing, batchSize: 4)
    let batch = try #require(loader.batches().next())
    let whole = try InferencePlan(
      network: network, batchSize: 4, imageHeight: 32, imageWidth: 32, outputs: [.logits]
    ).run(batch.images)[0].values
    #expect(joined.count == whole.count)
    let scale = whole.map(abs).max() ?? 1
    for (a, b) in zip(joined, whole) { #expect(abs(a - b) <= 1e-5 * scale) }
    let varied = try suffix.run(cache.inputs(rows.map { (row: $0, view: 1) }))[0].values
    #expect(varied != joined, "the second view is drawn by the augmentation")
  }
}
