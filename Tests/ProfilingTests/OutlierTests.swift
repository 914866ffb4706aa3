import Datasets
import Foundation
import Images
import Profiling
import Testing

@Suite("Pictures unlike the others")
struct OutlierTests {
  private func paths(_ profile: DatasetProfile, _ code: DataFinding.Code) -> [String] {
    profile.findings.filter { $0.code == code }.flatMap(\.paths)
  }

  @Test("Dark, bright, blurred, empty and odd pictures are found, each by its own name only")
  func found() throws {
    let set = try PaintedPictures(trainPerClass: 20, testPerClass: 0)
    func edited(_ image: Image, _ change: (UInt8) -> Double) -> Image {
      Image(
        width: image.width, height: image.height,
        pixels: image.pixels.map { UInt8(min(max(change($0), 0), 255)) })
    }
    let sea = try set.read("train/sea/004.png")
    try set.write(edited(sea) { Double($0) * 0.22 }, to: "train/sea/night.png")
    try set.write(edited(sea) { 244 + Double($0) * 0.043 }, to: "train/sea/snow.png")
    try set.write(
      sea.resized(width: 8, height: 6, filter: .box)
        .resized(width: 96, height: 72, filter: .bicubic), to: "train/sea/blurred.png")
    try set.write(
      Image(width: 96, height: 72, pixels: [UInt8](repeating: 120, count: 96 * 72 * 3)),
      to: "train/sea/flat.png")
    try set.write(
      PaintedPictures.picture(label: 2, key: "large", width: 400, height: 300),
      to: "train/sea/large.png")
    try set.write(
      PaintedPictures.picture(label: 2, key: "banner", width: 180, height: 40),
      to: "train/sea/banner.png")
    let profile = try Profiler().profile(Dataset.open(set.url))
    #expect(paths(profile, .outlierDark) == ["train/sea/night.png"])
    #expect(paths(profile, .outlierBright) == ["train/sea/snow.png"])
    #expect(paths(profile, .outlierBlurred) == ["train/sea/blurred.png"])
    #expect(paths(profile, .outlierLowInformation).contains("train/sea/flat.png"))
    #expect(paths(profile, .outlierOddSize) == ["train/sea/banner.png", "train/sea/large.png"])
    #expect(profile.count(of: .duplicateNear) == 0)
  }

  @Test("A data set of dark drawings has no outliers for being so")
  func manner() throws {
    let set = try PaintedPictures(trainPerClass: 0, testPerClass: 0)
    for name in ["one", "two"] {
      try FileManager.default.createDirectory(
        at: set.url.appendingPathComponent(name), withIntermediateDirectories: true)
      for index in 0..<20 {
        var pixels = [UInt8](repeating: 0, count: 32 * 32 * 3)
        for y in 8..<24 { pixels[(y * 32 + 6 + index) * 3] = 70 }
        try set.write(Image(width: 32, height: 32, pixels: pixels), to: "\(name)/\(index).png")
      }
    }
    let profile = try Profiler().profile(Dataset.open(set.url))
    let outliers: [DataFinding.Code] = [
      .outlierDark, .outlierBright, .outlierBlurred, .outlierLowInformation, .outlierOddSize,
    ]
    #expect(outliers.allSatisfy { profile.count(of: $0) == 0 })
  }

  @Test("Very many findings of a kind, and very long lists, are cut short and counted")
  func bounded() throws {
    let paths = (0..<250).map { "train/a/\($0).png" }
    #expect(Profiler.bytesPerSample <= 224)
    let long = DataFinding(code: .outlierDark, severity: .info, message: "x.", paths: paths)
    #expect(long.paths.count == DataFinding.pathLimit && long.count == 250)
    let set = try PaintedPictures(trainPerClass: 1, testPerClass: 0)
    for index in 0..<520 {
      try Data().write(to: set.url.appendingPathComponent("train/sea/empty\(index).png"))
    }
    let profile = try Profiler().profile(Dataset.open(set.url))
    let corrupt = profile.findings.filter { $0.code == .corrupt }
    #expect(corrupt.count == 501)
    #expect(corrupt.last?.count == 20)
    #expect(corrupt.reduce(0) { $0 + $1.count } == 520)
  }
}
