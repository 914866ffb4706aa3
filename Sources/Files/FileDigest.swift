public import Foundation

/// Why no digest of a file came about.
public enum FileDigestError: Error, Sendable, Equatable {
  /// The system refused; the text is its reason in lower case.
  case unreadable(String)
  /// The caller asked to stop.
  case cancelled
}

/// Digests of whole files, read once in pieces of 1 MiB.
public enum FileDigest {
  /// Is asked before every piece, with the number of bytes taken in so far; false ends the work.
  public typealias Progress = (Int) -> Bool

  /// The SHA-256 of a file's bytes in lower-case hexadecimal digits.
  ///
  /// - Throws: ``FileDigestError``.
  public static func sha256(
    of file: URL, progress: Progress = { _ in true }
  ) throws(FileDigestError) -> String {
    try compute(.sha256, file, header: { _ in "" }, progress)
  }

  /// The name that git gives to a file of these bytes: the SHA-1 of `blob LENGTH\0` and the bytes.
  ///
  /// - Throws: ``FileDigestError``.
  /// - Reference: Pro Git, 10.2 Git Objects.
  public static func gitBlob(
    of file: URL, progress: Progress = { _ in true }
  ) throws(FileDigestError) -> String {
    try compute(.sha1, file, header: { "blob \($0)\0" }, progress)
  }

  private static func compute(
    _ function: Digest.Function, _ file: URL, header: (Int) -> String, _ progress: Progress
  ) throws(FileDigestError) -> String {
    let descriptor = open(file.path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .unreadable(lastSystemError()) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .unreadable(lastSystemError()) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw .unreadable(
        status.st_mode & S_IFMT == S_IFDIR ? "it is a folder" : "it is not a regular file")
    }
    var digest = Digest(function)
    digest.update(header(Int(status.st_size)))
    let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
    defer { piece.deallocate() }
    var done = 0
    while true {
      guard progress(done) else { throw .cancelled }
      let count = read(descriptor, piece.baseAddress, piece.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw .unreadable(lastSystemError()) }
      if count == 0 { return digest.hexadecimal() }
      digest.update(UnsafeRawBufferPointer(rebasing: piece[..<count]))
      done += count
    }
  }
}
