import Checkpoints

extension FuzzTarget {
  /// A single NumPy array of any type, text included.
  static let npy = FuzzTarget(name: "npy") { bytes in
    let mapping = FileMapping(copying: bytes)
    do throws(CheckpointError.Problem) { _ = try NumPyFile.parse(mapping.bytes) } catch {}
    do throws(CheckpointError.Problem) { _ = try NumPyFile.parseArchive(mapping.bytes) } catch {}
  }
}
