internal import Archives
internal import Foundation

extension DatasetReader {
  /// Tar shards as WebDataset names them: a file, a pattern, or a folder of them.
  static let tarShards = DatasetReader { (source) throws(DatasetError) in
    guard let shards = try TarShards.shards(source), !shards.isEmpty else { return nil }
    var index = TarShardIndex(source)
    for shard in shards { try index.add(shard) }
    return try index.dataset()
  }
}

/// Which files are the shards of a place.
private enum TarShards {
  /// Paths relative to the root, or nil where the place is none of shards.
  static func shards(_ source: DataSource) throws(DatasetError) -> [String]? {
    switch source.kind {
    case .file(let start):
      return source.ending == "tar" || TarArchive.matches(start) ? [source.name] : nil
    case .files(let names):
      let root = source.root.path + "/"
      return names.map { name in
        let path = URL(fileURLWithPath: name).path
        return path.hasPrefix(root) ? String(path.dropFirst(root.count)) : path
      }
    case .folder(let folder):
      if folder.folders.isEmpty { return tars(folder).isEmpty ? nil : tars(folder) }
      guard folder.folders.allSatisfy({ Split(folderName: $0) != nil }) else { return nil }
      var result = tars(folder)
      for name in folder.folders {
        let inner = try Folder(reading: folder.path + "/" + name)
        guard inner.folders.isEmpty else { return nil }
        result += tars(inner).map { name + "/" + $0 }
      }
      return result
    }
  }

  private static func tars(_ folder: Folder) -> [String] {
    folder.files.filter { $0.lowercased().hasSuffix(".tar") }
  }
}
