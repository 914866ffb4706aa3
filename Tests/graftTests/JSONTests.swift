import Checkpoints
import Foundation
import TestSupport
import Testing

@Suite("--json prints one value with its schema and nothing else")
struct JSONTests {
  /// A call, where `{data}` and the like stand for what the world holds; and its schema.
  static let calls: [(String, String)] = [
    ("profile {data}", "graft.profile/1"),
    ("embed {data} --model {model} -o {new}.npz", "graft.embedding/1"),
    ("score {data} --models {model} {other}", "graft.scorecard/1"),
    ("score --features {features}", "graft.scorecard/1"),
    ("score --list", "graft.scores/1"),
    ("advise {data} --models {model} {other}", "graft.advice/1"),
    ("run {data} --model {model} --regime linear-probe -o {new}", "graft.run/1"),
    (
      "run {data} --model {model} --regime partial --epochs 1 --learning-rate 1e-5 -o {new}",
      "graft.run/1"
    ),
    ("predict {run} {picture}", "graft.predictions/1"),
    ("evaluate {run} {data}", "graft.evaluation/1"),
    ("rules list", "graft.rules/1"),
    ("rules check", "graft.rule-check/1"),
    ("models list", "graft.models/1"),
    ("models inspect {model}/model.safetensors", "graft.inspection/1"),
    ("models verify {model}", "graft.verification/1"),
    ("models init --arch resnet20_cifar -o {new}", "graft.card/1"),
    ("draw letters --train 1 --test 1 -o {new}", "graft.drawing/1"),
    (
      "bench infer --arch resnet20_cifar --batch 2 --size 32 --rounds 1", "graft.benchmark/1"
    ),
    (
      "bench train --arch resnet20_cifar --batch 2 --rounds 1 --profile", "graft.benchmark/1"
    ),
  ]

  static func arguments(_ call: String) throws -> [String] {
    let world = try World.shared
    let parts = [
      "{data}": world.data, "{model}": world.models[0], "{other}": world.models[1],
      "{features}": world.features, "{run}": world.run, "{picture}": try world.picture,
      "{new}": world.scratch("new-\(UUID().uuidString)").path,
    ]
    return call.split(separator: " ").map { word in
      parts.reduce(String(word)) { $0.replacingOccurrences(of: $1.key, with: $1.value) }
    }
  }

  @Test(arguments: calls)
  func json(call: String, schema: String) throws {
    let outcome = try GraftBinary.run(try Self.arguments(call) + ["--json"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(try outcome.json()["schema"] as? String == schema)
    #expect(outcome.text.hasSuffix("}\n"))
  }

  @Test("Without --json there is text, with --quiet nothing on standard error", arguments: calls)
  func text(call: String, schema: String) throws {
    let outcome = try GraftBinary.run(try Self.arguments(call) + ["--quiet"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.errors.isEmpty, "\(outcome.errors)")
    #expect(outcome.text.count > 10 && !outcome.text.hasPrefix("{"))
  }

  @Test("Keys that other programs rely on")
  func keys() throws {
    let bench = try GraftBinary.run(
      try Self.arguments("bench infer --arch resnet20_cifar --batch 2 --rounds 1 --json")
    ).json()
    #expect((bench["imagesPerSecond"] as? Double ?? 0) > 0)
    #expect((bench["peakBytes"] as? Int ?? 0) > 1_000_000)

    let score = try GraftBinary.run(
      try Self.arguments("score {data} --models {model} {other} --json")
    ).json()
    let candidates = try #require(score["candidates"] as? [[String: Any]])
    #expect(candidates.count == 2)
    for candidate in candidates {
      #expect(candidate["model"] is String)
      let scores = try #require(candidate["scores"] as? [String: [String: Any]])
      for id in ["logme", "leep", "hscore"] { #expect(scores[id]?["value"] is Double, "\(id)") }
    }

    let world = try World.shared
    let record = try #require(
      try JSONSerialization.jsonObject(
        with: Data(contentsOf: URL(fileURLWithPath: world.run + "/run.json"))) as? [String: Any])
    #expect(record["model"] is String)
    #expect(record["regime"] as? String == "linear-probe")
    let metrics = try #require(record["metrics"] as? [String: [String: Any]])
    #expect(metrics["validation"]?["accuracy"] is Double)
    #expect(metrics["test"]?["accuracy"] is Double)
    let evaluation = try GraftBinary.run(
      try Self.arguments("evaluate {run} {data} --json")
    ).json()
    let again = try #require(evaluation["metrics"] as? [String: Any])
    #expect(again["accuracy"] as? Double == metrics["test"]?["accuracy"] as? Double)
  }

  @Test("features.npz holds what NumPy is promised")
  func features() throws {
    let arrays = try NumPyFile.readArchive(URL(fileURLWithPath: try World.shared.features))
    #expect(arrays["features"]?.shape == [64, 64])
    #expect(arrays["labels"]?.integers?.count == 64)
    #expect(arrays["source_probabilities"]?.shape == [64, 10])
    #expect(arrays["paths"]?.strings?.count == 64)
  }

  @Test("A recipe that advise wrote is one that run carries out")
  func recipeFiles() throws {
    let folder = try World.shared.scratch("recipes-\(UUID().uuidString)")
    let advised = try GraftBinary.run(
      try Self.arguments("advise {data} --models {model} {other} --quiet --recipes")
        + [folder.path])
    #expect(advised.status == 0, "\(advised.errors)")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    #expect(names.count == 4)
    let probe = try #require(names.first { $0.hasSuffix("linear-probe.yaml") })
    let ran = try GraftBinary.run(
      try Self.arguments("run {data} -o {new} --json --recipe")
        + [folder.appendingPathComponent(probe).path])
    #expect(ran.status == 0, "\(ran.errors)")
    #expect(try ran.json()["regime"] as? String == "linear-probe")
  }

  @Test("A result that can't be written to standard output is a failure, not a crash")
  func fullDisk() throws {
    guard FileManager.default.fileExists(atPath: "/dev/full") else { return }
    let shell = try Checkout.run(
      URL(fileURLWithPath: "/bin/sh"),
      ["-c", "\"$0\" rules list > /dev/full", GraftBinary.url.path])
    #expect(shell.status == 1, "\(shell.status) \(shell.errors)")
    #expect(shell.errors.hasPrefix("Error: "))
  }
}
