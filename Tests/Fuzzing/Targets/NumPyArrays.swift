import Checkpoints

extension FuzzTarget {
  /// A single NumPy array of any type, text included, or an archive of them.
  static let npy = FuzzTarget(name: "npy") { bytes in
    try FileMapping(copying: bytes).withBytes { bytes in
      do { _ = try NumPyFile.parse(bytes) } catch { _ = try NumPyFile.parseArchive(bytes) }
    }
  }
}
