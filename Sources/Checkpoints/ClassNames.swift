public import Foundation

/// Names of classes in a text file, one on each line, in the order of a network's head.
public enum ClassNames {
  /// Reads the names; empty lines at the end do not count.
  ///
  /// - Throws: ``CheckpointError`` where the file is no such list.
  public static func read(_ file: URL) throws(CheckpointError) -> [String] {
    try FileMapping.parsing(file) { (bytes) throws(CheckpointError.Problem) in
      guard bytes.count <= 16 << 20 else {
        throw .unsupported("a list of class names of more than 16 MB is none")
      }
      var names = try text(bytes, "it")
        .split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        .map { $0.trimmingCharacters(in: .whitespaces) }
      while names.last?.isEmpty == true { names.removeLast() }
      guard !names.isEmpty else { throw .unsupported("it holds no class names") }
      if let place = names.firstIndex(of: "") {
        throw .unsupported("line \(place + 1) of it has no class name")
      }
      return names
    }
  }
}
