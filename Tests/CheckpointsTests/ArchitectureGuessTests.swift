import Checkpoints
import Foundation
import Networks
import Tensors
import Testing

@Suite struct ArchitectureGuessTests {
  private static let listing = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../Sources/Checkpoints/ArchitectureFingerprint+Listing.swift")

  /// The listing says what the graphs say; `GRAFT_WRITE_LISTING=1` writes it anew.
  @Test func theListingIsTrue() throws {
    let lines = Architecture.all.map { ArchitectureFingerprint.line(of: $0) }
    let source = try String(contentsOf: Self.listing, encoding: .utf8)
    if ProcessInfo.processInfo.environment["GRAFT_WRITE_LISTING"] != nil {
      let start = try #require(source.range(of: "\"\"\"\n")).upperBound
      let text = lines.map { "    \($0)\n" }.joined() + "    \"\"\"\n}\n"
      try (source[..<start] + text).write(to: Self.listing, atomically: true, encoding: .utf8)
      return
    }
    for line in lines {
      #expect(source.contains("    \(line)\n"), "renew the listing: \(line) is not in it")
    }
    #expect(ArchitectureFingerprint.listing.count == lines.count)
  }

  private static func table(
    _ id: String, classCount: Int, without: (String) -> Bool = { _ in false }
  ) throws -> NameMapping {
    let graph = try Architecture.named(id).build(classCount: classCount)
    return NameMapping(
      StateDict(
        graph.parameters.filter { !without($0.name) }.map { ($0.name, Tensor(shape: $0.shape)) }))
  }

  /// A network is recognised with a head of any size and without one.
  @Test(arguments: [
    "resnet18", "tf_efficientnet_lite0", "convnextv2_atto", "regnetx_002",
    "deit_tiny_distilled_patch16_224",
  ])
  func everyHeadIsRecognised(_ id: String) throws {
    let whole = ArchitectureGuess(try Self.table(id, classCount: 7))
    #expect(whole.exact == [id])
    #expect(whole.classCount == 7)
    let head = Set(try Architecture.named(id).build(classCount: 1).headParameterNames)
    let bare = ArchitectureGuess(try Self.table(id, classCount: 7) { head.contains($0) })
    #expect(bare.exact == [id])
    #expect(bare.classCount == 0)
  }

  /// A missing tensor, or one too many, leaves the nearest architecture and no exact one.
  @Test func aNearMissIsTheClosest() throws {
    let guess = ArchitectureGuess(
      try Self.table("resnet34", classCount: 5) { $0 == "conv1.weight" })
    #expect(guess.exact.isEmpty)
    #expect(guess.closest == "resnet34")
    #expect(guess.classCount == 5)
    #expect(ArchitectureGuess(NameMapping(StateDict())).closest == nil)
  }
}
