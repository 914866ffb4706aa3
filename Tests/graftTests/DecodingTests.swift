import Foundation
import Images
import Tensors
import TestSupport
import Testing

/// The flags that say how pictures are decoded, on every command that decodes those of a data set.
@Suite("Decoding flags", .serialized)
struct DecodingTests {
  /// A drawn data set with one picture larger than the others, in a class of its own name's.
  private static func withLarge() throws -> (scratch: ScratchFolder, data: String) {
    let (scratch, data) = try BadDataTests.copy()
    let name = try FileManager.default.contentsOfDirectory(
      atPath: scratch("data/train").path
    ).sorted()[0]
    // 33 × 32 pixels, all others 32 × 32.
    try scratch.write(Self.transparent, to: "data/train/\(name)/large.png")
    try scratch.write(Self.transparent, to: "data/test/\(name)/large.png")
    return (scratch, data.path)
  }

  private static func calls(_ scratch: ScratchFolder, _ data: String) throws -> [[String]] {
    let model = try World.shared.models[0]
    return [
      ["profile", data, "--json"],
      ["embed", data, "--model", model, "-o", scratch("e.npz").path],
      ["score", data, "--models", model],
      ["advise", data, "--models", model],
      [
        "run", data, "--model", model, "--regime", "linear-probe", "--overwrite", "-o",
        scratch("run").path,
      ],
      ["evaluate", try World.shared.run, data],
      ["predict", try World.shared.run, data, "--json"],
    ]
  }

  @Test("A picture above --max-pixels is a finding everywhere, and a higher limit lets it pass")
  func pixels() throws {
    let (scratch, data) = try Self.withLarge()
    for call in try Self.calls(scratch, data) {
      let strict = try GraftBinary.run(call + ["--max-pixels", "1055"])
      let text = strict.errors + strict.text
      #expect(strict.status == (call[0] == "predict" ? 1 : 0), "\(call): \(strict.errors)")
      #expect(text.contains("large.png") && text.contains("33 × 32 pixels"), "\(call): \(text)")
      let loose = try GraftBinary.run(call + ["--max-pixels", "1056"])
      #expect(loose.status == 0, "\(call): \(loose.errors)")
      #expect(!(loose.errors + loose.text).contains("33 × 32 pixels"), "\(call): \(loose.text)")
    }
  }

  @Test("A file above --max-file-size is a finding, and limits below 1 are refused")
  func bytes() throws {
    let (scratch, copy) = try BadDataTests.copy()
    let data = copy.path
    let random = CounterRandom(seed: 1, key: "noise")
    // Nothing to compress, so that no other file is as long.
    let noise = try Image(
      width: 40, height: 40,
      pixels: (0..<4800).map { UInt8(256 * random.uniform(at: UInt64($0))) }
    ).pngData()
    let name = try FileManager.default.contentsOfDirectory(atPath: data + "/train").sorted()[0]
    try scratch.write(noise, to: "data/train/\(name)/large.png")
    let size = noise.count
    for (limit, isRead) in [(size - 1, false), (size, true)] {
      let outcome = try GraftBinary.run(["profile", data, "--json", "--max-file-size", "\(limit)"])
      let text = outcome.text
      #expect(text.contains("more than the limit of \(limit)") != isRead, "\(limit): \(text)")
    }
    for flag in ["--max-pixels", "--max-scans", "--max-file-size"] {
      let outcome = try GraftBinary.run(["evaluate", "run", data, flag, "0"])
      #expect(outcome.status == 64 && outcome.errors.contains(flag), "\(outcome.errors)")
    }
  }

  @Test("What shows through transparent pixels is as --background says")
  func background() throws {
    let scratch = try ScratchFolder()
    let picture = try scratch.write(Self.transparent, to: "seen.png").path
    func named(_ background: [String]) throws -> [String: Double] {
      let value = try GraftBinary.run(
        ["predict", try World.shared.run, picture, "--json"] + background
      ).json()
      let first = (value["predictions"] as? [[String: Any]])?.first
      return try #require(first?["probabilities"] as? [String: Double])
    }
    let white = try named([])
    #expect(try named(["--background", "white"]) == white)
    #expect(try named(["--background", "255,255,255"]) == white)
    let black = try named(["--background", "black"])
    #expect(black != white)
    #expect(try named(["--background", "#000000"]) == black)
    #expect(try named(["--background", "0, 0,0"]) == black)
    #expect(try named(["--background", "#0a00ff"]) == named(["--background", "10,0,255"]))
    for wrong in ["grey", "1,2", "256,0,0", "#12345", "#12345g"] {
      let outcome = try GraftBinary.run(
        ["predict", try World.shared.run, picture, "--background", wrong])
      #expect(outcome.status == 64 && outcome.errors.contains("background"), "\(outcome.errors)")
    }
  }

  @Test("A run keeps how its pictures were decoded, and goes by its recipe")
  func recipe() throws {
    let (scratch, data) = try Self.withLarge()
    let call = ["run", data, "--json", "-o", scratch("run").path]
    let first = try GraftBinary.run(
      call + [
        "--model", try World.shared.models[0], "--regime", "linear-probe", "--background",
        "10,20,30", "--max-pixels", "1055",
      ])
    #expect(first.status == 0, "\(first.errors)")
    let kept = scratch("kept.yaml")
    try FileManager.default.moveItem(at: scratch("run/recipe.yaml"), to: kept)
    let again = try GraftBinary.run(call + ["--overwrite", "--recipe", kept.path])
    #expect(again.errors.contains("33 × 32 pixels"), "\(again.errors)")
    let decoding = (try again.json()["recipe"] as? [String: Any])?["decoding"] as? [String: Any]
    #expect(decoding?["background"] as? [String: Int] == ["red": 10, "green": 20, "blue": 30])
    let limits = decoding?["limits"] as? [String: Int]
    #expect(limits?["maximumPixels"] == 1055)
    let looser = try GraftBinary.run(
      call + ["--overwrite", "--recipe", kept.path, "--max-pixels", "1056"])
    #expect(looser.status == 0 && !looser.errors.contains("33 × 32 pixels"), "\(looser.errors)")
    let resumed = try GraftBinary.run(["run", data, "--resume", "x", "--background", "black"])
    #expect(resumed.status == 64 && resumed.errors.contains("--resume"), "\(resumed.errors)")
  }

  @Test("Kept images change nothing of what is computed, and are found again")
  func keptImages() throws {
    let scratch = try ScratchFolder()
    let (data, model) = (try World.shared.data, try World.shared.models[0])
    let cache = ["XDG_CACHE_HOME": scratch("cache").path]
    func embedded(_ flags: [String], _ name: String) throws -> (bytes: Data, errors: String) {
      let outcome = try GraftBinary.run(
        ["embed", data, "--model", model, "--no-cache", "-o", scratch(name).path] + flags,
        environment: cache)
      #expect(outcome.status == 0, "\(outcome.errors)")
      return (try Data(contentsOf: scratch(name)), outcome.errors)
    }
    let plain = try embedded([], "plain.npz")
    let first = try embedded(["--cache-images"], "first.npz")
    let second = try embedded(["--cache-images"], "second.npz")
    #expect(first.bytes == plain.bytes && second.bytes == plain.bytes)
    #expect(!plain.errors.contains("cache"))
    #expect(first.errors.contains("0 images came from the cache, 64 were added"))
    #expect(second.errors.contains("64 images came from the cache, 0 were added"))
    func trained(_ flags: [String]) throws -> Data {
      let run = scratch("run\(flags.count)")
      let outcome = try GraftBinary.run(
        [
          "run", data, "--model", model, "--regime", "full", "--epochs", "2", "-o", run.path,
          "--no-cache",
        ] + flags, environment: cache)
      #expect(outcome.status == 0, "\(outcome.errors)")
      return try Data(contentsOf: run.appendingPathComponent("model.safetensors"))
    }
    #expect(try trained([]) == trained(["--cache-images"]))
  }

  @Test("run takes timm's flags for mixing, and says where they can't be followed")
  func mixing() throws {
    let scratch = try ScratchFolder()
    let call = [
      "run", try World.shared.data, "--model", try World.shared.models[0], "-o",
      scratch("run").path, "--overwrite", "--json",
    ]
    let full = ["--regime", "full", "--epochs", "1"]
    let mixed = try GraftBinary.run(
      call + full + [
        "--mixup", "0.4", "--cutmix", "1", "--mixup-prob", "0.9", "--mixup-switch-prob", "0.3",
      ])
    #expect(mixed.status == 0, "\(mixed.errors)")
    let recipe = try mixed.json()["recipe"] as? [String: Any]
    let mixup = (recipe?["augmentation"] as? [String: Any])?["mixup"] as? [String: Any]
    #expect(mixup?["mixupAlpha"] as? Double == 0.4 && mixup?["cutmixAlpha"] as? Double == 1)
    #expect(mixup?["probability"] as? Double == 0.9)
    #expect(mixup?["switchProbability"] as? Double == 0.3)
    for regime in ["partial", "linear-probe"] {
      try GraftBinary.expectFailure(
        call + ["--regime", regime, "--mixup", "0.4"], naming: [regime, "leave mixup"])
    }
    try GraftBinary.expectFailure(
      call + full + ["--mixup-prob", "0.5"], naming: ["--mixup or --cutmix"])
    for flags in [["--mixup", "-1"], ["--cutmix", "nan"], ["--mixup-prob", "1.1"]] {
      let outcome = try GraftBinary.run(call + full + flags)
      #expect(outcome.status == 64 && outcome.errors.contains(flags[0]), "\(outcome.errors)")
    }
  }

  @Test("predict takes folders with and without classes, lists and shards, and nothing beside them")
  func predictFolders() throws {
    let (scratch, data) = try BadDataTests.copy()
    let run = try World.shared.run
    func paths(_ places: [String]) throws -> [String] {
      let value = try GraftBinary.run(["predict", run, "--json"] + places).json()
      let predictions = try #require(value["predictions"] as? [[String: Any]])
      return predictions.compactMap { $0["path"] as? String }
    }
    let test = scratch("data/test").path
    let all = try paths([test])
    #expect(all.count >= 4 && all == all.sorted() && all.allSatisfy { $0.hasPrefix(test + "/") })
    let flat = scratch("flat").path
    try FileManager.default.createDirectory(
      atPath: flat, withIntermediateDirectories: true)
    try FileManager.default.copyItem(atPath: all[0], toPath: flat + "/one.PNG")
    try scratch.write("words", to: "flat/notes.txt")
    #expect(try paths([flat]) == [flat + "/one.PNG"])
    #expect(try paths([flat, all[1]]) == [flat + "/one.PNG", all[1]])
    let list = "path,label\n\(all[0]),a\n\(all[all.count - 1]),b\n"
    let manifest = try scratch.write(list, to: "list.csv").path
    #expect(Set(try paths([manifest])) == [all[0], all[all.count - 1]])
    let empty = scratch("empty").path
    try FileManager.default.createDirectory(atPath: empty, withIntermediateDirectories: true)
    try GraftBinary.expectFailure(["predict", run, empty], naming: [empty, "no JPEG or PNG"])
    _ = data
  }

  /// An RGBA PNG of 33 × 32 pixels, three quarters of it transparent to a degree.
  static let transparent = Data(base64Encoded: transparentBase64) ?? Data()
}

private let transparentBase64 =
  "iVBORw0KGgoAAAANSUhEUgAAACEAAAAgCAYAAACcuBHKAAAAYUlEQVR42mNkQANy2PkBBOThauTwmxeATZ6JYRCAQeAILg"
  + "YWelhCCLBgRCINLCGkf1CkiUEQHYMmJOQo98mwCInRcmK0nBgtJ0bLidFyYrScGC0nRsuJ0XJitJwYLSdoBQCbIQR42bOY"
  + "cAAAAABJRU5ErkJggg=="
