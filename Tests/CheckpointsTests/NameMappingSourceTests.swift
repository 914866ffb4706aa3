import Checkpoints
import Foundation
import Networks
import Tensors
import Testing

/// Names and shapes of networks as other libraries save them (benchmarks/parity/names.py --fixture):
/// each must become exactly the parameters of one of our architectures, by its names alone.
@Suite struct NameMappingSourceTests {
  /// torchvision's networks that are none of ours.
  static let foreign: Set<String> = [
    "alexnet", "maxvit_t", "mnasnet1_3", "swin_v2_b", "swin_v2_s", "swin_v2_t",
  ]

  struct Source: Sendable, CustomTestStringConvertible {
    var name: String
    /// The id of the architecture; `?` where any of ours will do.
    var architecture: String
    var shapes: [(name: String, shape: [Int])]
    var testDescription: String { name }
  }

  static let sources: [Source] = {
    do {
      let mapping = try FileMapping(Fixtures.url("names.zip"))
      let archive = try ZipArchive(mapping.bytes)
      return try archive.entries.map { entry in
        let words = entry.name.split(separator: " ").map(String.init)
        let text = try archive.withBytes(of: entry) { bytes throws(CheckpointError.Problem) in
          String(decoding: bytes, as: UTF8.self)
        }
        let shapes = text.split(separator: "\n").map { line in
          let fields = line.split(separator: " ", omittingEmptySubsequences: false)
          return (String(fields[0]), fields[1].split(separator: "x").compactMap { Int($0) })
        }
        return Source(name: words[0], architecture: words[1], shapes: shapes)
      }
    } catch {
      return []
    }
  }()

  /// The table of a listing; none of its tensors can be read, for none is needed.
  static func mapping(_ shapes: [(name: String, shape: [Int])]) -> NameMapping {
    NameMapping(TensorTable(shapes: shapes))
  }

  @Test func theListingsAreThere() { #expect(Self.sources.count > 80) }

  @Test(arguments: sources)
  func namesBecomeOurs(_ source: Source) throws {
    let mapping = Self.mapping(source.shapes)
    let guess = ArchitectureGuess(mapping)
    if Self.foreign.contains(source.name.replacingOccurrences(of: "torchvision.", with: "")) {
      #expect(guess.exact.isEmpty, "\(guess.exact)")
      return
    }
    let nearest = "\(guess.closest ?? "none"), \(mapping.convention ?? "no convention")"
    #expect(!guess.exact.isEmpty, "nearest: \(nearest)")
    if source.architecture != "?" {
      #expect(guess.exact.contains(source.architecture), "\(guess.exact)")
    }
    #expect(guess.classCount > 0 || !source.shapes.contains { $0.name.contains("classifier") })
  }

  /// The same under the prefixes that training programs add, beside a head that is none of ours.
  @Test(arguments: ["module.", "model.", "_orig_mod.module.", "teacher.backbone."])
  func wrappedNamesBecomeOurs(_ prefix: String) throws {
    let source = try #require(Self.sources.first { $0.name == "torchvision.resnet18" })
    let wrapped = source.shapes.map { (name: prefix + $0.name, shape: $0.shape) }
    let mapping = Self.mapping(wrapped)
    #expect(mapping.prefix == prefix)
    #expect(ArchitectureGuess(mapping).exact == ["resnet18"])
  }
}
