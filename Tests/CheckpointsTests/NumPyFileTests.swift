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

  /// Lengths that do not belong together, in an array and in an archive of them.
  @Test func refusesLengthsThatDisagree() throws {
    let array = try Fixtures.bytes("f4.npy")
    let header = "{'descr': '|S0', 'fortran_order': False, 'shape': (1048577,), }\n"
    let empty =
      Array("\u{93}NUMPY".unicodeScalars.map { UInt8($0.value) })
      + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8)
    for (bytes, words) in [
      (array + [0], "1 bytes follow its last element"), (empty, "impossible"),
    ] {
      let problem = Fixtures.problem(bytes) { file throws(CheckpointError.Problem) in
        try NumPyFile.parse(file.bytes)
      }
      #expect("\(problem as Any)".contains(words), "\(problem as Any)")
    }
    // In the directory of an archive an entry has its length packed and, four bytes on, unpacked.
    let entry: [UInt8] = [0x50, 0x4B, 0x01, 0x02]
    for (name, words) in [
      ("stored.npz", "two different lengths"), ("deflated.npz", "its compressed data can hold"),
    ] {
      var bytes = try Fixtures.bytes(name)
      let place = try #require(
        bytes.indices.dropLast(4).first { Array(bytes[$0..<($0 + 4)]) == entry })
      bytes[place + 27] = 0x7F
      let problem = Fixtures.problem(bytes) { file throws(CheckpointError.Problem) in
        try NumPyFile.parseArchive(file.bytes)
      }
      #expect("\(problem as Any)".contains(words), "\(name): \(problem as Any)")
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
