public import Foundation

/// How long files are.
public enum FileSize {
  /// The bytes of a file; 0 where it cannot be looked at.
  public static func bytes(of file: URL) -> Int {
    var status = stat()
    return stat(file.path, &status) == 0 ? Int(status.st_size) : 0
  }
}
