import Datasets
import Images
import Tensors
import Testing

/// What a loader makes of a picture while training is what the augmentation says for its seed, epoch
/// and sample.
struct AugmentedBatchTests {
  @Test func picturesAreVariedBySeedEpochAndSample() throws {
    let folder = try TemporaryFolder()
    for number in 0..<4 {
      let pixels = (0..<1200).map { UInt8(truncatingIfNeeded: $0 * (number + 5) + $0 / 60 * 31) }
      try folder.write(
        Image(width: 20, height: 20, pixels: pixels).pngData(),
        to: "\(number % 2 == 0 ? "a" : "b")/\(number).png")
    }
    let dataset = try Dataset.open(folder.url)
    let preprocessing = Preprocessing(imageSize: 12, cropPercent: 1)
    let erasing = RandomErasing(probability: 1, mode: .pixel)
    let augmentation = Augmentation(cropScale: 0.3...0.9, randomErasing: erasing)
    for (seed, epoch) in [(UInt64(3), 0), (3, 1), (8, 2)] {
      let loader = BatchLoader(
        dataset: dataset, preprocessing: preprocessing, augmentation: augmentation, batchSize: 4,
        seed: seed)
      let batch = try #require(loader.batches(epoch: epoch).next())
      for (slot, index) in batch.indices.enumerated() {
        let sample = dataset.samples[index]
        let square = augmentation.rendered(
          try dataset.loadImage(sample), by: preprocessing, seed: seed, epoch: epoch,
          sample: sample.id)
        var expected = [Float](repeating: 0, count: 12 * 12 * 3)
        expected.withUnsafeMutableBufferPointer {
          preprocessing.normalisation.write(square, to: $0)
          erasing.apply(
            to: $0, width: 12, height: 12, seed: seed, epoch: epoch, sample: sample.id)
        }
        let own = Array(batch.images.values[slot * 432..<(slot + 1) * 432])
        #expect(own == expected, "\(sample.id) of epoch \(epoch)")
      }
    }
  }
}
