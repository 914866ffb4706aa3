internal import CKernels

/// Rows and columns of patches.
package struct Grid: Hashable, Sendable {
  package let rows: Int
  package let columns: Int

  package init(rows: Int, columns: Int) {
    self.rows = rows
    self.columns = columns
  }

  package var count: Int { rows * columns }
}

/// Bicubic, antialiased resampling of vectors on a grid to another grid, as PyTorch's
/// `interpolate(mode="bicubic", antialias=True)` does it.
///
/// Along an axis, target i takes sources j with weights `k((j + 1/2 − s (i + 1/2)) / max(s, 1))`,
/// normalised to a sum of 1, where s is the ratio of the lengths and k Catmull and Rom's cubic
/// (a = −1/2), which reaches to 2. Nothing is stored: weights are computed where they are used.
struct GridResampling {
  let source: Grid
  let target: Grid

  init(from source: Grid, to target: Grid) {
    self.source = source
    self.target = target
  }

  /// Writes `target` vectors of `channels` floats from `source` vectors.
  func apply(
    _ x: UnsafePointer<Float>, channels: Int, into y: UnsafeMutablePointer<Float>
  ) {
    guard source != target else { return y.update(from: x, count: source.count * channels) }
    y.update(repeating: 0, count: target.count * channels)
    forEachTap { from, to, weight in
      graft_axpy(weight, x + from * channels, y + to * channels, 0, channels)
    }
  }

  /// Writes the gradient of `source` vectors from that of `target` vectors.
  func applyTranspose(
    _ dy: UnsafePointer<Float>, channels: Int, into dx: UnsafeMutablePointer<Float>
  ) {
    guard source != target else { return dx.update(from: dy, count: source.count * channels) }
    dx.update(repeating: 0, count: source.count * channels)
    forEachTap { from, to, weight in
      graft_axpy(weight, dy + to * channels, dx + from * channels, 0, channels)
    }
  }

  private func forEachTap(_ body: (_ source: Int, _ target: Int, _ weight: Float) -> Void) {
    for row in 0..<target.rows {
      let vertical = Taps(of: row, from: source.rows, to: target.rows)
      for column in 0..<target.columns {
        let horizontal = Taps(of: column, from: source.columns, to: target.columns)
        for y in vertical.range {
          for x in horizontal.range {
            body(
              y * source.columns + x, row * target.columns + column,
              Float(vertical.weight(y) * horizontal.weight(x)))
          }
        }
      }
    }
  }

  /// The sources of one target along an axis.
  private struct Taps {
    let range: Range<Int>
    private let center: Double
    private let spread: Double
    private var total = 1.0

    init(of index: Int, from source: Int, to target: Int) {
      let scale = Double(source) / Double(target)
      spread = max(scale, 1)
      center = scale * (Double(index) + 0.5)
      let first = max(0, Int(center - 2 * spread + 0.5))
      range = first..<min(source, Int(center + 2 * spread + 0.5))
      total = range.reduce(0) { $0 + weight($1) }
    }

    func weight(_ source: Int) -> Double {
      let x = abs((Double(source) + 0.5 - center) / spread)
      let cubic =
        x < 1 ? (1.5 * x - 2.5) * x * x + 1 : x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0
      return cubic / total
    }
  }
}
