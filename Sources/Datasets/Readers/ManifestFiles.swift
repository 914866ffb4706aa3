internal import Archives
internal import Foundation

extension DatasetReader {
  /// A `.csv` or `.tsv` file that lists pictures.
  static let manifest = DatasetReader { (source) throws(DatasetError) in
    guard ["csv", "tsv"].contains(source.ending) else { return nil }
    let mapping: FileMapping
    do throws(FileError.Problem) {
      mapping = try FileMapping(URL(fileURLWithPath: source.path))
    } catch {
      throw .file(source.path, error)
    }
    let manifest: Manifest
    do throws(LineProblem) {
      manifest = try mapping.withBytes { (bytes) throws(LineProblem) in
        try Manifest(bytes, preferred: UInt8(ascii: source.ending == "tsv" ? "\t" : ","))
      }
    } catch {
      throw .manifest(path: source.path, line: error.line, detail: error.detail)
    }
    return try ManifestFiles(manifest, source).dataset()
  }
}

/// The files that a manifest lists, relative to the folder it lies in.
private struct ManifestFiles {
  /// Endings that are tried where a manifest leaves them out.
  private static let endings = ["", ".jpg", ".jpeg", ".png", ".JPG", ".JPEG", ".PNG"]

  private let source: DataSource
  private var assembly: DatasetAssembly
  private var missing: [String] = []
  private var unlabelled: [String] = []
  private var repeated: [String] = []
  private var conflicting: [String] = []

  /// Looks for the files.
  init(_ manifest: Manifest, _ source: DataSource) {
    self.source = source
    assembly = DatasetAssembly(source)
    let folder = source.root.path + "/"
    var places: [String: Int] = [:]
    for row in manifest.rows {
      let written = row.path.hasPrefix("./") ? String(row.path.dropFirst(2)) : row.path
      guard let id = Self.file(written, in: folder) else {
        missing.append(written)
        continue
      }
      guard !row.label.isEmpty else {
        unlabelled.append(id)
        continue
      }
      let picture = LabelledPicture(
        id: id, className: row.label, split: row.split ?? .train, group: row.group)
      if let place = places[id] {
        let first = assembly.pictures[place]
        if first.className == picture.className && first.split == picture.split {
          repeated.append(id)
        } else {
          conflicting.append(id)
        }
        continue
      }
      places[id] = assembly.pictures.count
      assembly.pictures.append(picture)
    }
    assembly.findings = findings(rowCount: manifest.rows.count)
  }

  /// The data set.
  func dataset() throws(DatasetError) -> Dataset {
    guard !assembly.pictures.isEmpty else {
      guard let first = missing.first else { throw .empty(path: source.path) }
      throw .file(
        source.path,
        .unsupported(
          "none of its \(missing.count) files is there (the first is \(first)); paths are relative to"
            + " the folder of the manifest"))
    }
    return try assembly.dataset()
  }

  /// The path as the file is found: as written, with slashes for backslashes, or with an ending.
  private static func file(_ path: String, in folder: String) -> String? {
    var spellings = [path]
    if path.contains("\\") { spellings.append(path.replacingOccurrences(of: "\\", with: "/")) }
    for spelling in spellings {
      for ending in endings {
        let name = spelling + ending
        var status = stat()
        guard stat(name.hasPrefix("/") ? name : folder + name, &status) == 0,
          status.st_mode & S_IFMT == S_IFREG
        else { continue }
        return name
      }
    }
    return nil
  }

  private func findings(rowCount: Int) -> [DataFinding] {
    var result: [DataFinding] = []
    if !missing.isEmpty {
      result.append(
        DataFinding(
          code: .missingFile, severity: .warning,
          message: "\(missing.count) of the \(rowCount) files in \(source.name)"
            + " \(missing.count == 1 ? "is" : "are") not there and left out; paths are relative to the"
            + " folder of the manifest.",
          paths: missing.sorted()))
    }
    if !unlabelled.isEmpty {
      result.append(
        DataFinding(
          code: .leftOut, severity: .info,
          message: "\(unlabelled.count) row\(unlabelled.count == 1 ? "" : "s") of \(source.name)"
            + " name\(unlabelled.count == 1 ? "s" : "") no class and \(unlabelled.count == 1 ? "is" : "are")"
            + " left out.",
          paths: unlabelled.sorted()))
    }
    if !repeated.isEmpty {
      result.append(
        DataFinding(
          code: .duplicateExact, severity: .info,
          message:
            "\(source.name) lists \(repeated.count) row\(repeated.count == 1 ? "" : "s") more"
            + " than once; each picture counts once.",
          paths: repeated.sorted()))
    }
    if !conflicting.isEmpty {
      result.append(
        DataFinding(
          code: .labelConflict, severity: .error,
          message: "\(source.name) lists \(conflicting.count) picture"
            + "\(conflicting.count == 1 ? "" : "s") again with another class or split; the first row"
            + " counts. A picture has one class here: correct the rows.",
          paths: conflicting.sorted()))
    }
    return result
  }
}
