import Checkpoints
import Files
public import Foundation

/// Writing results so that a stop at any moment leaves either the old file or the new one.
public enum FilePlacement {
  /// Writes `data` beside `url` and moves it into place in one step.
  ///
  /// - Throws: `OutputError.unwritable` naming the file.
  public static func write(_ data: Data, to url: URL) throws {
    do {
      try data.write(to: url, options: .atomic)
    } catch {
      throw OutputError.unwritable(path: url.path, reason: systemReason(error))
    }
  }

  /// Makes sure that a folder is there, can be written to and holds no earlier result.
  ///
  /// Called before long work begins: a person should not wait for an hour to hear that the folder
  /// is read-only.
  ///
  /// - Parameters:
  ///   - folder: where results will go; made when absent.
  ///   - marker: the file whose presence shows that the folder holds an earlier result.
  ///   - overwrite: whether an earlier result may be replaced.
  /// - Throws: `OutputError`.
  public static func prepare(folder: URL, marker: String, overwrite: Bool) throws {
    let manager = FileManager.default
    var isFolder: ObjCBool = false
    if manager.fileExists(atPath: folder.path, isDirectory: &isFolder), !isFolder.boolValue {
      throw OutputError.notAFolder(path: folder.path)
    }
    if !overwrite,
      manager.fileExists(atPath: folder.appendingPathComponent(marker).path)
    {
      throw OutputError.occupied(path: folder.path)
    }
    let probe = folder.appendingPathComponent(".graft-write-test")
    do {
      try manager.createDirectory(at: folder, withIntermediateDirectories: true)
      try Data().write(to: probe)
      try manager.removeItem(at: probe)
    } catch {
      throw OutputError.unwritable(
        path: folder.path, reason: systemReason(error, makingBelow: folder))
    }
  }
}

/// Why results can't be written.
public enum OutputError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The folder or file can't be written to.
  case unwritable(path: String, reason: String)
  /// Standard output takes no more, as where the disk is full.
  case noOutput(reason: String)
  /// The folder's name is taken by a file.
  case notAFolder(path: String)
  /// The folder holds the result of an earlier run.
  case occupied(path: String)

  /// One sentence for the person.
  public var description: String {
    switch self {
    case .unwritable(let path, let reason):
      "\(path) can't be written to (\(reason)); choose another place with -o."
    case .noOutput(let reason):
      "The result can't be written to standard output (\(reason)); send it to another place."
    case .notAFolder(let path):
      "\(path) is a file, but the result needs a folder; choose another name with -o."
    case .occupied(let path):
      "\(path) already holds a finished run; choose another folder with -o, or add --overwrite."
    }
  }
}
