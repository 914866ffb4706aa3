internal import Foundation

/// The names in one folder, hidden ones left out, sorted.
struct Folder: Sendable {
  /// Path of the folder.
  let path: String
  /// Names of regular files.
  private(set) var files: [String] = []
  /// Names of folders.
  private(set) var folders: [String] = []
  /// Names that are not UTF-8, mended so that they can be shown; nothing can be opened by them.
  private(set) var misnamed: [String] = []

  /// Lists a folder; links count as what they lead to, dangling ones are left out.
  init(reading path: String) throws(DatasetError) {
    self.path = path
    guard let stream = opendir(path) else {
      throw .unreadable(path: path, reason: String(cString: strerror(errno)))
    }
    defer { closedir(stream) }
    while let entry = readdir(stream) {
      let bytes = withUnsafeBytes(of: entry.pointee.d_name) { raw in
        Array(raw.prefix { $0 != 0 })
      }
      guard let name = String(validating: bytes, as: UTF8.self) else {
        misnamed.append(String(decoding: bytes, as: UTF8.self))
        continue
      }
      // "__MACOSX" is what zip files made on a Mac leave behind.
      guard !name.hasPrefix("."), name != "__MACOSX" else { continue }
      switch Int32(entry.pointee.d_type) {
      case Int32(DT_REG): files.append(name)
      case Int32(DT_DIR): folders.append(name)
      default:
        var status = stat()
        guard stat(path + "/" + name, &status) == 0 else { continue }
        if status.st_mode & S_IFMT == S_IFDIR { folders.append(name) }
        if status.st_mode & S_IFMT == S_IFREG { files.append(name) }
      }
    }
    files.sort()
    folders.sort()
    misnamed.sort()
  }

  /// What lies below a folder, relative to it, sorted.
  struct Tree {
    /// Every file.
    var files: [String] = []
    /// Every name that is not UTF-8, mended.
    var misnamed: [String] = []
  }

  /// Every file below a folder; a link back to a parent is not followed.
  static func filesBelow(_ path: String) throws(DatasetError) -> Tree {
    var found = Tree()
    try collect(path, prefix: "", parents: [], into: &found)
    found.files.sort()
    found.misnamed.sort()
    return found
  }

  private struct Identity: Hashable {
    let device: UInt64
    let node: UInt64
  }

  private static func collect(
    _ path: String, prefix: String, parents: Set<Identity>, into found: inout Tree
  ) throws(DatasetError) {
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw .unreadable(path: path, reason: String(cString: strerror(errno)))
    }
    let identity = Identity(device: UInt64(status.st_dev), node: UInt64(status.st_ino))
    guard !parents.contains(identity) else { return }
    let folder = try Folder(reading: path)
    found.files += folder.files.map { prefix + $0 }
    found.misnamed += folder.misnamed.map { prefix + $0 }
    for name in folder.folders {
      try collect(
        path + "/" + name, prefix: prefix + name + "/", parents: parents.union([identity]),
        into: &found)
    }
  }
}
