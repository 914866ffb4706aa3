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
    "stored.npz", "deflated.npz",
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
