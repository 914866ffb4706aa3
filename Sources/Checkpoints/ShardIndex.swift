import Foundation

/// The index of a checkpoint in several files, as Hugging Face writes it beside them:
/// `{"metadata": {…}, "weight_map": {"conv1.weight": "model-00001-of-00002.safetensors", …}}`.
package struct ShardIndex {
  /// The name of the file that holds each tensor.
  package let files: [String: String]
  /// The text that stands beside the map.
  package let metadata: [String: String]

  /// The files that it names, each once, by name.
  var shards: [String] { Set(files.values).sorted() }

  /// Whether a file begins like a JSON object, which none of the weight formats does.
  static func matches(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.prefix(64).first { !" \t\r\n".utf8.contains($0) } == UInt8(ascii: "{")
  }

  private struct Contents: Decodable {
    enum Value: Decodable {
      case text(String)
      case other

      init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let text = try? container.decode(String.self) {
          self = .text(text)
        } else if let number = try? container.decode(Int.self) {
          self = .text(String(number))
        } else {
          self = .other
        }
      }
    }

    var weight_map: [String: String]
    var metadata: [String: Value]?
  }

  /// Reads an index; a file may be named only by its bare name, so that it lies beside the index.
  package init(_ bytes: UnsafeRawBufferPointer) throws(CheckpointError.Problem) {
    let contents: Contents
    do {
      contents = try JSONDecoder().decode(Contents.self, from: Data(bytes))
    } catch {
      throw .unsupported(
        "it is a JSON file but not an index of weight files (which has a 'weight_map')")
    }
    for (tensor, file) in contents.weight_map {
      guard !file.isEmpty, file != ".", file != "..",
        !file.contains("/"), !file.contains("\\"), !file.contains("\0")
      else {
        throw .malformed(
          "its index puts '\(tensor.prefix(80))' into '\(file.prefix(80))', which is not the name "
            + "of a file beside it")
      }
    }
    files = contents.weight_map
    metadata = (contents.metadata ?? [:]).compactMapValues {
      if case .text(let text) = $0 { text } else { nil }
    }
  }

  /// Opens every file that the index names.
  ///
  /// - Throws: what opening one of them throws, or `.mismatched` with the tensor that a file should
  ///   hold and does not.
  func open(besides index: URL) throws(CheckpointError.Problem) -> WeightFile {
    let folder = index.deletingLastPathComponent()
    var weights = WeightFile(format: .safeTensors, metadata: metadata)
    for file in shards {
      let shard = try inPart(file) { () throws(CheckpointError.Problem) in
        try WeightFile.parse(try FileMapping(folder.appendingPathComponent(file)))
      }
      weights.format = shard.format
      for (name, tensor) in shard.tensors.entries where files[name] == file {
        weights.tensors[name] = StoredTensor(shape: tensor.shape, type: tensor.type) {
          () throws(CheckpointError.Problem) in
          try inPart(file) { () throws(CheckpointError.Problem) in try tensor.tensor() }
        }
      }
    }
    for (name, file) in files.sorted(by: { $0.key < $1.key }) where weights.tensors[name] == nil {
      throw .mismatched(
        "its index says that '\(name.prefix(200))' is in '\(file)', but it is not there")
    }
    return weights
  }
}
