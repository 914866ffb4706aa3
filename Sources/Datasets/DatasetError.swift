public import Archives
public import Foundation

/// Why a data set could not be opened; its description is one sentence for its owner.
public enum DatasetError: Error, Sendable, Hashable {
  /// Nothing is at the path.
  case notFound(path: String)
  /// The path is a file.
  case notAFolder(path: String)
  /// A folder or file could not be read.
  case unreadable(path: String, reason: String)
  /// No picture anywhere below the folder.
  case empty(path: String)
  /// Pictures lie loose in the folder and no class folder holds any.
  ///
  /// `manifest` names a table beside them that may say what they are.
  case noClassFolders(path: String, imageCount: Int, manifest: String? = nil)
  /// Pictures of one class only.
  case oneClass(path: String, className: String)
  /// A split has classes that the training split lacks.
  case classMismatch(path: String, split: Split, classNames: [String])
  /// A folder or file could not be written.
  case unwritable(path: String, reason: String)
  /// A manifest says something impossible in a line, counted from 1.
  case manifest(path: String, line: Int, detail: String)
  /// Pictures inside larger files, named beside others.
  case notAlone(path: String)
  /// A file that is damaged, cut short or of a kind that is not read.
  case file(FileError)

  /// The error for a problem with a file.
  static func file(_ path: String, _ problem: FileError.Problem) -> DatasetError {
    .file(FileError(file: URL(fileURLWithPath: path), problem))
  }
}

extension DatasetError: CustomStringConvertible, LocalizedError {
  /// The sentence, as `description`.
  public var errorDescription: String? { description }

  /// One sentence: which path, what is wrong, what to do.
  public var description: String {
    let layout =
      "give a folder with one folder of JPEG or PNG files per class"
      + " ('graft --help' names the other kinds of data)"
    switch self {
    case .notFound(let path):
      return "\(path) does not exist; \(layout)."
    case .notAFolder(let path):
      return "\(path) is a file, not a folder; \(layout)."
    case .unreadable(let path, let reason):
      return "\(path) cannot be read (\(reason)); check its permissions."
    case .unwritable(let path, let reason):
      return "\(path) cannot be written (\(reason)); choose another folder."
    case .empty(let path):
      return "\(path) holds no JPEG or PNG files; \(layout)."
    case .noClassFolders(let path, let count, let manifest):
      return "\(path) holds \(count) picture\(count == 1 ? "" : "s") but no class folders;"
        + " put the pictures of each class into a folder named after it"
        + (manifest.map { ", or give \($0) if that lists them with their classes." } ?? ".")
    case .oneClass(let path, let name):
      return
        "\(path) holds pictures of one class only (\(name)); classification needs at least two."
    case .classMismatch(let path, let split, let names):
      let list = names.prefix(5).joined(separator: ", ") + (names.count > 5 ? ", …" : "")
      return "\(path): the \(split.rawValue) split has \(names.count == 1 ? "a class" : "classes")"
        + " that the training split lacks (\(list)); name the classes alike or remove them."
    case .manifest(let path, let line, let detail):
      return "\(path), line \(line): \(detail)."
    case .notAlone(let path):
      return "\(path) holds its pictures inside larger files; name it alone."
    case .file(let error):
      return error.description
    }
  }
}
