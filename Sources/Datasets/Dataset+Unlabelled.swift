internal import Foundation

extension Dataset {
  /// Pictures whose classes nobody says: what a model is asked to name.
  ///
  /// A folder stands for the JPEG and PNG files below it, sorted, whether in folders of classes or
  /// not. A place that stands alone and is a list (`.csv`, `.tsv`), shards, or an array of pictures is
  /// opened as any data set, whose labels then mean nothing. Every other path is taken for a picture,
  /// even where there is none: loading it tells.
  ///
  /// - Parameter places: paths; samples have them, or what lies below them, as ids.
  /// - Throws: `DatasetError` for a folder that can't be listed or holds nothing that is read.
  public static func unlabelled(_ places: [String]) throws(DatasetError) -> Dataset {
    var ids: [String] = []
    for place in places {
      if places.count == 1, holdsPictures(place) {
        return try open(URL(fileURLWithPath: place))
      }
      guard isFolder(place) else {
        ids.append(place)
        continue
      }
      let found = try Folder.filesBelow(place).files.filter { PictureEnding.isRead($0) }
      if found.isEmpty {
        // A folder of shards or arrays, or nothing; then this says what is there.
        let whole = try open(URL(fileURLWithPath: place))
        guard places.count == 1 else { throw .notAlone(path: place) }
        return whole
      }
      ids += found.map { (place.hasSuffix("/") ? place : place + "/") + $0 }
    }
    return Dataset(
      name: "pictures", path: places.joined(separator: " "),
      root: URL(
        fileURLWithPath: FileManager.default.currentDirectoryPath, isDirectory: true),
      classNames: ["unknown"],
      samples: ids.map { Sample(id: $0, label: 0, split: .test) }, otherFiles: [])
  }

  private static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// Whether a path names a file of many pictures, by its ending or its braces.
  private static func holdsPictures(_ path: String) -> Bool {
    let endings: Set<String> = ["csv", "tsv", "npz", "tar", "gz", "tgz", "bin"]
    return endings.contains(PictureEnding.ending(path)) || path.hasSuffix("ubyte")
      || BracePattern.names(path) != nil
  }
}
