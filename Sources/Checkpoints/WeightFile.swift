public import Foundation

/// The tensors of a file, whatever its format, under the names that the file gives them.
///
/// Nothing but names, shapes and types is read until a tensor is asked for.
public struct WeightFile: Sendable {
  /// The formats that Graft reads.
  public enum Format: String, Sendable, Codable {
    /// Hugging Face's safetensors.
    case safeTensors = "safetensors"
    /// PyTorch since 1.6: a zip archive around a pickle.
    case torchZip = "PyTorch (zip)"
    /// PyTorch before 1.6: pickles followed by raw storages.
    case torchLegacy = "PyTorch (legacy pickle)"
    /// A bare pickle of NumPy arrays.
    case numPyPickle = "pickle of NumPy arrays"
    /// NumPy's archive of arrays.
    case npz = "NumPy archive (npz)"
    /// A graph with its weights.
    case onnx = "ONNX"
  }

  /// How the file is made.
  public var format: Format
  /// Every tensor, in the file's order and under the file's names; none is read yet.
  public var tensors = TensorTable()
  /// Free text that the file carries: safetensors' metadata, or the numbers and strings beside a
  /// PyTorch state dict (epoch, best accuracy…).
  public var metadata: [String: String] = [:]
  /// The key under which a PyTorch file keeps its state dict, such as `state_dict`.
  public var container: String?

  /// Reads any supported weight file as far as names, shapes and types; the format is told by its
  /// first bytes, never by its name.
  ///
  /// An index of shards (`model.safetensors.index.json`) opens the files that it names.
  ///
  /// - Throws: ``CheckpointError`` naming the file and what is wrong with it.
  public static func read(_ file: URL) throws(CheckpointError) -> WeightFile {
    try naming(file) { () throws(CheckpointError.Problem) in
      let mapping = try FileMapping(file)
      if ShardIndex.matches(mapping.bytes) {
        return try ShardIndex(mapping.bytes).open(besides: file)
      }
      return try parse(mapping)
    }
  }

  /// Reads a weight file that lies in one piece.
  package static func parse(_ mapping: FileMapping) throws(CheckpointError.Problem) -> WeightFile {
    let bytes = mapping.bytes
    guard !bytes.isEmpty else { throw .truncated("it is empty") }
    if ZipArchive.matches(bytes) {
      let archive = try ZipArchive(bytes)
      if archive.entries.contains(where: { $0.name.hasSuffix(".npy") }) {
        return try NumPyFile.weights(archive, of: mapping)
      }
      if let advice = ForeignFormat.advice(on: archive) { throw .unsupported(advice) }
      return try TorchCheckpoint.parse(archive, of: mapping)
    }
    // Before the magic numbers of others: any bytes may be the length of a safetensors header.
    if bytes.count > 9, bytes[8] == UInt8(ascii: "{"), bytes[4..<8].allSatisfy({ $0 == 0 }) {
      return try SafeTensors.parse(mapping)
    }
    if let advice = ForeignFormat.advice(on: bytes) { throw .unsupported(advice) }
    if bytes.count > 9, bytes[8] == UInt8(ascii: "{"), bytes[0] != 0x80 || bytes[2] != 0x8A {
      return try SafeTensors.parse(mapping)
    }
    if PickleMachine.mayBegin(bytes) { return try TorchCheckpoint.parsePickle(mapping) }
    if ONNXModel.matches(bytes) {
      throw .unsupported("it is an ONNX file, a whole network and no list of tensors")
    }
    if bytes.count < 9 { throw .truncated("it has only \(bytes.count) bytes") }
    throw .unsupported(
      "its first bytes are those of no weight file (safetensors, PyTorch or NumPy)")
  }
}
