/// A run of bytes that stays where it is for as long as this value lives.
///
/// A part of a mapped file, or memory of its own. Nobody writes to it, so any thread may read it.
package struct SharedBytes: @unchecked Sendable {
  private let owner: AnyObject
  private let bytes: UnsafeRawBufferPointer

  /// A whole mapped file.
  package init(_ mapping: FileMapping) {
    owner = mapping
    bytes = mapping.bytes
  }

  /// What has been unpacked.
  init(_ unpacked: InflatedBytes) {
    owner = unpacked
    bytes = UnsafeRawBufferPointer(unpacked.storage)
  }

  /// No bytes.
  package static var empty: SharedBytes { SharedBytes(InflatedBytes(count: 0)) }

  private init(_ bytes: UnsafeRawBufferPointer, ownedBy owner: AnyObject) {
    self.owner = owner
    self.bytes = bytes
  }

  /// How many bytes there are.
  package var count: Int { bytes.count }

  /// The part between two offsets, which must lie inside; nothing is copied.
  package subscript(range: Range<Int>) -> SharedBytes {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "SharedBytes: \(range)")
    return SharedBytes(UnsafeRawBufferPointer(rebasing: bytes[range]), ownedBy: owner)
  }

  /// A part by its place in memory, which must lie inside; nothing is copied.
  func part(_ part: UnsafeRawBufferPointer) -> SharedBytes { SharedBytes(part, ownedBy: owner) }

  /// Lends the bytes.
  package func withBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E)
    -> R
  {
    defer { withExtendedLifetime(owner) {} }
    return try body(bytes)
  }
}
