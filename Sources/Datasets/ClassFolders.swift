internal import Foundation
internal import Images

/// Reads a folder per class, with or without folders of splits above them.
enum ClassFolders {
  private static let readEndings: Set<String> = ["jpg", "jpeg", "jpe", "jfif", "png"]

  /// The files of one class folder.
  private struct ClassFolder {
    let name: String
    let split: Split
    var images: [String] = []
    var others: [String] = []
  }

  static func dataset(in root: URL, folder: Folder) throws(DatasetError) -> Dataset {
    var findings: [DataFinding] = []
    let classFolders = try classFolders(in: folder, findings: &findings)
    guard classFolders.contains(where: { !$0.images.isEmpty }) else {
      let loose = folder.files.filter { isImage(folder.path, $0) }.count
      guard loose == 0 else { throw .noClassFolders(path: folder.path, imageCount: loose) }
      throw .empty(path: folder.path)
    }
    let classNames = try classNames(of: classFolders, in: folder, findings: &findings)
    let labels = Dictionary(uniqueKeysWithValues: zip(classNames, classNames.indices))
    var samples: [Sample] = []
    for folder in classFolders {
      guard let label = labels[folder.name] else { continue }
      samples += folder.images.map { Sample(id: $0, label: label, split: folder.split) }
    }
    let order = Dictionary(uniqueKeysWithValues: zip(Split.allCases, 0...))
    samples.sort {
      ((order[$0.split] ?? 0), $0.label, $0.id) < ((order[$1.split] ?? 0), $1.label, $1.id)
    }
    return Dataset(
      name: root.standardizedFileURL.lastPathComponent, root: root, classNames: classNames,
      samples: samples, findings: findings, otherFiles: classFolders.flatMap(\.others).sorted())
  }

  /// Finds the class folders: below split folders if that is how the root is laid out.
  private static func classFolders(
    in root: Folder, findings: inout [DataFinding]
  ) throws(DatasetError) -> [ClassFolder] {
    var splitFolders: [(split: Split, folder: Folder)] = []
    for name in root.folders {
      guard let split = Split(folderName: name) else { continue }
      splitFolders.append((split, try Folder(reading: root.path + "/" + name)))
    }
    // A class may be called "train" (as in the railway): a split holds folders, and is either
    // accompanied by another split or alone in the root.
    let isSplit =
      !splitFolders.isEmpty && splitFolders.allSatisfy { !$0.folder.folders.isEmpty }
      && (splitFolders.count > 1 || root.folders.count == 1)
    var result: [ClassFolder] = []
    var leftOut: [String] = []
    if isSplit {
      for (split, folder) in splitFolders {
        let prefix = (folder.path as NSString).lastPathComponent + "/"
        for name in folder.folders {
          result.append(try classFolder(root.path, prefix + name, name: name, split: split))
        }
        leftOut += folder.files.filter { isImage(folder.path, $0) }.map { prefix + $0 }
      }
      leftOut += root.folders.filter { Split(folderName: $0) == nil }.map { $0 + "/" }
    } else {
      for name in root.folders {
        result.append(try classFolder(root.path, name, name: name, split: .train))
      }
    }
    leftOut += root.files.filter { isImage(root.path, $0) }
    if !leftOut.isEmpty {
      findings.append(
        DataFinding(
          code: .leftOut, severity: .warning,
          message: "\(leftOut.count) entr\(leftOut.count == 1 ? "y lies" : "ies lie") beside the"
            + " class folders and take no part; move pictures into the folder of their class.",
          paths: leftOut.sorted()))
    }
    return result
  }

  private static func classFolder(
    _ root: String, _ path: String, name: String, split: Split
  ) throws(DatasetError) -> ClassFolder {
    var result = ClassFolder(name: name, split: split)
    for file in try Folder.filesBelow(root + "/" + path) {
      let relative = path + "/" + file
      if isImage(root, relative) {
        result.images.append(relative)
      } else {
        result.others.append(relative)
      }
    }
    return result
  }

  /// By its ending, or else by its first bytes.
  private static func isImage(_ root: String, _ path: String) -> Bool {
    if readEndings.contains((path as NSString).pathExtension.lowercased()) { return true }
    let start = try? FileBytes.read(root + "/" + path, limit: 16)
    return start.flatMap(ImageFormat.init(sniffing:))?.isSupported ?? false
  }

  /// The classes of the training split (of every split where there is none), checked against the
  /// others.
  private static func classNames(
    of folders: [ClassFolder], in root: Folder, findings: inout [DataFinding]
  ) throws(DatasetError) -> [String] {
    func names(_ split: Split) -> Set<String> {
      Set(folders.filter { $0.split == split && !$0.images.isEmpty }.map(\.name))
    }
    for folder in folders where folder.images.isEmpty {
      findings.append(
        DataFinding(
          code: .emptyClass, severity: .warning,
          message: "The class folder \(folder.name) (\(folder.split.rawValue)) holds no JPEG or PNG"
            + " files and is left out.",
          paths: folder.others))
    }
    let train = names(.train)
    guard !train.isEmpty else { return names(.validation).union(names(.test)).sorted() }
    for split in [Split.validation, .test] {
      let here = names(split)
      let unknown = here.subtracting(train)
      guard unknown.isEmpty else {
        throw .classMismatch(path: root.path, split: split, classNames: unknown.sorted())
      }
      let missing = train.subtracting(here).sorted()
      if !here.isEmpty && !missing.isEmpty {
        findings.append(
          DataFinding(
            code: .missingClass, severity: .warning,
            message: "The \(split.rawValue) split has no pictures of \(missing.count) of"
              + " \(train.count) classes (\(missing.prefix(5).joined(separator: ", "))"
              + "\(missing.count > 5 ? ", …" : "")): accuracy on it says nothing about them."))
      }
    }
    return train.sorted()
  }
}
