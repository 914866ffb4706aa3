import Checkpoints
import Foundation
import Networks
import Testing

/// Bad ONNX files: a sentence and never a crash.
@Suite struct ONNXErrorTests {
  @Test(arguments: ONNXFixtures.badNames)
  func isRefusedInOneSentence(_ name: String) throws {
    let words = try #require(ONNXFixtures.expected?.bad[name])
    let sentence = Fixtures.sentence { () throws(CheckpointError) in
      try ONNXModel.read(ONNXFixtures.url(name))
    }
    for word in words + ["\(name).onnx"] {
      #expect(sentence?.contains(word) == true, "\(name): \(sentence ?? "no error")")
    }
    #expect(sentence?.hasSuffix(".") == true)
    #expect(sentence?.contains("\n") == false)
  }

  /// Two bytes a message in the file, a hundred in memory.
  @Test func emptyMessagesAreCounted() throws {
    var graph: [UInt8] = []
    graph.reserveCapacity(2_200_000)
    for _ in 0..<1_100_000 { graph += [0x0A, 0x00] }
    var length = graph.count
    var header: [UInt8] = [0x08, 0x08, 0x3A]
    while length >= 0x80 {
      header.append(UInt8(length & 0x7F) | 0x80)
      length >>= 7
    }
    header.append(UInt8(length))
    let problem = Fixtures.problem(header + graph) {
      raw throws(CheckpointError.Problem) in try ONNXModel(raw.bytes)
    }
    guard case .malformed(let what) = problem else {
      Issue.record("\(String(describing: problem))")
      return
    }
    #expect(what.contains("more messages"))
  }
}
