public import Datasets
import Foundation

/// What `graft draw` prints.
public struct DrawingSummary: Codable, Sendable, Equatable {
  /// The version of this value's written form.
  public static let schema = "graft.drawing/1"

  /// The version of the written form.
  public var schema = DrawingSummary.schema
  /// What was drawn, and from which seed.
  public var drawing: DrawnDataset
  /// The classes, sorted.
  public var classNames: [String]
  /// Images in all splits.
  public var imageCount: Int
  /// The folder.
  public var folder: String

  /// Summarises a drawn data set.
  public init(_ drawing: DrawnDataset, dataset: Dataset) {
    self.drawing = drawing
    classNames = dataset.classNames
    imageCount = dataset.samples.count
    folder = dataset.root.path
  }

  /// The summary as text.
  public var text: String {
    "Drew \(Wording.count(imageCount)) images of \(classNames.count) classes into \(folder).\n"
  }
}
