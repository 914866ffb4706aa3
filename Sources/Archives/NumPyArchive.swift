/// The arrays of an npz file, of which no more than the headers have been read.
package struct NumPyArchive: Sendable {
  /// One array inside the file.
  package struct Member: Sendable {
    /// Its name without `.npy`.
    package let name: String
    /// Type, order and shape, which agree with the number of bytes.
    package let header: NumPyHeader
    /// Its part of the zip archive.
    package let entry: ZipArchive.Entry
  }

  /// The arrays in the order of the zip directory.
  package let members: [Member]
  private let archive: ZipArchive
  private let file: SharedBytes

  /// Reads the directory and each array's header.
  ///
  /// - Throws: `.truncated` or `.malformed`, with the array's name where it is one array's fault;
  ///   `.unsupported` for arrays of objects.
  package init(_ mapping: FileMapping) throws(FileError.Problem) {
    guard ZipArchive.matches(mapping.bytes) else {
      throw mapping.bytes.count < 22
        ? .truncated("it has only \(mapping.bytes.count) bytes")
        : .malformed("it is not an npz archive")
    }
    file = SharedBytes(mapping)
    archive = try ZipArchive(mapping.bytes)
    members = try NumPyArchive.members(of: archive)
  }

  /// The arrays of a zip archive, each header checked against the length of its part.
  package static func members(
    of archive: ZipArchive
  ) throws(FileError.Problem) -> [Member] {
    var members: [Member] = []
    for entry in archive.entries where entry.name.hasSuffix(".npy") {
      let header = try inPart(entry.name) { () throws(FileError.Problem) in
        try archive.withPrefix(of: entry, count: NumPyHeader.longest) {
          (bytes) throws(FileError.Problem) in
          var reader = ByteReader(bytes)
          let header = try NumPyHeader(&reader)
          try header.checkSize(available: entry.count - reader.offset)
          return header
        }
      }
      members.append(Member(name: String(entry.name.dropLast(4)), header: header, entry: entry))
    }
    return members
  }

  /// The elements of an array as they are stored: in place where the file is not compressed, else
  /// unpacked into memory once; the checksum is checked either way.
  package func elements(of member: Member) throws(FileError.Problem) -> SharedBytes {
    try inPart(member.entry.name) { () throws(FileError.Problem) in
      let all =
        if member.entry.isDeflated { SharedBytes(try archive.inflated(member.entry)) } else {
          file.part(try archive.storedBytes(of: member.entry))
        }
      return try all.withBytes { (bytes) throws(FileError.Problem) in
        var reader = ByteReader(bytes)
        _ = try NumPyHeader(&reader)
        return all[reader.offset..<bytes.count]
      }
    }
  }

  /// An array, decoded.
  package func array(_ member: Member) throws(FileError.Problem) -> NumPyArray {
    try withExtendedLifetime(file) { () throws(FileError.Problem) in
      try inPart(member.entry.name) { () throws(FileError.Problem) in
        try archive.withBytes(of: member.entry) { (bytes) throws(FileError.Problem) in
          try NumPyFile.parse(bytes)
        }
      }
    }
  }
}
