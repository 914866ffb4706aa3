internal import Foundation

/// The patterns of the family `textures`, endless and with a period of about 1.
enum Texture: String, CaseIterable {
  case bricks, checks, dots, grid, rings, stripes, triangles, zigzag

  /// Whether the foreground colour covers a point.
  func contains(_ p: Point) -> Bool {
    let (x, y) = (p.x - floor(p.x), p.y - floor(p.y))
    switch self {
    case .stripes: return y < 0.5
    case .checks: return (x < 0.5) != (y < 0.5)
    case .dots: return Point(x: x - 0.5, y: y - 0.5).length < 0.32
    case .grid: return x < 0.22 || y < 0.22
    case .rings:
      let r = p.length
      return r - floor(r) < 0.5
    case .zigzag:
      let v = p.y + abs(x - 0.5)
      return v - floor(v) < 0.5
    case .triangles: return y < 1 - 2 * abs(x - 0.5)
    case .bricks:
      let row = floor(p.y * 2)
      let v = p.y * 2 - row
      let shifted = p.x + (row.truncatingRemainder(dividingBy: 2) == 0 ? 0 : 0.5)
      return v < 0.25 || shifted - floor(shifted) < 0.14
    }
  }
}
