import Datasets
import Foundation
import Images
import Profiling
import Tensors

/// Pictures that look like photographs to a profile: clouds of all sizes with a few things in front,
/// each class with a palette of its own; and a folder of them with faults planted.
final class PaintedPictures {
  static let classNames = ["dusk", "forest", "sea", "stone"]
  let url: URL
  /// The files that were painted, as ids.
  private(set) var originals: [String] = []

  init(trainPerClass: Int, testPerClass: Int) throws {
    url = FileManager.default.temporaryDirectory
      .appendingPathComponent("graft-painted-\(UUID().uuidString)")
    for (label, name) in Self.classNames.enumerated() {
      for (split, count) in [("train", trainPerClass), ("test", testPerClass)] where count > 0 {
        try FileManager.default.createDirectory(
          at: url.appendingPathComponent("\(split)/\(name)"), withIntermediateDirectories: true)
        for index in 0..<count {
          let id = "\(split)/\(name)/\(String(format: "%03d", index)).png"
          try write(Self.picture(label: label, key: id), to: id)
          originals.append(id)
        }
      }
    }
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func write(_ image: Image, to id: String) throws {
    try image.pngData().write(to: url.appendingPathComponent(id))
  }

  func read(_ id: String) throws -> Image {
    try ImageDecoder.decode(url.appendingPathComponent(id))
  }

  func copy(_ from: String, to: String) throws {
    try FileManager.default.copyItem(
      at: url.appendingPathComponent(from), to: url.appendingPathComponent(to))
  }

  /// One picture, 96 × 72, from noise with a falling spectrum.
  static func picture(label: Int, key: String, width: Int = 96, height: Int = 72) -> Image {
    let random = CounterRandom(seed: 11, key: key)
    let palettes: [(near: [Double], far: [Double])] = [
      ([250, 140, 60], [60, 40, 90]), ([40, 90, 30], [150, 190, 110]),
      ([20, 70, 140], [190, 220, 240]), ([90, 85, 80], [190, 180, 170]),
    ]
    let palette = palettes[label]
    let things = (0..<4).map { thing -> (x: Double, y: Double, radius: Double, tone: Double) in
      let at = UInt64(100 + 4 * thing)
      return (
        random.uniform(at: at) * Double(width), random.uniform(at: at + 1) * Double(height),
        5 + 14 * random.uniform(at: at + 2), random.uniform(at: at + 3) * 160 - 80
      )
    }
    var pixels = [UInt8]()
    pixels.reserveCapacity(width * height * 3)
    for y in 0..<height {
      for x in 0..<width {
        var cloud = 0.0
        var weight = 0.5
        for octave in 0..<5 {
          let size = 32.0 / Double(1 << octave)
          cloud += weight * noise(random, octave, Double(x) / size, Double(y) / size)
          weight *= 0.62
        }
        let mix = min(max(cloud / 1.2, 0), 1)
        var light = 0.0
        for thing in things {
          let distance = hypot(Double(x) - thing.x, Double(y) - thing.y)
          if distance < thing.radius { light = thing.tone * (1.2 - distance / thing.radius) }
        }
        for channel in 0..<3 {
          let value = palette.near[channel] * mix + palette.far[channel] * (1 - mix) + light
          pixels.append(UInt8(min(max(value, 0), 255)))
        }
      }
    }
    return Image(width: width, height: height, pixels: pixels)
  }

  /// Values in 0…1 on a lattice, smoothly joined.
  private static func noise(_ random: CounterRandom, _ octave: Int, _ x: Double, _ y: Double)
    -> Double
  {
    let (left, top) = (Int(x), Int(y))
    func value(_ i: Int, _ j: Int) -> Double {
      random.uniform(at: UInt64(1000 + octave * 40_000 + (top + j) * 200 + left + i))
    }
    func ease(_ t: Double) -> Double { t * t * (3 - 2 * t) }
    let (u, v) = (ease(x - Double(left)), ease(y - Double(top)))
    let upper = value(0, 0) + u * (value(1, 0) - value(0, 0))
    let lower = value(0, 1) + u * (value(1, 1) - value(0, 1))
    return upper + v * (lower - upper)
  }
}

extension Image {
  /// The picture as a lossy coder leaves it: blocks of 8 × 8, their frequencies rounded to steps that
  /// grow with frequency and `step`.
  func quantised(step: Double) -> Image {
    let basis = (0..<8).map { (u: Int) -> [Double] in
      let scale = (u == 0 ? 0.125 : 0.25).squareRoot()
      return (0..<8).map { (x: Int) -> Double in
        let angle = Double.pi * Double((2 * x + 1) * u) / 16
        return scale * cos(angle)
      }
    }
    var result = pixels
    for channel in 0..<3 {
      for top in stride(from: 0, to: height, by: 8) {
        for left in stride(from: 0, to: width, by: 8) {
          let rows = min(8, height - top)
          let columns = min(8, width - left)
          var block = [[Double]](repeating: [Double](repeating: 0, count: 8), count: 8)
          for y in 0..<8 {
            for x in 0..<8 {
              let at = ((top + min(y, rows - 1)) * width + left + min(x, columns - 1)) * 3 + channel
              block[y][x] = Double(pixels[at])
            }
          }
          var coefficients = block
          for v in 0..<8 {
            for u in 0..<8 {
              var sum = 0.0
              for y in 0..<8 { for x in 0..<8 { sum += block[y][x] * basis[v][y] * basis[u][x] } }
              let size = step * (1 + 0.5 * Double(u + v))
              coefficients[v][u] = (sum / size).rounded() * size
            }
          }
          for y in 0..<rows {
            for x in 0..<columns {
              var sum = 0.0
              for v in 0..<8 {
                for u in 0..<8 { sum += coefficients[v][u] * basis[v][y] * basis[u][x] }
              }
              result[((top + y) * width + left + x) * 3 + channel] = UInt8(min(max(sum, 0), 255))
            }
          }
        }
      }
    }
    return Image(width: width, height: height, pixels: result)
  }

  /// The picture without margins, given in shares of its sides.
  func cut(left: Double, top: Double, right: Double, bottom: Double) -> Image {
    let x = Int((left * Double(width)).rounded())
    let y = Int((top * Double(height)).rounded())
    let window = PixelRectangle(
      x: x, y: y, width: width - x - Int((right * Double(width)).rounded()),
      height: height - y - Int((bottom * Double(height)).rounded()))
    return resized(width: window.width, height: window.height, filter: .bicubic, source: window)
  }
}
