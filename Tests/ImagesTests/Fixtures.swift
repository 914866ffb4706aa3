import Foundation
import Images
import Testing

/// The files that `Tests/Reference/images.py` wrote.
enum Fixtures {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Fixtures")

  /// Reads a binary PPM as that script writes it.
  static func ppm(_ path: String) throws -> Image {
    let data = try Data(contentsOf: root.appendingPathComponent(path))
    let header = data.split(separator: 10, maxSplits: 3)
    let sizes = String(decoding: header[1], as: UTF8.self).split(separator: " ").compactMap {
      Int($0)
    }
    let pixels = [UInt8](data.suffix(sizes[0] * sizes[1] * 3))
    return Image(width: sizes[0], height: sizes[1], pixels: pixels)
  }

  static func names(in folder: String, ending: String) -> [String] {
    let all = try? FileManager.default.contentsOfDirectory(
      atPath: root.appendingPathComponent(folder).path)
    return (all ?? []).filter { $0.hasSuffix(ending) }.sorted()
  }
}

/// The largest difference of two pictures of the same size; nil when the sizes differ.
func largestDifference(_ a: Image, _ b: Image) -> Int? {
  guard a.width == b.width, a.height == b.height else { return nil }
  return zip(a.pixels, b.pixels).map { abs(Int($0) - Int($1)) }.max()
}
