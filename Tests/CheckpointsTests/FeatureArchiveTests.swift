import Checkpoints
import Foundation
import Networks
import Tensors
import TestSupport
import Testing

@Suite("Archives of features")
struct FeatureArchiveTests {
  static let embeddings = Embeddings(
    features: Tensor(shape: [3, 2], values: [1, 2, 3, 4, 5, 6]), labels: [1, 0, 1],
    classNames: ["ähre", "b"],
    sourceProbabilities: Tensor(shape: [3, 2], values: [0.5, 0.5, 1, 0, 0.25, 0.75]),
    paths: ["b/1.png", "ähre/2.png", "b/3.png"], model: "a network")

  @Test("An archive comes back as it was written")
  func roundTrip() throws {
    let scratch = try ScratchFolder()
    try FeatureArchive(Self.embeddings, remarks: ["one is missing"]).write(to: scratch("f.npz"))
    let read = try FeatureArchive.read(scratch("f.npz"))
    #expect(read.features.values == Self.embeddings.features.values)
    #expect(read.features.shape == [3, 2])
    #expect(read.labels == [1, 0, 1])
    #expect(read.classNames == ["ähre", "b"])
    #expect(read.sourceProbabilities?.values == Self.embeddings.sourceProbabilities?.values)
    #expect(read.paths == Self.embeddings.paths)
    #expect(read.model == "a network")
    #expect(read.remarks == ["one is missing"])
  }

  @Test("Another tool's archive needs features and labels only; labels are numbered anew")
  func foreign() throws {
    let scratch = try ScratchFolder()
    let features = NumPyArray(Self.embeddings.features)
    try NumPyFile.write(
      [("features", features), ("labels", NumPyArray([7, 3, 7]))], to: scratch("net.npz"))
    let read = try FeatureArchive.read(scratch("net.npz"))
    #expect(read.labels == [1, 0, 1])
    #expect(read.classNames == ["3", "7"])
    #expect(read.model == "net")
    #expect(read.paths == ["0", "1", "2"])
    #expect(read.sourceProbabilities == nil)
    try NumPyFile.write(
      [("features", features), ("labels", NumPyArray(["dog", "cat", "dog"]))],
      to: scratch("net.npz"))
    let words = try FeatureArchive.read(scratch("net.npz"))
    #expect(words.labels == [1, 0, 1])
    #expect(words.classNames == ["cat", "dog"])
  }

  @Test("What is missing or doesn't fit is named with the file")
  func errors() throws {
    let scratch = try ScratchFolder()
    let features = NumPyArray(Self.embeddings.features)
    let labels = NumPyArray([1, 0, 1])
    let cases: [([(name: String, array: NumPyArray)], String)] = [
      ([("labels", labels)], "'features'"),
      ([("features", features)], "'labels'"),
      ([("features", features), ("labels", NumPyArray([1, 0]))], "'labels'"),
      ([("features", labels), ("labels", labels)], "'features'"),
      (
        [("features", features), ("labels", labels), ("paths", NumPyArray(["a"]))], "'paths'"
      ),
      (
        [
          ("features", features), ("labels", labels),
          ("source_probabilities", NumPyArray(Tensor(shape: [2, 2]))),
        ], "'source_probabilities'"
      ),
    ]
    for (arrays, naming) in cases {
      try NumPyFile.write(arrays, to: scratch("bad.npz"))
      let error = #expect(throws: CheckpointError.self) {
        try FeatureArchive.read(scratch("bad.npz"))
      }
      let sentence = error?.description ?? ""
      #expect(sentence.contains("bad.npz") && sentence.contains(naming), "\(sentence)")
    }
  }

  @Test("A folder that isn't there is named when writing")
  func unwritable() throws {
    let scratch = try ScratchFolder()
    let error = #expect(throws: CheckpointError.self) {
      try FeatureArchive(Self.embeddings).write(to: scratch("absent/f.npz"))
    }
    #expect(error?.description.contains("f.npz") == true)
  }
}
