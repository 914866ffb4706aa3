internal import Foundation

/// A point of the plane; figures live in the disc of radius 1 around the origin.
struct Point {
  var x: Double
  var y: Double

  /// Distance from the origin.
  var length: Double { (x * x + y * y).squareRoot() }

  /// Distance to the segment from `a` to `b`.
  func distance(from a: Point, to b: Point) -> Double {
    let (dx, dy) = (b.x - a.x, b.y - a.y)
    let along = ((x - a.x) * dx + (y - a.y) * dy) / (dx * dx + dy * dy)
    let t = min(1, max(0, along))
    return Point(x: x - a.x - t * dx, y: y - a.y - t * dy).length
  }
}

/// The filled outlines of the family `shapes`.
enum Outline: String, CaseIterable {
  case arrow, circle, crescent, cross, heart, hexagon, ring, square, star, triangle

  /// Whether a point lies inside.
  func contains(_ p: Point) -> Bool {
    switch self {
    case .circle: return p.length < 0.85
    case .ring: return p.length < 0.92 && p.length > 0.5
    case .crescent: return p.length < 0.95 && Point(x: p.x - 0.42, y: p.y).length > 0.78
    case .heart:
      // (x² + y² − 1)³ < x² y³, scaled into the disc.
      let (x, y) = (p.x * 1.25, 0.15 - p.y * 1.25)
      let square = x * x + y * y - 1
      return square * square * square < x * x * y * y * y
    case .triangle: return Self.trianglePolygon.contains(p)
    case .square: return Self.squarePolygon.contains(p)
    case .hexagon: return Self.hexagonPolygon.contains(p)
    case .star: return Self.starPolygon.contains(p)
    case .cross:
      return min(abs(p.x), abs(p.y)) < 0.28 && max(abs(p.x), abs(p.y)) < 0.88
    case .arrow:
      let shaft = abs(p.y) < 0.22 && p.x > -0.9 && p.x < 0.2
      return shaft || (p.x >= 0.1 && p.x < 0.95 && abs(p.y) < 0.8 * (0.95 - p.x))
    }
  }

  private static func polygon(corners: Int) -> Polygon {
    Polygon(
      (0..<corners).map {
        let angle = 2 * Double.pi * Double($0) / Double(corners)
        return Point(x: 0.95 * cos(angle), y: 0.95 * sin(angle))
      })
  }

  private static let trianglePolygon = polygon(corners: 3)
  private static let squarePolygon = polygon(corners: 4)
  private static let hexagonPolygon = polygon(corners: 6)
  private static let starPolygon = Polygon(
    (0..<10).map {
      let angle = Double.pi * Double($0) / 5
      let radius = $0 % 2 == 0 ? 1.0 : 0.42
      return Point(x: radius * cos(angle), y: radius * sin(angle))
    })
}

/// A closed chain of corners.
struct Polygon {
  private let corners: [Point]

  init(_ corners: [Point]) {
    self.corners = corners
  }

  /// Whether a ray from the point crosses the sides an odd number of times.
  func contains(_ p: Point) -> Bool {
    var isInside = false
    var previous = corners[corners.count - 1]
    for corner in corners {
      if (corner.y > p.y) != (previous.y > p.y) {
        let crossing =
          corner.x + (p.y - corner.y) / (previous.y - corner.y) * (previous.x - corner.x)
        if p.x < crossing { isInside.toggle() }
      }
      previous = corner
    }
    return isInside
  }
}
