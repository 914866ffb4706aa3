internal import Foundation
internal import Images

/// What lies at the place that somebody calls his data.
struct DataSource: Sendable {
  /// The kinds of thing that a path can lead to.
  enum Kind: Sendable {
    /// A folder, listed.
    case folder(Folder)
    /// A file, with its first 512 bytes (fewer where it is shorter).
    case file(start: [UInt8])
    /// Files that a pattern with braces names, in its order; each is there.
    case files([String])
  }

  /// The path as it was given.
  let path: String
  /// What is there.
  let kind: Kind

  /// Looks at a place.
  ///
  /// - Throws: `.notFound` where there is nothing, `.unreadable` where the system refuses.
  init(_ url: URL) throws(DatasetError) {
    path = url.path
    var status = stat()
    guard stat(path, &status) == 0 else {
      // A link that leads nowhere or in a circle exists and cannot be followed.
      if lstat(path, &status) == 0 {
        throw .unreadable(path: path, reason: "a link that leads nowhere")
      }
      guard let names = BracePattern.names(path) else { throw .notFound(path: path) }
      for name in names where stat(name, &status) != 0 { throw .notFound(path: name) }
      kind = .files(names)
      return
    }
    if status.st_mode & S_IFMT == S_IFDIR {
      kind = .folder(try Folder(reading: path))
    } else {
      do {
        kind = .file(start: try FileBytes.read(path, limit: 512))
      } catch {
        guard case .unreadable(_, let reason) = error else { throw .notAFolder(path: path) }
        throw .unreadable(path: path, reason: reason)
      }
    }
  }

  /// The last part of the path.
  var name: String { (path as NSString).standardizingPath.lastComponent }

  /// What a data set from here is called: the name, of files without their endings.
  var title: String {
    if case .folder = kind { return name }
    var title = name
    for ending in [".gz", ".tar", ".csv", ".tsv", ".npz"] where title.lowercased().hasSuffix(ending)
    {
      title.removeLast(ending.count)
    }
    return title
  }

  /// The ending of a file's name in lower case, "gz" for `x.tar.gz`; empty for folders.
  var ending: String {
    guard case .file = kind else { return "" }
    return PictureEnding.ending(name)
  }

  /// The folder itself, or the one that the file lies in, or all files of a pattern lie below.
  var root: URL {
    if case .folder = kind { return URL(fileURLWithPath: path, isDirectory: true) }
    let fixed = path.prefix { $0 != "{" }
    let folder = fixed[..<(fixed.lastIndex(of: "/") ?? fixed.startIndex)]
    if case .files = kind { return URL(fileURLWithPath: folder + "/", isDirectory: true) }
    return URL(fileURLWithPath: (path as NSString).deletingLastPathComponent, isDirectory: true)
  }
}

extension String {
  /// The last part between slashes; empty where there is none.
  var lastComponent: String { split(separator: "/").last.map(String.init) ?? "" }
}
