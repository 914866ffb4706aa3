internal import Foundation
internal import Images

extension DatasetReader {
  /// A folder per class.
  static let classFolders = DatasetReader { (source) throws(DatasetError) in
    guard case .folder(let folder) = source.kind else { return nil }
    return try ClassFolders(folder).dataset(source)
  }
}

/// A folder per class, with or without folders of splits above them.
private struct ClassFolders {
  /// The files of one class folder.
  private struct ClassFolder {
    let name: String
    let split: Split
    var images: [String] = []
    var others: [String] = []
  }

  private let root: Folder
  private var classes: [ClassFolder] = []
  /// Pictures and folders that belong to no class.
  private var leftOut: [String] = []
  /// Files whose names are not UTF-8.
  private var misnamed: [String]

  /// Finds the class folders: below split folders if that is how the root is laid out.
  init(_ root: Folder) throws(DatasetError) {
    self.root = root
    misnamed = root.misnamed
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
    if isSplit {
      for (split, folder) in splitFolders {
        let prefix = folder.path.lastComponent + "/"
        for name in folder.folders { try add(prefix + name, name: name, split: split) }
        leftOut += folder.files.filter { isImage(folder.path, $0) }.map { prefix + $0 }
        misnamed += folder.misnamed.map { prefix + $0 }
      }
      leftOut += root.folders.filter { Split(folderName: $0) == nil }.map { $0 + "/" }
    } else {
      for name in root.folders { try add(name, name: name, split: .train) }
    }
    leftOut += root.files.filter { isImage(root.path, $0) }
  }

  /// The data set.
  func dataset(_ source: DataSource) throws(DatasetError) -> Dataset {
    guard classes.contains(where: { !$0.images.isEmpty }) else {
      let loose = root.files.filter { isImage(root.path, $0) }.count
      let manifest = root.files.first { $0.lowercased().hasSuffix(".csv") || $0.hasSuffix(".tsv") }
      guard loose == 0 else {
        throw .noClassFolders(path: root.path, imageCount: loose, manifest: manifest)
      }
      throw ForeignData.error(source)
    }
    var assembly = DatasetAssembly(source)
    // As torchvision's ImageFolder has it, so that labels mean the same there.
    assembly.ordersNumbers = false
    assembly.pictures = classes.flatMap { folder in
      folder.images.map { LabelledPicture(id: $0, className: folder.name, split: folder.split) }
    }
    assembly.otherFiles = classes.flatMap(\.others)
    assembly.findings = findings
    return try assembly.dataset()
  }

  private var findings: [DataFinding] {
    var result: [DataFinding] = []
    if !leftOut.isEmpty {
      result.append(
        DataFinding(
          code: .leftOut, severity: .warning,
          message: "\(leftOut.count) entr\(leftOut.count == 1 ? "y lies" : "ies lie") beside the"
            + " class folders and take no part; move pictures into the folder of their class.",
          paths: leftOut.sorted()))
    }
    if !misnamed.isEmpty {
      result.append(
        DataFinding(
          code: .unreadable, severity: .warning,
          message:
            "\(misnamed.count) name\(misnamed.count == 1 ? " is" : "s are") not in UTF-8, and"
            + " what bears \(misnamed.count == 1 ? "it" : "them") is left out; rename"
            + " \(misnamed.count == 1 ? "it" : "them") (convmv -f latin1 -t utf8 --notest FILE…).",
          paths: misnamed.sorted()))
    }
    for folder in classes where folder.images.isEmpty {
      result.append(
        DataFinding(
          code: .emptyClass, severity: .warning,
          message: "The class folder \(folder.name) (\(folder.split.rawValue)) holds no JPEG or PNG"
            + " files and is left out.",
          paths: folder.others))
    }
    return result
  }

  private mutating func add(_ path: String, name: String, split: Split) throws(DatasetError) {
    var result = ClassFolder(name: name, split: split)
    let tree = try Folder.filesBelow(root.path + "/" + path)
    for file in tree.files {
      let relative = path + "/" + file
      if isImage(root.path, relative) {
        result.images.append(relative)
      } else {
        result.others.append(relative)
      }
    }
    misnamed += tree.misnamed.map { path + "/" + $0 }
    classes.append(result)
  }

  /// By its ending, or else by its first bytes.
  private func isImage(_ folder: String, _ path: String) -> Bool {
    if PictureEnding.isRead(path) { return true }
    let start = try? FileBytes.read(folder + "/" + path, limit: 16)
    return start.flatMap(ImageFormat.init(sniffing:))?.isSupported ?? false
  }
}
