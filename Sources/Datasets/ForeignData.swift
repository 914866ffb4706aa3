internal import Archives
internal import Foundation

/// Places that hold no data set of a kind that is read: what they are, and what to do.
enum ForeignData {
  /// The error for a place that no reader knows.
  static func error(_ source: DataSource) -> DatasetError {
    switch source.kind {
    case .folder(let folder): return error(folder)
    case .files(let names):
      return .file(names.first ?? source.path, .unsupported("a pattern may name tar shards only"))
    case .file(let start):
      guard let advice = advice(name: source.name.lowercased(), start) else {
        return .notAFolder(path: source.path)
      }
      return .file(source.path, .unsupported(advice))
    }
  }

  private static func error(_ folder: Folder) -> DatasetError {
    // What torchvision and the Python version of CIFAR leave on disk.
    for name in folder.folders where ["cifar-10-batches-py", "cifar-100-python"].contains(name) {
      return .file(folder.path + "/" + name, .unsupported(pythonCIFAR))
    }
    let names = Set(folder.files)
    if names.contains("batches.meta") || names.isSuperset(of: ["meta", "train", "test"]) {
      return .file(folder.path, .unsupported(pythonCIFAR))
    }
    for name in folder.files {
      if let advice = adviceOnEnding(name.lowercased(), archives) {
        return .file(folder.path + "/" + name, .unsupported(advice))
      }
      if name.lowercased().hasSuffix(".npz") || name.lowercased().hasSuffix(".csv") {
        return .file(
          folder.path, .unsupported("it holds no pictures in class folders; give the file \(name)"))
      }
    }
    return .empty(path: folder.path)
  }

  private static let pythonCIFAR =
    "the Python version of CIFAR is made of pickles, which may run code and are not read;"
    + " download the binary version (cifar-10-binary.tar.gz, cifar-100-binary.tar.gz)"

  private static func advice(name: String, _ start: [UInt8]) -> String? {
    if PictureEnding.isPicture(name) {
      return "it is a single picture; give the folder that holds the class folders"
    }
    if start.starts(with: [0x50, 0x4B, 0x03, 0x04]) { return adviceOnEnding(".zip", archives) }
    return adviceOnEnding(name)
  }

  private static func adviceOnEnding(_ name: String) -> String? {
    if name.hasPrefix("cifar-10") && name.contains("python") { return pythonCIFAR }
    return adviceOnEnding(name, archives) ?? adviceOnEnding(name, tables)
  }

  private static func adviceOnEnding(
    _ name: String, _ list: [(endings: [String], text: String)]
  ) -> String? {
    list.first { $0.endings.contains(where: name.hasSuffix) }?.text
  }

  /// Endings of what holds a data set that must be unpacked or converted first.
  private static let archives: [(endings: [String], text: String)] = [
    (
      [".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar.zst", ".tbz2", ".txz"],
      "a compressed tar cannot be read out of order; decompress it (gunzip, bunzip2, unxz or"
        + " unzstd) and give the .tar, or unpack it and give the folder"
    ),
    ([".zip"], "it is a zip archive; unpack it (unzip) and give the folder"),
    ([".7z", ".rar"], "it is a compressed archive; unpack it and give the folder"),
    (
      [".parquet", ".arrow"],
      "it is a table of the Hugging Face datasets library; save its pictures into a folder per"
        + " class (for each row: row['image'].save(…))"
    ),
    (
      [".tfrecord", ".h5", ".hdf5", ".mat", ".lmdb", ".mdb", ".rec", ".pkl", ".pickle", ".pt"],
      "it is not a kind of data set that is read; save its pictures into a folder per class, or as"
        + " images and labels with numpy.savez"
    ),
    ([".npy"], "it is a single array; save images and labels together with numpy.savez"),
  ]

  /// Endings of what may lie beside a data set, and is none itself.
  private static let tables: [(endings: [String], text: String)] = [
    (
      [".json", ".jsonl", ".txt", ".xlsx", ".xml"],
      "it is not a kind of manifest that is read; write a .csv with the columns path and label"
    )
  ]
}
