import Foundation
import TestSupport
import Testing

@Suite("Bad data")
struct BadDataTests {
  /// A copy of the drawn data set to be spoilt.
  static func copy() throws -> (scratch: ScratchFolder, data: URL) {
    let scratch = try ScratchFolder()
    try FileManager.default.copyItem(
      at: URL(fileURLWithPath: try World.shared.data), to: scratch("data"))
    return (scratch, scratch("data"))
  }

  @Test("An empty folder, one class only, a folder that isn't there: one sentence each")
  func unusable() throws {
    let model = try World.shared.models[0]
    let scratch = try ScratchFolder()
    try FileManager.default.createDirectory(at: scratch("empty"), withIntermediateDirectories: true)
    let picture = try Data(contentsOf: URL(fileURLWithPath: try World.shared.picture))
    for index in 0..<4 { try scratch.write(picture, to: "single/only/\(index).png") }
    try scratch.write(picture, to: "loose/1.png")
    for (name, words) in [
      ("empty", "no JPEG or PNG"), ("single", "one class only"), ("absent", "does not exist"),
      ("loose", "class folders"), ("single/only/0.png", "is a single picture"),
    ] {
      let path = scratch(name).path
      try GraftBinary.expectFailure(["profile", path], naming: [path, words])
      try GraftBinary.expectFailure(
        ["run", path, "--models", model, "-o", scratch("out").path], naming: [path, words])
    }
  }

  @Test("A class with a single picture works, with a remark")
  func singlePicture() throws {
    let (scratch, data) = try Self.copy()
    let picture = try Data(contentsOf: URL(fileURLWithPath: try World.shared.picture))
    try scratch.write(picture, to: "data/train/alone/1.png")
    let outcome = try GraftBinary.run([
      "run", data.path, "--model", try World.shared.models[0], "--regime", "linear-probe", "-o",
      scratch("run").path,
    ])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("note: ") && outcome.errors.contains("alone"))
  }

  @Test("Damaged pictures are counted and named, and everything goes on")
  func damaged() throws {
    let (scratch, data) = try Self.copy()
    let classes = try FileManager.default.contentsOfDirectory(
      atPath: scratch("data/train").path
    ).sorted()
    try scratch.write("I am no picture.", to: "data/train/\(classes[0])/text.png")
    try scratch.write(Self.jpeg.prefix(340), to: "data/train/\(classes[1])/cut.jpg")
    try scratch.write(Self.hugeHeader, to: "data/train/\(classes[2])/huge.png")
    let bad = ["text.png", "cut.jpg", "huge.png"]

    let profile = try GraftBinary.run(["profile", data.path, "--json"]).json()
    let (all, readable) = (
      try #require(profile["sampleCount"] as? Int), try #require(profile["readableCount"] as? Int)
    )
    #expect(all == 67 && readable == 64)
    let text = try GraftBinary.run(["profile", data.path]).text
    for name in bad { #expect(text.contains(name), "\(name): \(text)") }

    for regime in ["linear-probe", "full", "partial"] {
      var call = [
        "run", data.path, "--model", try World.shared.models[0], "--regime", regime, "-o",
        scratch(regime).path, "--json",
      ]
      if regime != "linear-probe" { call += ["--epochs", "1", "--learning-rate", "1e-5"] }
      let outcome = try GraftBinary.run(call)
      #expect(outcome.status == 0, "\(outcome.errors)")
      let summary = try #require(try outcome.json()["data"] as? [String: Any])
      let unreadable = try #require(summary["unreadable"] as? [String])
      #expect(unreadable.count == 3, "\(regime): \(unreadable)")
      for name in bad {
        #expect(unreadable.contains { $0.contains(name) }, "\(regime): \(unreadable)")
        #expect(outcome.errors.contains(name), "\(outcome.errors)")
      }
    }
    let scored = try GraftBinary.run(
      ["score", data.path, "--models", try World.shared.models[0]])
    #expect(scored.status == 0 && scored.errors.contains("huge.png"), "\(scored.errors)")
  }

  @Test("predict names a bad picture, goes on with the others, and ends with status 1")
  func predict() throws {
    let scratch = try ScratchFolder()
    let bad = try scratch.write("no picture", to: "bad.png").path
    let good = try World.shared.picture
    let run = try World.shared.run
    let outcome = try GraftBinary.run([
      "predict", run, bad, good, scratch("absent.png").path, "--json",
    ])
    #expect(outcome.status == 1)
    let value = try outcome.json()
    let predictions = try #require(value["predictions"] as? [[String: Any]])
    #expect(predictions.map { $0["path"] as? String } == [good])
    let unreadable = try #require(value["unreadable"] as? [[String: Any]])
    #expect(unreadable.map { $0["path"] as? String } == [bad, scratch("absent.png").path])
    #expect(unreadable.allSatisfy { ($0["reason"] as? String)?.hasSuffix(".") == true })
  }

  @Test("evaluate names the classes that the model doesn't know")
  func unknownClasses() throws {
    let (scratch, data) = try Self.copy()
    let picture = try Data(contentsOf: URL(fileURLWithPath: try World.shared.picture))
    try scratch.write(picture, to: "data/train/zebra/1.png")
    try scratch.write(picture, to: "data/test/zebra/1.png")
    try GraftBinary.expectFailure(
      ["evaluate", try World.shared.run, data.path], naming: ["zebra"])
  }

  @Test("A data set without training images can be evaluated but not trained on")
  func testOnly() throws {
    let (scratch, data) = try Self.copy()
    try FileManager.default.removeItem(at: scratch("data/train"))
    let evaluated = try GraftBinary.run(["evaluate", try World.shared.run, data.path])
    #expect(evaluated.status == 0, "\(evaluated.errors)")
    for regime in ["full", "linear-probe"] {
      try GraftBinary.expectFailure(
        [
          "run", data.path, "--model", try World.shared.models[0], "--regime", regime, "-o",
          scratch("run").path,
        ], naming: [data.path, "training images"])
    }
  }

  /// The header of a PNG of 100,000 × 100,000 pixels, and nothing behind it.
  static var hugeHeader: Data {
    var chunk = Data("IHDR".utf8)
    for _ in 0..<2 { chunk.append(contentsOf: [0x00, 0x01, 0x86, 0xA0]) }
    chunk.append(contentsOf: [8, 2, 0, 0, 0])
    var crc: UInt32 = 0xFFFF_FFFF
    for byte in chunk {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
    }
    crc = ~crc
    var file = Data([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13])
    file.append(chunk)
    file.append(contentsOf: [24, 16, 8, 0].map { UInt8(crc >> UInt32($0) & 0xFF) })
    return file
  }

  /// A JPEG of 32 × 24 pixels.
  static let jpeg = Data(base64Encoded: jpegBase64) ?? Data()
}

private let jpegBase64 =
  "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxOQERXRT"
  + "c4UG1RV19iZ2hnPk1xeXBkeFxlZ2P/wAALCAAYACABAREA/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL"
  + "/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJi"
  + "coKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ip"
  + "qrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/9oACAEBAAA/AOQSz9qsJZ+1WE"
  + "s/arCWftVhLP2qwln7VZSz9qsJZ+1WEs/arCWftVhLP2qwln7V/9k="
