import Checkpoints

extension FuzzTarget {
  /// safetensors: header, then every tensor.
  static let safeTensors = weights("safetensors")
  /// PyTorch's zip archives, stored and deflated.
  static let torchZip = weights("torch-zip")
  /// PyTorch before 1.6: pickles, then storages.
  static let torchLegacy = weights("torch-legacy")
  /// Bare pickles of NumPy arrays, and of what must be refused.
  static let pickle = weights("pickle")
  /// NumPy archives as weights.
  static let npz = weights("npz")

  /// Any weight file: the format is told by its first bytes, so that each corpus explores its own.
  private static func weights(_ name: String) -> FuzzTarget {
    FuzzTarget(name: name) { bytes in
      let file = try WeightFile.parse(FileMapping(copying: bytes))
      _ = try file.tensors.read()
    }
  }

  /// Names of a safetensors file through the conventions and the guess of the architecture.
  static let nameMapping = FuzzTarget(name: "name-mapping") { bytes in
    let mapping = NameMapping(try WeightFile.parse(FileMapping(copying: bytes)))
    _ = try mapping.state()
  }
}
