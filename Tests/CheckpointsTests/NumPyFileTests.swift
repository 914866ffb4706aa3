import Checkpoints
import Foundation
import Tensors
import Testing

@Suite struct NumPyFileTests {
  @Test func readsEveryElementTypeAndOrder() throws {
    let expected = try #require(try Fixtures.expected().files["npy"])
    for (name, array) in expected {
      let read = try NumPyFile.readArray(Fixtures.url(name))
      #expect(read.shape == array.shape, "\(name)")
      switch read.elements {
      case .float32(let values): #expect(values == array.values.map { Float($0) }, "\(name)")
      case .float64(let values): #expect(values == array.values, "\(name)")
      case .int64(let values): #expect(values.map { Double($0) } == array.values, "\(name)")
      case .strings: Issue.record("\(name) is no text")
      }
    }
  }

  @Test(arguments: ["stored.npz", "deflated.npz"])
  func readsArchives(_ name: String) throws {
    let arrays = try NumPyFile.readArchive(Fixtures.url(name))
    #expect(arrays["features"]?.tensor?.shape == [2, 3])
    #expect(arrays["features"]?.tensor?.values == [0, 0.25, 0.5, 0.75, 1, 1.25])
    #expect(arrays["labels"]?.integers == [0, 1])
    #expect(arrays["paths"]?.strings == (try Fixtures.expected().words))
    #expect(arrays["bytes"]?.strings == ["ab", "c"])
  }

  @Test func writesWhatItReads() throws {
    let arrays: [(name: String, array: NumPyArray)] = [
      ("features", NumPyArray(Tensor(shape: [2, 2], values: [1, -2, .pi, 0]))),
      ("doubles", NumPyArray(shape: [3], .float64([1.0 / 3, -.infinity, 0]))),
      ("labels", NumPyArray([3, -1])),
      ("paths", NumPyArray(["a/ü.jpg", "", "🐈"])),
      ("none", NumPyArray([String]())),
    ]
    try Fixtures.withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("x.npz")
      try NumPyFile.write(arrays, to: file)
      let read = try NumPyFile.readArchive(file)
      #expect(read.count == arrays.count)
      for (name, array) in arrays { #expect(read[name] == array, "\(name)") }
      let again = folder.appendingPathComponent("y.npz")
      try NumPyFile.write(arrays, to: again)
      #expect(try Data(contentsOf: file) == Data(contentsOf: again))
      let single = folder.appendingPathComponent("x.npy")
      try NumPyFile.write(arrays[0].array, to: single)
      #expect(try NumPyFile.readArray(single) == arrays[0].array)
    }
  }

  @Test(arguments: [("objects.npy", "NumPy type"), ("structured.npy", "structured NumPy array")])
  func refusesWhatIsNoPlainArray(_ name: String, _ word: String) throws {
    let sentence = Fixtures.sentence { () throws(CheckpointError) in
      try NumPyFile.readArray(Fixtures.url(name))
    }
    #expect(sentence?.contains(name) == true)
    #expect(sentence?.contains(word) == true, "\(sentence ?? "no error")")
  }
}
