public import Foundation
public import Networks
internal import Tensors

/// The tensors of a file, whatever its format, under the names that the file gives them.
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
  /// Every tensor, rounded to Float32, in the file's order and under the file's names.
  public var tensors: StateDict
  /// The element type that each tensor has in the file.
  public var scalarTypes: [String: ScalarType]
  /// Free text that the file carries: safetensors' metadata, or the numbers and strings beside a
  /// PyTorch state dict (epoch, best accuracy…).
  public var metadata: [String: String]
  /// The key under which a PyTorch file keeps its state dict, such as `state_dict`.
  public var container: String?

  /// Reads any supported weight file; the format is told by its first bytes, never by its name.
  ///
  /// - Throws: ``CheckpointError`` naming the file and what is wrong with it.
  public static func read(_ file: URL) throws(CheckpointError) -> WeightFile {
    try naming(file) { () throws(CheckpointError.Problem) in
      let mapping = try FileMapping(file)
      return try withExtendedLifetime(mapping) { () throws(CheckpointError.Problem) in
        try parse(mapping.bytes)
      }
    }
  }

  /// Reads a weight file that lies in memory.
  package static func parse(
    _ bytes: UnsafeRawBufferPointer
  ) throws(CheckpointError.Problem) -> WeightFile {
    guard !bytes.isEmpty else { throw .truncated("it is empty") }
    if ZipArchive.matches(bytes) {
      let archive = try ZipArchive(bytes)
      if archive.entries.contains(where: { $0.name.hasSuffix(".npy") }) {
        return try NumPyFile.weights(archive)
      }
      return try TorchCheckpoint.parse(archive)
    }
    if bytes.starts(with: NumPyHeader.magic) {
      throw .unsupported(
        "it is a single NumPy array; weights come as an .npz archive of named ones")
    }
    if bytes.starts(with: [0x89, 0x48, 0x44, 0x46]) {
      throw .unsupported(
        "it is an HDF5 file (Keras); convert it in Python and save it as safetensors")
    }
    if bytes.count > 262, bytes[257..<262].elementsEqual("ustar".utf8) {
      throw .unsupported(
        "it is a tar file (PyTorch before 0.1.10); load and save it with a newer PyTorch")
    }
    if bytes.count > 9, bytes[8] == UInt8(ascii: "{"), bytes[0] != 0x80 || bytes[2] != 0x8A {
      return try SafeTensors.parse(bytes)
    }
    if bytes[0] == 0x80 { return try TorchCheckpoint.parsePickle(bytes) }
    if ONNXModel.matches(bytes) {
      throw .unsupported("it is an ONNX file, a whole network and no list of tensors")
    }
    if bytes.count < 9 { throw .truncated("it has only \(bytes.count) bytes") }
    throw .unsupported(
      "its first bytes are those of no weight file (safetensors, PyTorch or NumPy)")
  }
}
