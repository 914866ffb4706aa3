import Datasets
import Foundation
import Images
import Tensors
import TestSupport
import Testing

@Suite(.enabled(if: ReferenceAssets.url("data") != nil, "shared assets absent"))
struct SharedDataTests {
  /// Folder, classes, training and test pictures, as `ASSETS.md` lists them.
  static let expected: [(String, Int, Int, Int)] = [
    ("clothing", 10, 1275, 293), ("flowers5", 5, 1500, 716), ("caltech101", 100, 1500, 796),
    ("weather", 4, 840, 281), ("signlang", 10, 1465, 571), ("bccd", 3, 1037, 462),
    ("magtile", 6, 509, 266), ("fashion", 10, 1500, 800), ("mnist5k", 10, 1500, 800),
    ("digits8", 10, 1269, 528), ("quickdraw3", 3, 1500, 798), ("omniglot", 242, 1452, 937),
  ]

  @Test(arguments: expected)
  func everyDataSetOpens(_ name: String, classes: Int, train: Int, test: Int) throws {
    let url = try #require(ReferenceAssets.url("data/\(name)"))
    let dataset = try Dataset.open(url)
    #expect(dataset.name == name)
    #expect(dataset.classNames.count == classes)
    #expect(dataset.classNames == dataset.classNames.sorted())
    #expect(dataset.subset(of: .train).samples.count == train)
    #expect(dataset.subset(of: .test).samples.count == test)
    #expect(
      dataset.splits == (name == "clothing" ? [.train, .validation, .test] : [.train, .test]))
  }

  @Test(arguments: expected)
  func everyFirstBatchLoads(_ name: String, classes: Int, train: Int, test: Int) throws {
    let url = try #require(ReferenceAssets.url("data/\(name)"))
    let loader = BatchLoader(
      dataset: try Dataset.open(url), preprocessing: Preprocessing(imageSize: 32), batchSize: 16,
      isShuffled: true)
    let batch = try #require(loader.batches().next())
    #expect(batch.images.shape == [16, 32, 32, 3])
    #expect(batch.labels == batch.indices.map { loader.dataset.samples[$0].label })
    #expect(!batch.images.values.contains { !$0.isFinite })
  }
}
