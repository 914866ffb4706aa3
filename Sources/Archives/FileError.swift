public import Foundation

/// What a file did wrong, with the file it happened in.
///
/// Parsers throw a ``Problem``; whoever knows the file's name adds it once.
public struct FileError: Error, Sendable, Hashable, CustomStringConvertible, LocalizedError {
  /// The kinds of thing that can be wrong with a file.
  public enum Problem: Error, Sendable, Hashable {
    /// The file system refused; the text says how.
    case unreadable(String)
    /// The file could not be written; the text says why.
    case unwritable(String)
    /// The file ends before what its own headers announce.
    case truncated(String)
    /// The bytes contradict the format.
    case malformed(String)
    /// Valid, but of a kind that Graft does not read; the text says what to do.
    case unsupported(String)
    /// A pickle asks for a Python function or class that is not a tensor or a container.
    case refused(global: String)
    /// The tensors do not belong to the architecture: names are missing, surplus or mis-shaped.
    case mismatched(String)
    /// Neither a card nor the tensors' names tell what network this is.
    case unrecognised(String)
  }

  /// The file, as it was named by the caller.
  public var file: URL
  /// What was wrong.
  public var problem: Problem

  /// Joins a problem to its file.
  public init(file: URL, _ problem: Problem) {
    self.file = file
    self.problem = problem
  }

  /// One sentence: the file, what was wrong, what to do.
  public var description: String {
    let name = file.isFileURL ? file.relativePath : file.absoluteString
    switch problem {
    case .unreadable(let why): return "\(name) cannot be read: \(why)."
    case .unwritable(let why): return "\(name) cannot be written: \(why)."
    case .truncated(let what):
      return "\(name) is cut short: \(what); obtain the file again."
    case .malformed(let what):
      return "\(name) is damaged: \(what); obtain the file again."
    case .unsupported(let what): return "\(name) is not supported: \(what)."
    case .refused(let global):
      return
        "\(name) is refused: its pickle asks for the Python object \(global), and only tensors, "
        + "numbers, strings and containers are read, never code; if you trust the file, save "
        + "model.state_dict() from Python instead."
    case .mismatched(let what), .unrecognised(let what): return "\(name): \(what)."
    }
  }

  /// The same sentence, for Foundation.
  public var errorDescription: String? { description }
}

/// Runs a parser and adds the file's name to whatever it throws.
package func naming<R>(
  _ file: URL, _ body: () throws(FileError.Problem) -> R
) throws(FileError) -> R {
  do { return try body() } catch { throw FileError(file: file, error) }
}

/// Runs a parser of a part of a file, and says in what it throws which part that is.
package func inPart<R>(
  _ name: String, _ body: () throws(FileError.Problem) -> R
) throws(FileError.Problem) -> R {
  do { return try body() } catch {
    switch error {
    case .truncated(let what): throw .truncated("in '\(name)', \(what)")
    case .malformed(let what): throw .malformed("in '\(name)', \(what)")
    case .unsupported(let what): throw .unsupported("in '\(name)', \(what)")
    case .unreadable(let why): throw .unreadable("its part '\(name)' cannot be read: \(why)")
    default: throw error
    }
  }
}
