import Checkpoints
import Foundation
import Networks
import Tensors
import Testing

@Suite struct SafeTensorsTests {
  @Test func readsEveryElementType() throws {
    let expected = try #require(try Fixtures.expected().files["types.safetensors"])
    let (state, metadata) = try SafeTensors.read(Fixtures.url("types.safetensors"))
    Fixtures.check(state, against: expected)
    #expect(metadata == ["format": "pt", "é": "\"x\""])
  }

  @Test func writesWhatItReads() throws {
    let state = StateDict([
      ("a.weight", Tensor(shape: [2, 3], values: [1, -2, 0.5, .infinity, 1e-40, -0.0])),
      ("a.num_batches_tracked", Tensor(shape: [], values: [7])),
      ("empty", Tensor(shape: [0, 4])),
      ("quo\"te\\\n", Tensor(shape: [1], values: [3])),
    ])
    try Fixtures.withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("x.safetensors")
      try SafeTensors.write(state, metadata: ["a": "b\u{1}"], to: file)
      let weights = try WeightFile.read(file)
      let read = try weights.tensors.read()
      #expect(Set(read.names) == Set(state.names))
      for (name, tensor) in state.entries { #expect(read[name] == tensor, "\(name)") }
      #expect(weights.tensors["a.num_batches_tracked"]?.type == .int64)
      #expect(weights.metadata == ["a": "b\u{1}"])
      // Nothing but the file is left, and a second write replaces it.
      try SafeTensors.write(StateDict(), to: file)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["x.safetensors"])
      #expect(try SafeTensors.read(file).0.isEmpty)
    }
  }

  @Test func aFailedWriteLeavesNothing() throws {
    try Fixtures.withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("missing/x.safetensors")
      let sentence = Fixtures.sentence { () throws(CheckpointError) in
        try SafeTensors.write(StateDict(), to: file)
      }
      #expect(sentence?.contains("cannot be written: no such file or directory") == true)
    }
  }

  /// The length of a header may look like another format's magic number: gzip's, and a map of
  /// MessagePack's.
  @Test(arguments: [0x08_8B1F, 0xA581])
  func aLengthIsNoMagicNumber(_ length: Int) throws {
    let header = #"{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#
    var bytes: [UInt8] = []
    bytes.append(little: UInt64(length))
    bytes += header.utf8 + [UInt8](repeating: 0x20, count: length - header.utf8.count)
    bytes += [0, 0, 0x80, 0x3F]
    let mapping = bytes.withUnsafeBytes { FileMapping(copying: $0) }
    #expect(try WeightFile.parse(mapping).tensors.read()["w"]?.values == [1])
  }

  /// Headers that lie: each names the tensor or the number at fault.
  @Test(arguments: [
    (#"{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, 8, "shape [2]"),
    (#"{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 8, "belong to no tensor"),
    (#"{"w":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"#, 12, "starts at 4"),
    (#"{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 4, "cut short"),
    (#"{"w":{"dtype":"F8_E4M3","shape":[2],"data_offsets":[0,2]}}"#, 2, "F8_E4M3"),
    (#"{"w":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}"#, 8, "shape [-2]"),
    (#"{"w":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#, 8, "impossible data offsets"),
    (
      #"{"w":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}}"#, 8,
      "does not fit"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"#
        + #""b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"#, 12, "starts at 4"
    ),
    (#"{"w":{"dtype":"F32","shape":[2]}}"#, 8, "not the JSON"),
    (#"[1]"#, 8, "not the JSON"),
  ])
  func refusesLyingHeaders(_ header: String, _ dataCount: Int, _ word: String) throws {
    var bytes: [UInt8] = []
    bytes.append(little: UInt64(header.utf8.count))
    bytes += header.utf8
    bytes += [UInt8](repeating: 0, count: dataCount)
    try Fixtures.withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("x.safetensors")
      try Data(bytes).write(to: file)
      let sentence = Fixtures.sentence { () throws(CheckpointError) in try SafeTensors.read(file) }
      #expect(sentence?.contains("x.safetensors") == true)
      #expect(sentence?.contains(word) == true, "\(sentence ?? "no error")")
    }
  }
}
