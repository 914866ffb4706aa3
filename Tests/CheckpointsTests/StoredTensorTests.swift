import Checkpoints
import Foundation
import Networks
import Tensors
import Testing

/// Opening a file reads names and shapes; values follow when they are asked for.
@Suite struct StoredTensorTests {
  /// A damaged value is no obstacle to opening, and is told once its tensor is asked for.
  @Test func valuesAreReadWhenAskedFor() throws {
    var bytes = try Fixtures.bytes("bare.pt")
    let weights = try Data(bytes).withUnsafeBytes { try ZipArchive($0).entries }
    #expect(weights.contains { $0.name.hasSuffix("/data/0") })
    // The first storage is a weight of the linear layer: find its bytes by their values.
    let state = try TorchCheckpoint.read(Fixtures.url("bare.pt"))
    let value = try #require(state["module.0.weight"]?.values.first)
    let pattern = withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) }
    let place = try #require(
      bytes.indices.dropLast(4).first { Array(bytes[$0..<($0 + 4)]) == pattern })
    bytes[place] ^= 1
    try Fixtures.withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("x.pt")
      try Data(bytes).write(to: file)
      let opened = try WeightFile.read(file)
      #expect(opened.tensors["module.0.weight"]?.shape == [2, 3])
      _ = try opened.tensors["module.0.bias"]?.tensor()
      #expect(throws: CheckpointError.Problem.self) {
        try opened.tensors["module.0.weight"]?.tensor()
      }
      #expect(throws: CheckpointError.Problem.self) { try opened.tensors.read() }
    }
  }

  /// The mapping lives as long as a tensor may be asked for, whatever happens to the file's name.
  @Test func tensorsOutliveTheName() throws {
    try Fixtures.withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("x.safetensors")
      try SafeTensors.write(
        StateDict([("w", Tensor(shape: [2], values: [1, -3]))]), to: file)
      let tensors = try WeightFile.read(file).tensors
      try FileManager.default.removeItem(at: file)
      #expect(try tensors.read()["w"]?.values == [1, -3])
    }
  }
}
