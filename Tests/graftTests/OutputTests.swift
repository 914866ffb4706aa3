import Foundation
import TestSupport
import Testing

@Suite("Where results go")
struct OutputTests {
  @Test("An output that can't be written is refused before any work is done")
  func unwritable() throws {
    let world = try World.shared
    let scratch = try ScratchFolder()
    let file = try scratch.write("in the way", to: "file.txt").path
    for folder in [file + "/out", "/proc/graft-out"] {
      let calls = [
        ["run", world.data, "--models", world.models[0], "-o", folder],
        ["embed", world.data, "--model", world.models[0], "-o", folder + "/f.npz"],
        ["advise", world.data, "--models", world.models[0], "--recipes", folder],
        ["models", "init", "--arch", "resnet20_cifar", "-o", folder],
        ["demo", "--models", world.models[0], "--output", folder],
      ]
      for call in calls {
        let outcome = try GraftBinary.expectFailure(call, naming: [folder])
        #expect(!outcome.errors.contains("Embedding"), "\(outcome.errors)")
      }
    }
    try GraftBinary.expectFailure(
      ["run", world.data, "--models", world.models[0], "-o", file], naming: [file, "is a file"])
    #expect(try String(contentsOfFile: file, encoding: .utf8) == "in the way")
  }

  @Test("A folder that holds a run is not touched unless --overwrite says so")
  func occupied() throws {
    let world = try World.shared
    let folder = world.scratch("occupied-\(UUID().uuidString)").path
    let call = [
      "run", world.data, "--model", world.models[0], "--regime", "linear-probe", "-o", folder,
    ]
    #expect(try GraftBinary.run(call).status == 0)
    let before = try Data(contentsOf: URL(fileURLWithPath: folder + "/run.json"))
    try GraftBinary.expectFailure(call, naming: [folder, "--overwrite"])
    #expect(try Data(contentsOf: URL(fileURLWithPath: folder + "/run.json")) == before)
    let again = try GraftBinary.run(call + ["--overwrite"])
    #expect(again.status == 0, "\(again.errors)")
    let resumed = try GraftBinary.run(["run", world.data, "--resume", folder])
    #expect(resumed.status != 0 && resumed.errors.contains("complete"))
    try GraftBinary.expectFailure(
      ["run", world.data, "--resume", world.scratch("absent").path], naming: ["absent"])
  }

  @Test("A recipe that is wrong or made for other weights is refused with its name")
  func recipes() throws {
    let world = try World.shared
    let scratch = try ScratchFolder()
    let text = try String(contentsOfFile: world.run + "/recipe.yaml", encoding: .utf8)
    let faults = [
      ("regime: linear-probe", "regime: lora", "lora"), ("seed: 0", "sede: 0", "sede"),
      ("validationFraction: 0.2", "validationFraction: 2", "split"),
      (world.models[0], world.models[1], "weights"),
    ]
    for (old, new, naming) in faults {
      #expect(text.contains(old), "\(old)")
      let file = try scratch.write(
        text.replacingOccurrences(of: old, with: new), to: "recipe.yaml")
      try GraftBinary.expectFailure(
        ["run", world.data, "--recipe", file.path, "-o", scratch("out").path], naming: [naming])
    }
  }

  @Test("rules check names file, line and column of a broken rule and ends with status 1")
  func brokenRule() throws {
    let scratch = try ScratchFolder()
    try FileManager.default.copyItem(
      at: Checkout.root.appendingPathComponent("rules"), to: scratch("rules"))
    let clean = try GraftBinary.run(["rules", "check", "--rules", scratch("rules").path])
    #expect(clean.status == 0, "\(clean.text)")
    try scratch.write("id: broken\ntitle: [\n", to: "rules/size/broken.yaml")
    let outcome = try GraftBinary.run(["rules", "check", "--rules", scratch("rules").path])
    #expect(outcome.status == 1)
    #expect(outcome.text.contains(/size\/broken\.yaml:\d+:\d+: ./), "\(outcome.text)")
    let advised = try GraftBinary.run([
      "advise", try World.shared.data, "--models", try World.shared.models[0], "--rules",
      scratch("rules").path,
    ])
    #expect(advised.status == 1 && advised.errors.contains("broken.yaml"), "\(advised.errors)")
    try GraftBinary.expectFailure(["rules", "show", "no-such-rule"], naming: ["no-such-rule"])
    try GraftBinary.expectFailure(
      ["rules", "list", "--rules", scratch("absent").path], naming: ["absent"])
  }

  @Test("demo shows the whole job on data that is given")
  func demo() throws {
    let world = try World.shared
    let outcome = try GraftBinary.run([
      "demo", "--data", world.data, "--models", world.models[0], "--output",
      world.scratch("demo-\(UUID().uuidString)").path, "--images", "20", "--quiet",
    ])
    #expect(outcome.status == 0, "\(outcome.errors)")
    for part in ["Which network", "Place in the taxonomy", "Recipes, best first", "test"] {
      #expect(outcome.text.contains(part), "\(part)")
    }
    #expect(outcome.text.hasPrefix("Which network"), "the advice comes before the result")
  }
}
