import Archives
import Datasets

extension FuzzTarget {
  /// Manifests of pictures, separated by whatever the first line suggests.
  static let csvManifest = FuzzTarget(name: "csv-manifest") { bytes in
    let mapping = FileMapping(copying: bytes)
    do throws(LineProblem) { _ = try Manifest(mapping.bytes) } catch {}
  }

  /// tar shards: headers, names, and the classes in their small files.
  static let tar = FuzzTarget(name: "tar") { bytes in
    let mapping = FileMapping(copying: bytes)
    for entry in TarArchive(mapping.bytes).entries {
      let content = UnsafeRawBufferPointer(
        rebasing: mapping.bytes[entry.offset..<entry.offset + entry.count])
      switch ShardName(entry.name)?.kind {
      case "cls": _ = ShardLabel(cls: content)
      case "json": _ = ShardLabel(json: content)
      default: break
      }
    }
  }

  /// IDX files of pictures and of labels, plain and gzipped.
  static let idx = FuzzTarget(name: "idx") { bytes in
    for dimensions in [1, 3] {
      do throws(FileError.Problem) {
        let array = try IDXArray(SharedBytes(FileMapping(copying: bytes)), dimensions: dimensions)
        array.values.withBytes { precondition($0.count == array.sizes.reduce(1, *)) }
      } catch {}
    }
  }

  /// CIFAR's binary files, of ten and of a hundred classes.
  static let cifar = FuzzTarget(name: "cifar") { bytes in
    for isFine in [false, true] {
      do throws(FileError.Problem) {
        _ = try CIFARBatch(SharedBytes(FileMapping(copying: bytes)), isFine: isFine)
      } catch {}
    }
  }
}
