public import Foundation

/// Where the real data sets and pre-trained weights lie that development tests read.
///
/// They are not part of the repository. `GRAFT_ASSETS` names their folder; without it the folder
/// `../shared` beside the checkout is used. Tests that need one skip with a clear word when it is
/// absent.
public enum ReferenceAssets {
  /// The root folder (with `data/`, `models/`, `fixtures/`), or nil where there is none.
  public static var root: URL? {
    let checkout = URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let path =
      ProcessInfo.processInfo.environment["GRAFT_ASSETS"].map { URL(fileURLWithPath: $0) }
      ?? checkout.deletingLastPathComponent().appendingPathComponent("shared")
    return FileManager.default.fileExists(atPath: path.path) ? path : nil
  }

  /// A file or folder below the root, or nil where it is absent.
  public static func url(_ relativePath: String) -> URL? {
    guard let url = root?.appendingPathComponent(relativePath) else { return nil }
    return FileManager.default.fileExists(atPath: url.path) ? url : nil
  }
}
