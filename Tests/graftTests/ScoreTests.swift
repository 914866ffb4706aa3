import Checkpoints
import Foundation
import Tensors
import TestSupport
import Testing

@Suite("graft score on files of features")
struct ScoreTests {
  /// Made features of four classes: text labels, source probabilities, and a model's name.
  static func table(
    rows: Int = 240, separation: Float = 1.5, key: String = "table"
  ) -> (x: Tensor, y: [String], theta: Tensor) {
    let random = CounterRandom(seed: 8, key: key)
    let labels = (0..<rows).map { ($0 / 2) % 4 }
    var x: [Float] = []
    var theta: [Float] = []
    for (row, label) in labels.enumerated() {
      for column in 0..<8 {
        x.append(
          Float(random.normal(at: UInt64(8 * row + column))) + (column == label ? separation : 0))
      }
      let weights = (0..<5).map { z in
        Float(random.uniform(at: UInt64(1_000_000 + 5 * row + z))) + (z == label ? 1 : 0)
      }
      theta += weights.map { $0 / weights.reduce(0, +) }
    }
    return (
      Tensor(shape: [rows, 8], values: x), labels.map { ["ant", "bee", "cat", "dog"][$0] },
      Tensor(shape: [rows, 5], values: theta)
    )
  }

  static func write(
    _ table: (x: Tensor, y: [String], theta: Tensor), _ rows: Range<Int>, model: String?,
    to file: URL
  ) throws {
    var arrays: [(name: String, array: NumPyArray)] = [
      ("features", NumPyArray(table.x.rows(rows))), ("labels", NumPyArray(Array(table.y[rows]))),
      ("source_probabilities", NumPyArray(table.theta.rows(rows))),
    ]
    if let model { arrays.append(("model", NumPyArray([model]))) }
    try NumPyFile.write(arrays, to: file)
  }

  static func candidates(_ outcome: GraftBinary.Outcome) throws -> [[String: Any]] {
    #expect(outcome.status == 0, "\(outcome.errors)")
    return try #require(try outcome.json()["candidates"] as? [[String: Any]])
  }

  static func values(_ candidate: [String: Any]) throws -> [String: Double] {
    let scores = try #require(candidate["scores"] as? [String: [String: Any]])
    return scores.compactMapValues { $0["value"] as? Double }
  }

  @Test("Shards of one table, by their model or by NAME=, equal the whole to 10⁻¹⁰")
  func shards() throws {
    let scratch = try ScratchFolder()
    let table = Self.table()
    try Self.write(table, 0..<240, model: "net", to: scratch("whole.npz"))
    // The second shard lacks a class of the first: names are joined, not positions.
    try Self.write(table, 0..<100, model: "net", to: scratch("a.npz"))
    try Self.write(table, 100..<103, model: "net", to: scratch("b.npz"))
    try Self.write(table, 103..<240, model: "net", to: scratch("c.npz"))
    let whole = try Self.candidates(
      try GraftBinary.run(["score", "--features", scratch("whole.npz").path, "--json"]))
    let expected = try Self.values(whole[0])
    let paths = ["a.npz", "b.npz", "c.npz"].map { scratch($0).path }
    for arguments in [paths, ["given=" + paths.joined(separator: ",")]] {
      let joined = try Self.candidates(
        try GraftBinary.run(["score", "--features"] + arguments + ["--json"]))
      #expect(joined.count == 1)
      #expect(joined[0]["rowCount"] as? Int == 240)
      #expect(joined[0]["model"] as? String == (arguments.count == 1 ? "given" : "net"))
      let values = try Self.values(joined[0])
      #expect(values.keys == expected.keys && values.count >= 4)
      for (id, value) in values {
        let other = expected[id] ?? .nan
        #expect(abs(value - other) <= 1e-10 * max(1e-3, abs(other)), "\(id)")
      }
    }
  }

  @Test("The same features as .npy with labels beside it and as .npz give the same scores")
  func formats() throws {
    let scratch = try ScratchFolder()
    let table = Self.table()
    try Self.write(table, 0..<240, model: nil, to: scratch("net.npz"))
    try NumPyFile.write(NumPyArray(table.x), to: scratch("net.npy"))
    let labels = try scratch.write(
      "path,label\n" + table.y.map { "x.png,\($0)\n" }.joined(), to: "y.csv")
    let archive = try Self.candidates(
      try GraftBinary.run(["score", "--features", scratch("net.npz").path, "--json"]))
    let array = try Self.candidates(
      try GraftBinary.run([
        "score", "--features", scratch("net.npy").path, "--labels", labels.path, "--json",
      ]))
    let (a, b) = (try Self.values(archive[0]), try Self.values(array[0]))
    #expect(a["logme"] == b["logme"] && a["hscore"] == b["hscore"])
    #expect(a["leep"] != nil && b["leep"] == nil)
    let leep = (array[0]["scores"] as? [String: [String: Any]])?["leep"]
    #expect(leep?["value"] is NSNull && leep?["note"] is String)
    #expect(array[0]["model"] as? String == "net")
  }

  @Test("The card: expected accuracy, pBest, prior, and --scores, --rank-by, --limit")
  func card() throws {
    let scratch = try ScratchFolder()
    try Self.write(Self.table(), 0..<240, model: "resnet18", to: scratch("a.npz"))
    try Self.write(
      Self.table(separation: 2.5), 0..<240, model: "resnet50", to: scratch("b.npz"))
    let call = ["score", "--features", scratch("a.npz").path, scratch("b.npz").path]
    let card = try GraftBinary.run(call + ["--json"]).json()
    let candidates = try #require(card["candidates"] as? [[String: Any]])
    #expect(candidates.map { $0["model"] as? String } == ["resnet50", "resnet18"])
    #expect(candidates[0]["pBest"] as? Double == 1)
    let accuracy = try #require(candidates[0]["expectedAccuracy"] as? [String: Any])
    #expect((0.5...1).contains(try #require(accuracy["value"] as? Double)))
    #expect(accuracy["method"] is String)
    let prior = try #require(card["prior"] as? [String: Any])
    #expect(prior["basis"] as? String == "source-accuracy")
    let few = try GraftBinary.run(
      call + ["--json", "--scores", "leep,hscore", "--limit", "60", "--seed", "4"]
    ).json()
    let limited = try #require((few["candidates"] as? [[String: Any]])?.first)
    #expect(few["rankedBy"] as? String == "leep")
    #expect(limited["rowCount"] as? Int == 60 && limited["populationCount"] as? Int == 240)
    #expect(Set(try Self.values(limited).keys) == ["leep", "hscore"])
    let ranked = try GraftBinary.run(
      call + ["--json", "--scores", "leep", "--rank-by", "hscore"]
    ).json()
    #expect(ranked["rankedBy"] as? String == "hscore")
    try GraftBinary.expectFailure(call + ["--scores", "nonsense"], naming: ["nonsense", "logme"])
    let text = try GraftBinary.run(call + ["--scores", "all"])
    #expect(text.status == 0 && text.text.contains("\nhscore-shrunk "), "\(text.text)")
  }

  @Test("--truth judges every ranking and tells chance")
  func truth() throws {
    let scratch = try ScratchFolder()
    let names = ["resnet18", "resnet50", "mobilenetv2_100"]
    for (name, separation) in zip(names, [Float(1), 2, 0.5]) {
      try Self.write(
        Self.table(separation: separation), 0..<240, model: name, to: scratch(name + ".npz"))
    }
    let call =
      ["score", "--features"] + names.map { scratch($0 + ".npz").path } + ["--truth"]
    let file = try scratch.write(
      "model,accuracy\nresnet50,91.5\nresnet18,90\nmobilenetv2_100,88\nother,1\n", to: "t.csv")
    let json = try GraftBinary.run(call + [file.path, "--json"]).json()
    let agreement = try #require(json["agreement"] as? [String: Any])
    let rankings = try #require(agreement["rankings"] as? [String: [String: Any]])
    #expect(rankings["logme"]?["weightedTau"] as? Double == 1)
    #expect(rankings["prior"]?["modelCount"] as? Int == 3)
    #expect((agreement["accuracies"] as? [String: Double])?["resnet50"] == 0.915)
    #expect((agreement["chance"] as? [String: Any])?["isExact"] as? Bool == true)
    let text = try GraftBinary.run(call + [file.path])
    #expect(text.text.contains("Against known accuracies of 3 networks"))
    for (content, naming) in [
      ("model,accuracy\nresnet50,good\n", ["line 2", "good"]),
      ("model,top1\nresnet50,1\n", ["accuracy"]), ("model,accuracy\nx,1\ny,0.5\n", ["resnet18"]),
      ("model,accuracy\nresnet50,0.5\nresnet50,0.6\n", ["line 3", "second time"]),
      ("model,accuracy\nresnet50,0.5\nresnet18,0.5\n", ["same accuracy"]),
    ] {
      let bad = try scratch.write(content, to: "bad.csv")
      try GraftBinary.expectFailure(call + [bad.path], naming: ["bad.csv"] + naming)
    }
  }

  @Test("Files that don't fit are refused in one sentence with file, row or key")
  func refusals() throws {
    let scratch = try ScratchFolder()
    let table = Self.table()
    try Self.write(table, 0..<120, model: "net", to: scratch("a.npz"))
    try Self.write(table, 120..<240, model: "net", to: scratch("b.npz"))
    let (a, b) = (scratch("a.npz").path, scratch("b.npz").path)
    try GraftBinary.expectFailure(["score", "--features", a, a], naming: ["a.npz", "twice"])
    try GraftBinary.expectFailure(
      ["score", "--features", a, b, "--labels", a, b, a], naming: ["3 files of labels", "2 files"])
    var spoiled = table.x
    spoiled.withUnsafeMutableBufferPointer { $0[8 * 37 + 2] = .nan }
    try NumPyFile.write(
      [("features", NumPyArray(spoiled)), ("labels", NumPyArray(table.y))],
      to: scratch("nan.npz"))
    try GraftBinary.expectFailure(
      ["score", "--features", scratch("nan.npz").path], naming: ["row 37", "column 2"])
    try NumPyFile.write(
      [
        ("features", NumPyArray(Tensor(shape: [4, 2], values: [1, 2, 3, 4, 5, 6, 7, 8]))),
        ("labels", NumPyArray(["u", "v", "u", "v"])), ("model", NumPyArray(["net"])),
      ], to: scratch("narrow.npz"))
    try GraftBinary.expectFailure(
      ["score", "--features", a, scratch("narrow.npz").path], naming: ["narrow.npz", "2", "8"])
    // One class is no failure: every score says why it has no value.
    try NumPyFile.write(
      [
        ("features", NumPyArray(table.x)), ("labels", NumPyArray([Int](repeating: 5, count: 240))),
      ], to: scratch("one.npz"))
    let one = try Self.candidates(
      try GraftBinary.run(["score", "--features", scratch("one.npz").path, "--json"]))
    #expect(try Self.values(one[0]).isEmpty && one[0]["rank"] is NSNull)
    #expect((one[0]["expectedAccuracy"] as? [String: Any])?["value"] is NSNull)
  }

  @Test("--list explains every score")
  func list() throws {
    let outcome = try GraftBinary.run(["score", "--list"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    for part in ["logme  (LogME)", "eq.", "O(ND²", "all rows in passes"] {
      #expect(outcome.text.contains(part), "\(part)")
    }
    let json = try GraftBinary.run(["score", "--list", "--json"]).json()
    #expect(json["schema"] as? String == "graft.scores/1")
  }
}
