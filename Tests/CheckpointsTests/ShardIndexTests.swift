import Checkpoints
import Foundation
import Networks
import Tensors
import Testing

@Suite struct ShardIndexTests {
  /// A network in two shards with their index, in a folder.
  static func write(
    _ state: StateDict, to folder: URL, map: [String: String]? = nil
  ) throws {
    let half = state.names.count / 2
    let shards = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]
    var places: [String: String] = [:]
    for (index, shard) in shards.enumerated() {
      let names = index == 0 ? state.names.prefix(half) : state.names.dropFirst(half)
      let wanted = Set(names)
      try SafeTensors.write(
        state.filter { wanted.contains($0) }, to: folder.appendingPathComponent(shard))
      for name in names { places[name] = shard }
    }
    let index: [String: Any] = [
      "metadata": ["total_size": 1, "format": "pt"], "weight_map": map ?? places,
    ]
    try JSONSerialization.data(withJSONObject: index)
      .write(to: folder.appendingPathComponent("model.safetensors.index.json"))
  }

  @Test func shardsMakeOneNetwork() throws {
    let network = try ModelCatalogueTests.network()
    try Fixtures.withTemporaryFolder { folder in
      try Self.write(network.state, to: folder)
      let index = folder.appendingPathComponent("model.safetensors.index.json")
      for path in [index, folder] {
        let model = try ModelCatalogue(folders: []).resolve(path.path)
        #expect(model.card.architecture == "resnet20_cifar")
        for (name, tensor) in network.state.entries {
          #expect(model.network.state[name] == tensor, "\(name)")
        }
      }
      #expect(try WeightFile.read(index).metadata["format"] == "pt")
      // A shard that is gone, or cut, is named.
      let second = folder.appendingPathComponent("model-00002-of-00002.safetensors")
      let bytes = try Data(contentsOf: second)
      try bytes.prefix(bytes.count - 1).write(to: second)
      #expect(sentence(index)?.contains("in 'model-00002-of-00002.safetensors'") == true)
      try FileManager.default.removeItem(at: second)
      #expect(sentence(index)?.contains("'model-00002-of-00002.safetensors'") == true)
    }
  }

  @Test(arguments: [
    ("../secret.safetensors", "not the name of a file beside it"),
    ("/etc/passwd", "not the name of a file beside it"),
    ("", "not the name of a file beside it"), ("..", "not the name of a file beside it"),
    ("a\\b.safetensors", "not the name of a file beside it"),
    ("a\0.safetensors", "not the name of a file beside it"),
    ("model-00001-of-00002.safetensors", "'absent.weight'"),
  ])
  func anIndexThatLiesIsRefused(_ file: String, _ word: String) throws {
    try Fixtures.withTemporaryFolder { folder in
      try Self.write(
        try ModelCatalogueTests.network().state, to: folder, map: ["absent.weight": file])
      let index = folder.appendingPathComponent("model.safetensors.index.json")
      #expect(sentence(index)?.contains(word) == true, "\(sentence(index) ?? "no error")")
    }
  }

  /// A tensor that several shards hold comes from the one that the index names.
  @Test func theIndexDecidesWhichShardATensorIsIn() throws {
    try Fixtures.withTemporaryFolder { folder in
      for (file, value) in [("1", Float(1)), ("2", 2), ("3", 3)] {
        let w = Tensor(shape: [1], values: [value])
        try SafeTensors.write(
          StateDict([("w", w), ("own\(file)", w)]), to: folder.appendingPathComponent(file))
      }
      let index = folder.appendingPathComponent("x.json")
      try Data(#"{"weight_map": {"own1": "1", "w": "2", "own3": "3"}}"#.utf8).write(to: index)
      #expect(try WeightFile.read(index).tensors.read()["w"]?.values == [2])
    }
  }

  @Test func anotherJSONIsNoIndex() throws {
    try Fixtures.withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("x.json")
      try Data(#"  {"a": 1}"#.utf8).write(to: file)
      #expect(sentence(file)?.contains("'weight_map'") == true)
    }
  }

  private func sentence(_ file: URL) -> String? {
    Fixtures.sentence { () throws(CheckpointError) in try WeightFile.read(file) }
  }
}
