import Checkpoints

extension FuzzTarget {
  /// A single NumPy array of any type, text included, or an archive of them.
  static let npy = FuzzTarget(name: "npy") { bytes in
    let mapping = FileMapping(copying: bytes)
    try withExtendedLifetime(mapping) {
      do { _ = try NumPyFile.parse(mapping.bytes) } catch {
        _ = try NumPyFile.parseArchive(mapping.bytes)
      }
    }
  }
}
