import Checkpoints
import Foundation

extension FuzzTarget {
  /// A file of features, with its rows read where there are few.
  static let features = FuzzTarget(name: "features") { bytes in
    let mapping = FileMapping(copying: bytes)
    let file = try FeatureFile.parse(mapping, of: URL(fileURLWithPath: "features"), labels: nil)
    for rows in [file.features, file.sourceProbabilities].compactMap({ $0 }) {
      for row in 0..<min(rows.count, 16) where rows.width <= 1 << 16 {
        withUnsafeTemporaryAllocation(of: Float.self, capacity: rows.width) {
          rows.read(row..<(row + 1), into: $0)
        }
      }
    }
  }

  /// A file of labels: an array, lines or a table.
  static let labels = FuzzTarget(name: "labels", mayEndAnywhere: true) { bytes in
    try FileMapping(copying: bytes).withBytes { _ = try LabelColumn.parse($0) }
  }
}
