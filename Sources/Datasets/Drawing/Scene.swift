internal import Foundation
internal import Images

/// One drawing before it is sampled into pixels: figure, background, distractors and noise.
struct Scene {
  /// Points per side of a pixel at which the figure is looked up.
  private static let samplesPerSide = 3

  private enum Figure {
    case outline(Outline)
    case letter(String, halfWidth: Double)
    case texture(Texture)
  }

  /// A faint stroke that belongs to no class.
  private struct Distractor {
    var a: Point
    var b: Point
    var halfWidth: Double
    var colour: Colour
  }

  private let figure: Figure
  private let centre: Point
  private let radius: Double
  private let squeeze: Double
  private let direction: Point
  private let foreground: Colour
  private let background: (Colour, Colour)
  private let gradient: Point
  private let distractors: [Distractor]
  private let cover: Distractor?
  private let noise: Double

  init(family: DrawnDataset.Family, className: String, random: inout DrawingRandom) {
    let first = random.colour()
    background = (first, first.mixed(with: random.colour(), share: random.uniform(0, 0.35)))
    gradient = Self.direction(random.uniform(0, 2 * .pi))
    foreground = random.colour(
      unlike: background.0.mixed(with: background.1, share: 0.5), contrast: 45)
    noise = random.uniform(4, 22)
    centre = Point(x: random.uniform(-0.22, 0.22), y: random.uniform(-0.22, 0.22))
    squeeze = random.uniform(0.8, 1)
    switch family {
    case .shapes:
      figure = .outline(Outline(rawValue: className) ?? .circle)
      radius = random.uniform(0.5, 0.82)
      direction = Self.direction(random.uniform(0, 2 * .pi))
    case .letters:
      figure = .letter(className, halfWidth: random.uniform(0.12, 0.24))
      radius = random.uniform(0.42, 0.72)
      direction = Self.direction(random.uniform(-0.4, 0.4))
    case .textures:
      figure = .texture(Texture(rawValue: className) ?? .stripes)
      radius = random.uniform(0.28, 0.55)
      direction = Self.direction(random.uniform(0, 2 * .pi))
    }
    let (near, far) = background
    distractors = (0..<Int(random.uniform(0, 4))).map { _ in
      Distractor(
        a: Point(x: random.uniform(-1, 1), y: random.uniform(-1, 1)),
        b: Point(x: random.uniform(-1, 1), y: random.uniform(-1, 1)),
        halfWidth: random.uniform(0.02, 0.08),
        colour: near.mixed(with: far, share: 0.5).mixed(
          with: random.colour(), share: random.uniform(0.2, 0.5)))
    }
    cover =
      random.chance(0.2)
      ? Distractor(
        a: Point(x: random.uniform(-1, 1), y: -1.2), b: Point(x: random.uniform(-1, 1), y: 1.2),
        halfWidth: random.uniform(0.05, 0.12), colour: random.colour()) : nil
  }

  private static func direction(_ angle: Double) -> Point {
    Point(x: cos(angle), y: sin(angle))
  }

  /// Samples the scene into a square picture.
  func rendered(size: Int, random: inout DrawingRandom) -> Image {
    var pixels: [UInt8] = []
    pixels.reserveCapacity(size * size * 3)
    let step = 2 / Double(size)
    let inner = Self.samplesPerSide
    for row in 0..<size {
      for column in 0..<size {
        var sum = Colour(red: 0, green: 0, blue: 0)
        for sample in 0..<inner * inner {
          let (i, j) = (Double(sample % inner), Double(sample / inner))
          let point = Point(
            x: -1 + step * (Double(column) + (i + 0.5) / Double(inner)),
            y: -1 + step * (Double(row) + (j + 0.5) / Double(inner)))
          let here = colour(at: point)
          sum.red += here.red
          sum.green += here.green
          sum.blue += here.blue
        }
        let count = Double(inner * inner)
        for channel in [sum.red, sum.green, sum.blue] {
          let level = channel / count + noise * random.noise()
          pixels.append(UInt8(min(255, max(0, level.rounded()))))
        }
      }
    }
    return Image(width: size, height: size, pixels: pixels)
  }

  private func colour(at p: Point) -> Colour {
    if let cover, p.distance(from: cover.a, to: cover.b) < cover.halfWidth { return cover.colour }
    if contains(p) { return foreground }
    for stroke in distractors where p.distance(from: stroke.a, to: stroke.b) < stroke.halfWidth {
      return stroke.colour
    }
    let along = (p.x * gradient.x + p.y * gradient.y) / 2.9 + 0.5
    return background.0.mixed(with: background.1, share: along)
  }

  /// Whether the figure covers a point of the picture, after moving it into the figure's own frame.
  private func contains(_ p: Point) -> Bool {
    let (dx, dy) = (p.x - centre.x, p.y - centre.y)
    let own = Point(
      x: (dx * direction.x + dy * direction.y) / (radius * squeeze),
      y: (dy * direction.x - dx * direction.y) / radius)
    switch figure {
    case .outline(let outline): return outline.contains(own)
    case .letter(let letter, let width):
      return Letter.contains(own, letter: letter, halfWidth: width)
    case .texture(let texture): return texture.contains(own)
    }
  }
}
