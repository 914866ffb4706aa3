/// The files inside a tar archive, found in one pass over the headers: ustar, GNU's long names, and
/// pax's long names and sizes.
///
/// Every size is checked against the archive before use. Links, folders and devices are passed over;
/// a file that is cut short ends the list, and so does a header that contradicts itself.
///
/// - Reference: POSIX.1-2017, pax, "ustar Interchange Format" and "pax Extended Header"; GNU tar
///   manual, "Basic Tar Format".
package struct TarArchive: Sendable {
  /// One regular file inside the archive.
  package struct Entry: Sendable, Hashable {
    /// Its path inside the archive, without a leading "./".
    package let name: String
    /// Where its first byte lies.
    package let offset: Int
    /// Its length.
    package let count: Int

    /// An entry from its parts.
    package init(name: String, offset: Int, count: Int) {
      self.name = name
      self.offset = offset
      self.count = count
    }
  }

  /// The files that are there whole, in the order of the archive.
  package private(set) var entries: [Entry] = []
  /// What ended the list before the end of the archive; nil where nothing did.
  package private(set) var problem: FileError.Problem?

  /// Bytes of a header, and what lengths are rounded up to.
  private static let blockSize = 512
  /// The longest extended header that is read; names are at most a few thousand bytes.
  private static let longestExtension = 1 << 20

  /// Whether a file begins like a tar archive; 512 bytes are enough.
  package static func matches(_ bytes: some Collection<UInt8>) -> Bool {
    let block = Array(bytes.prefix(blockSize))
    return block.count == blockSize && block.withUnsafeBytes { TarHeader($0) != nil }
  }

  /// Reads every header; never fails, see ``problem``.
  package init(_ bytes: UnsafeRawBufferPointer) {
    do throws(FileError.Problem) {
      try read(bytes)
    } catch {
      problem = error
    }
  }

  private mutating func read(_ bytes: UnsafeRawBufferPointer) throws(FileError.Problem) {
    var reader = ByteReader(bytes)
    var next = TarExtension()
    while true {
      let place = reader.offset
      guard reader.remaining > 0 else {
        throw .truncated("the blocks of zeros that end a tar archive are missing")
      }
      let block = try reader.take(Self.blockSize, "a tar header")
      if block.allSatisfy({ $0 == 0 }) { return }
      guard let header = TarHeader(block) else {
        throw .malformed("there is no tar header at byte \(place)")
      }
      // What a record says of the next entry's size is not said of headers before that entry.
      let announced = header.isPreamble ? header.size : next.size ?? header.size
      guard let count = announced, count >= 0 else {
        throw .malformed("the tar header at byte \(place) has an impossible size")
      }
      switch header.kind {
      case .file:
        let name = next.name ?? header.name
        guard !next.isSparse else { throw Self.sparse(name) }
        let offset = reader.offset
        try skip(count, "'\(name)'", &reader)
        entries.append(
          Entry(name: name.withoutDotSlash, offset: offset, count: count))
        next = TarExtension()
      case .longName, .extended:
        guard count <= Self.longestExtension else {
          throw .malformed("the tar header at byte \(place) has an extension of \(count) bytes")
        }
        let content = try take(count, "an extended tar header", &reader)
        if header.kind == .longName {
          next.name = String(decoding: content.prefix { $0 != 0 }, as: UTF8.self)
        } else {
          try next.read(content)
        }
      case .withoutData: next = TarExtension()
      case .other:
        try skip(count, "an entry", &reader)
        if !header.isPreamble { next = TarExtension() }
      case .sparse: throw Self.sparse(header.name)
      }
    }
  }

  private static func sparse(_ name: String) -> FileError.Problem {
    .unsupported("'\(name)' is stored with holes (tar --sparse); pack it again without")
  }

  /// A body and what pads it; the last one of an archive may lack its padding.
  private func take(
    _ count: Int, _ what: String, _ reader: inout ByteReader
  ) throws(FileError.Problem) -> UnsafeRawBufferPointer {
    let body = try reader.take(count, what)
    let padding = (Self.blockSize - count % Self.blockSize) % Self.blockSize
    _ = try reader.take(min(padding, reader.remaining), what)
    return body
  }

  private func skip(
    _ count: Int, _ what: String, _ reader: inout ByteReader
  ) throws(FileError.Problem) {
    _ = try take(count, what, &reader)
  }
}

extension String {
  /// The path without a "./" in front.
  fileprivate var withoutDotSlash: String { hasPrefix("./") ? String(dropFirst(2)) : self }
}
