public import Foundation
public import Images

/// A small labelled data set that Graft draws itself from a seed, for demonstrations and tests
/// without a network.
///
/// Every picture differs in colours, contrast, place, size, angle, background, distractors and
/// noise; some are partly covered. Pixels alone say little about the class (colour nothing), so a
/// linear classifier on pixels does badly and a small convolutional network well.
public struct DrawnDataset: Sendable, Hashable, Codable {
  /// What is drawn; a network trained on one family can be transferred to another.
  public enum Family: String, Sendable, Hashable, Codable, CaseIterable {
    /// Ten filled outlines at any angle.
    case shapes
    /// Ten letters of straight strokes, nearly upright.
    case letters
    /// Eight patterns that fill the picture, at any angle.
    case textures

    /// The classes, sorted.
    public var classNames: [String] {
      switch self {
      case .shapes: Outline.allCases.map(\.rawValue).sorted()
      case .letters: Letter.strokes.keys.sorted()
      case .textures: Texture.allCases.map(\.rawValue).sorted()
      }
    }
  }

  /// What is drawn.
  public var family: Family
  /// Training pictures of each class.
  public var trainPerClass: Int
  /// Test pictures of each class.
  public var testPerClass: Int
  /// Pixels of a side.
  public var size: Int
  /// Drives everything.
  public var seed: UInt64

  /// A data set to be drawn.
  public init(
    family: Family, trainPerClass: Int = 100, testPerClass: Int = 30, size: Int = 32,
    seed: UInt64 = 0
  ) {
    precondition(trainPerClass > 0 && testPerClass >= 0, "DrawnDataset: counts")
    precondition(size >= 8, "DrawnDataset: \(size) pixels a side")
    self.family = family
    self.trainPerClass = trainPerClass
    self.testPerClass = testPerClass
    self.size = size
    self.seed = seed
  }

  /// Draws one picture; it depends on family, size, seed and these arguments alone.
  public func image(className: String, split: Split, index: Int) -> Image {
    var random = DrawingRandom(
      seed: seed, key: "drawing/\(family.rawValue)/\(split.rawValue)/\(className)/\(index)")
    let scene = Scene(family: family, className: className, random: &random)
    return scene.rendered(size: size, random: &random)
  }

  /// Draws everything into `folder`/train/CLASS/00000.png and `folder`/test/CLASS/…, and opens it.
  ///
  /// - Throws: `DatasetError.unwritable` naming the path.
  public func write(to folder: URL) throws(DatasetError) -> Dataset {
    for (split, count) in [(Split.train, trainPerClass), (.test, testPerClass)] where count > 0 {
      for className in family.classNames {
        let path = folder.appendingPathComponent(split.rawValue).appendingPathComponent(className)
        try Self.attempt(path.path) {
          try FileManager.default.createDirectory(at: path, withIntermediateDirectories: true)
        }
        for index in 0..<count {
          let number = String(format: "%05d.png", index)
          let picture = image(className: className, split: split, index: index)
          try Self.attempt(path.appendingPathComponent(number).path) {
            try picture.pngData().write(to: path.appendingPathComponent(number))
          }
        }
      }
    }
    return try Dataset.open(folder)
  }

  private static func attempt(_ path: String, _ work: () throws -> Void) throws(DatasetError) {
    do { try work() } catch {
      throw .unwritable(path: path, reason: error.localizedDescription)
    }
  }
}
