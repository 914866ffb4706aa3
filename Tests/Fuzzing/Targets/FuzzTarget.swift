/// A parser that is given any bytes at all: it may throw, and must not crash, read past their end or
/// ask for more memory than they could justify.
package struct FuzzTarget: Sendable {
  /// The name on the command line, and of the folder in `Corpus` with its first inputs.
  package let name: String
  /// Parses the bytes, which end where they say they do; throws where they are refused.
  package let parse: @Sendable (UnsafeRawBufferPointer) throws -> Void
  /// Whether a part of a file may be a file as well, as it is with lines of text.
  package let mayEndAnywhere: Bool

  init(
    name: String, mayEndAnywhere: Bool = false,
    parse: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Void
  ) {
    self.name = name
    self.mayEndAnywhere = mayEndAnywhere
    self.parse = parse
  }

  /// Every parser; to add one, write a file in `Targets` and add it here.
  package static let all: [FuzzTarget] = [
    .safeTensors, .shardIndex, .torchZip, .torchLegacy, .pickle, .npy, .npz, .modelCard,
    .timmConfiguration, .nameMapping, .onnx, .features, .labels, .csvManifest, .tar, .idx, .cifar,
    .jpeg, .png,
  ]
}
