import Archives
import Datasets

extension FuzzTarget {
  /// Manifests of pictures, separated by whatever the first line suggests.
  static let csvManifest = FuzzTarget(name: "csv-manifest", mayEndAnywhere: true) { bytes in
    try FileMapping(copying: bytes).withBytes { _ = try Manifest($0) }
  }

  /// tar shards: headers, names, and the classes in their small files.
  static let tar = FuzzTarget(name: "tar", mayEndAnywhere: true) { bytes in
    FileMapping(copying: bytes).withBytes { bytes in
      for entry in TarArchive(bytes).entries {
        let content = UnsafeRawBufferPointer(
          rebasing: bytes[entry.offset..<entry.offset + entry.count])
        switch ShardName(entry.name)?.kind {
        case "cls": _ = ShardLabel(cls: content)
        case "json": _ = ShardLabel(json: content)
        default: break
        }
      }
    }
  }

  /// IDX files of pictures and of labels, plain and gzipped.
  static let idx = FuzzTarget(name: "idx") { bytes in
    func parse(_ dimensions: Int) throws {
      let array = try IDXArray(SharedBytes(FileMapping(copying: bytes)), dimensions: dimensions)
      array.values.withBytes { precondition($0.count == array.sizes.reduce(1, *)) }
    }
    do { try parse(1) } catch { try parse(3) }
  }

  /// CIFAR's binary files, of ten and of a hundred classes.
  static let cifar = FuzzTarget(name: "cifar", mayEndAnywhere: true) { bytes in
    func parse(isFine: Bool) throws {
      _ = try CIFARBatch(SharedBytes(FileMapping(copying: bytes)), isFine: isFine)
    }
    do { try parse(isFine: false) } catch { try parse(isFine: true) }
  }
}
