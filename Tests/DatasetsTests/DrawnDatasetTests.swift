import Datasets
import Foundation
import Images
import Testing

struct DrawnDatasetTests {
  @Test(arguments: DrawnDataset.Family.allCases)
  func drawsEveryClassDifferently(_ family: DrawnDataset.Family) {
    let drawn = DrawnDataset(family: family, size: 32, seed: 4)
    var hashes = Set<Int>()
    for name in family.classNames {
      for index in 0..<5 {
        for split in [Split.train, .test] {
          let image = drawn.image(className: name, split: split, index: index)
          #expect(image.width == 32 && image.height == 32)
          #expect(Set(image.pixels).count > 20, "\(name) \(index) is nearly blank")
          hashes.insert(image.hashValue)
        }
      }
    }
    #expect(hashes.count == family.classNames.count * 10)
  }

  @Test func picturesFollowFromTheSeed() {
    let drawn = DrawnDataset(family: .shapes, seed: 9)
    let image = drawn.image(className: "star", split: .train, index: 3)
    #expect(image == drawn.image(className: "star", split: .train, index: 3))
    let other = DrawnDataset(family: .shapes, seed: 10)
    #expect(image != other.image(className: "star", split: .train, index: 3))
  }

  @Test func writesWhatItDraws() throws {
    let folder = try TemporaryFolder()
    let drawn = DrawnDataset(family: .textures, trainPerClass: 2, testPerClass: 1, size: 16)
    let dataset = try drawn.write(to: folder.url)
    #expect(dataset.classNames == DrawnDataset.Family.textures.classNames)
    #expect(dataset.classCounts(in: .train) == [Int](repeating: 2, count: 8))
    #expect(dataset.classCounts(in: .test) == [Int](repeating: 1, count: 8))
    let sample = try #require(dataset.samples.first { $0.id == "train/checks/00001.png" })
    #expect(
      try dataset.loadImage(sample)
        == drawn.image(className: "checks", split: .train, index: 1))
  }

  @Test func aFolderThatCannotBeMadeIsNamed() throws {
    let folder = try TemporaryFolder()
    try folder.write("x".utf8, to: "file")
    let error = #expect(throws: DatasetError.self) {
      try DrawnDataset(family: .letters).write(to: folder.url.appendingPathComponent("file"))
    }
    guard case .unwritable(let path, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(path.contains("file/train/A"))
  }
}
