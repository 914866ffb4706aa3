public import Foundation

/// Where programs keep what they can obtain again.
public enum CacheHome {
  /// The user's cache folder: `XDG_CACHE_HOME` where it is an absolute path, else `~/.cache`.
  ///
  /// - Reference: XDG Base Directory Specification 0.8.
  public static func url(
    _ environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> URL {
    if let path = environment["XDG_CACHE_HOME"], path.hasPrefix("/") {
      return URL(fileURLWithPath: path, isDirectory: true)
    }
    return home(environment).appendingPathComponent(".cache", isDirectory: true)
  }

  /// Graft's own part of it.
  public static func graft(
    _ environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> URL {
    url(environment).appendingPathComponent("graft", isDirectory: true)
  }

  /// The user's home folder.
  public static func home(_ environment: [String: String]) -> URL {
    if let path = environment["HOME"], path.hasPrefix("/") {
      return URL(fileURLWithPath: path, isDirectory: true)
    }
    return FileManager.default.homeDirectoryForCurrentUser
  }
}
