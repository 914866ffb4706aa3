import Foundation
import Images

/// A folder of its own for one test, removed at the end.
final class TemporaryFolder {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory
      .appendingPathComponent("graft-datasets-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  /// Writes a file, making the folders above it.
  func write(_ bytes: some Sequence<UInt8>, to path: String) throws {
    let file = url.appendingPathComponent(path)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: file)
  }

  /// Writes a one-colour PNG of 4 × 3 pixels; different numbers give different pictures.
  func picture(_ path: String, _ number: Int = 0) throws {
    let colour = [UInt8(number & 255), UInt8(number >> 8 & 255), 77]
    let pixels = (0..<12).flatMap { _ in colour }
    try write(Image(width: 4, height: 3, pixels: pixels).pngData(), to: path)
  }

  /// `count` different pictures in a class folder.
  func pictures(_ folder: String, _ count: Int, from first: Int = 0) throws {
    for index in 0..<count { try picture("\(folder)/\(index).png", first + index) }
  }
}
