/// A parser that is given any bytes at all: it may throw, and must not crash, read past their end or
/// ask for more memory than they could justify.
struct FuzzTarget: Sendable {
  /// The name on the command line, and of the folder in `Corpus` with its first inputs.
  let name: String
  /// Parses the bytes, which end where they say they do.
  let run: @Sendable (UnsafeRawBufferPointer) -> Void

  /// Every parser; to add one, write a file in `Targets` and add it here.
  static let all: [FuzzTarget] = [
    .safeTensors, .shardIndex, .torchZip, .torchLegacy, .pickle, .npy, .npz, .modelCard,
    .timmConfiguration, .nameMapping, .onnx, .features, .labels,
  ]
}
