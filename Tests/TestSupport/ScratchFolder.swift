public import Foundation

/// A folder of its own for one test, removed at the end.
public final class ScratchFolder: Sendable {
  /// The folder.
  public let url: URL

  /// Makes the folder.
  public init() throws {
    url = FileManager.default.temporaryDirectory
      .appendingPathComponent("graft-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  /// A file or folder below it.
  public func callAsFunction(_ path: String) -> URL { url.appendingPathComponent(path) }

  /// Writes a file, making the folders above it.
  @discardableResult
  public func write(_ data: Data, to path: String) throws -> URL {
    let file = self(path)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try data.write(to: file)
    return file
  }

  /// Writes a text file, making the folders above it.
  @discardableResult
  public func write(_ text: String, to path: String) throws -> URL {
    try write(Data(text.utf8), to: path)
  }
}
