import Checkpoints
import Foundation
import Networks
import Testing

extension Fixtures {
  /// The problem that a parser finds in bytes, which are copied so that reading past their end is
  /// seen by a memory checker.
  static func problem<R>(
    _ bytes: [UInt8], _ parse: (FileMapping) throws(CheckpointError.Problem) -> R
  ) -> CheckpointError.Problem? {
    let mapping = bytes.withUnsafeBytes { FileMapping(copying: $0) }
    do throws(CheckpointError.Problem) {
      _ = try parse(mapping)
      return nil
    } catch {
      return error
    }
  }
}

/// Every small file, cut at every byte and with every byte changed.
@Suite struct TruncationTests {
  static let weights = [
    "nested.pt", "nested_legacy.pth", "bare.pt", "bare_legacy.th", "bare_protocol4.pt",
    "arrays_protocol2.pkl", "arrays_protocol3.pkl", "arrays_protocol5.pkl", "types.safetensors",
    "stored.npz", "deflated.npz", "expanded.pt", "bare_deflated.pt",
  ]
  static let arrays = ["f4.npy", "f4_fortran.npy", "i4_big.npy", "scalar.npy", "empty.npy"]

  @Test(arguments: weights)
  func everyTruncationIsAnError(_ name: String) throws {
    let bytes = try Fixtures.bytes(name)
    for length in 0..<bytes.count {
      let problem = Fixtures.problem(Array(bytes[..<length])) {
        raw throws(CheckpointError.Problem) in try WeightFile.parse(raw).tensors.read()
      }
      #expect(problem != nil, "\(name) cut to \(length) of \(bytes.count) bytes")
    }
  }

  @Test(arguments: arrays)
  func everyTruncationOfAnArrayIsAnError(_ name: String) throws {
    let bytes = try Fixtures.bytes(name)
    for length in 0..<bytes.count {
      let problem = Fixtures.problem(Array(bytes[..<length])) {
        raw throws(CheckpointError.Problem) in try NumPyFile.parse(raw.bytes)
      }
      #expect(problem != nil, "\(name) cut to \(length) of \(bytes.count) bytes")
    }
  }

  /// Features mapped and unpacked, with labels and probabilities, as `FeatureFileTests` writes them.
  @Test func everyTruncationOfFeaturesIsAnError() throws {
    for file in try FeatureFileTests.small() {
      func parse(_ raw: FileMapping) throws(CheckpointError.Problem) -> [Float] {
        let read = try FeatureFile.parse(
          raw, of: URL(fileURLWithPath: "x"), labels: file.labels)
        return FeatureFileTests.values(read.features)
      }
      #expect(Fixtures.problem(file.bytes, parse) == nil)
      for length in 0..<file.bytes.count {
        let problem = Fixtures.problem(Array(file.bytes[..<length]), parse)
        #expect(problem != nil, "cut to \(length) of \(file.bytes.count) bytes")
      }
    }
  }

  @Test(arguments: ["stored.npz", "deflated.npz"])
  func everyTruncationOfAnArchiveIsAnError(_ name: String) throws {
    let bytes = try Fixtures.bytes(name)
    for length in 0..<bytes.count {
      let problem = Fixtures.problem(Array(bytes[..<length])) {
        raw throws(CheckpointError.Problem) in try NumPyFile.parseArchive(raw.bytes)
      }
      #expect(problem != nil, "\(name) cut to \(length) of \(bytes.count) bytes")
    }
  }

  private static func index(
    _ file: FileMapping
  ) throws(CheckpointError.Problem) -> ShardIndex {
    try ShardIndex(file.bytes)
  }

  private static func configuration(
    _ file: FileMapping
  ) throws(CheckpointError.Problem) -> ModelCard? {
    try ModelCard.parse(timm: file.bytes, id: "x")
  }

  /// An index of shards is JSON: it is whole or it is nothing.
  @Test func everyTruncationOfAnIndexIsAnError() throws {
    let bytes = Array(#"{"metadata":{"total_size":8},"weight_map":{"a.b":"x.safetensors"}}"#.utf8)
    #expect(Fixtures.problem(bytes, Self.index) == nil)
    for length in 0..<bytes.count {
      let problem = Fixtures.problem(Array(bytes[..<length]), Self.index)
      #expect(problem != nil, "cut to \(length)")
    }
  }

  /// timm's configuration, likewise.
  @Test func everyTruncationOfAConfigurationIsAnError() throws {
    let bytes = Array(
      (#"{"architecture":"resnet18","num_classes":2,"pretrained_cfg":{"input_size":[3,224,224],"#
        + #""mean":[0.5,0.5,0.5],"std":[0.5,0.5,0.5],"crop_pct":0.9}}"#).utf8)
    #expect(Fixtures.problem(bytes, Self.configuration) == nil)
    for length in 0..<bytes.count {
      let problem = Fixtures.problem(Array(bytes[..<length]), Self.configuration)
      #expect(problem != nil, "cut to \(length)")
    }
  }

  /// A changed byte may go unnoticed (it may be a weight); it must never crash.
  @Test(arguments: weights + arrays, [0x01, 0xFF] as [UInt8])
  func noChangedByteCrashes(_ name: String, _ flip: UInt8) throws {
    var bytes = try Fixtures.bytes(name)
    for index in bytes.indices {
      bytes[index] ^= flip
      _ = Fixtures.problem(bytes) { raw throws(CheckpointError.Problem) in
        if name.hasSuffix(".npy") {
          _ = try NumPyFile.parse(raw.bytes)
        } else {
          _ = try WeightFile.parse(raw).tensors.read()
        }
      }
      bytes[index] ^= flip
    }
  }
}
