import Checkpoints
import Foundation
import Tensors
import TestSupport
import Testing

@Suite("graft bench scores")
struct BenchScoresTests {
  /// Twelve rows on a line, six of each class, apart.
  private static func files(_ scratch: ScratchFolder, labels: [Int]) throws -> [String] {
    let values = (0..<24).map { (index: Int) -> Float in
      let far = index >= 12 ? 50 : 0
      return Float(index / 2 + far + index % 2)
    }
    let features = Tensor(shape: [12, 2], values: values)
    try NumPyFile.write(NumPyArray(features), to: scratch("x.npy"))
    try NumPyFile.write(NumPyArray(labels), to: scratch("y.npy"))
    return [
      "bench", "scores", "--features", scratch("x.npy").path, "--labels", scratch("y.npy").path,
      "--rounds", "2", "--quiet",
    ]
  }

  @Test("Times and values of the scores asked for, in that order")
  func values() throws {
    let scratch = try ScratchFolder()
    let labels = (0..<12).map { $0 < 6 ? 4 : 90 }
    let call = try Self.files(scratch, labels: labels) + ["--scores", "knn,hscore", "--json"]
    let result = try GraftBinary.run(call).json()
    #expect(result["schema"] as? String == "graft.score-benchmark/1")
    #expect(result["rows"] as? Int == 12 && result["classes"] as? Int == 2)
    let scores = try #require(result["scores"] as? [[String: Any]])
    #expect(scores.map { $0["id"] as? String } == ["knn", "hscore"])
    #expect(scores[0]["value"] as? Double == 1)
    #expect(result["intervals"] as? Bool == true)
    let alone = try GraftBinary.run(call + ["--value-only"]).json()
    #expect(alone["intervals"] as? Bool == false)
    let values = try #require(alone["scores"] as? [[String: Any]])
    #expect(values.map { $0["value"] as? Double } == scores.map { $0["value"] as? Double })
    let parts = scores.compactMap { $0["seconds"] as? Double }
    let statistics = try #require(result["statisticsSeconds"] as? Double)
    #expect(parts.count == 2 && parts.allSatisfy { $0 > 0 } && statistics > 0)
  }

  @Test("Labels that don't fit are refused by name")
  func refused() throws {
    let scratch = try ScratchFolder()
    let call = try Self.files(scratch, labels: [1, 2, 3])
    try GraftBinary.expectFailure(call, naming: ["3 labels", "12"])
    try GraftBinary.expectFailure(call + ["--scores", "logmee"], naming: ["logmee"])
    let usage = try GraftBinary.run(call + ["--rounds", "0"])
    #expect(usage.status == 64 && usage.errors.contains("--rounds must be at least 1"))
  }
}
