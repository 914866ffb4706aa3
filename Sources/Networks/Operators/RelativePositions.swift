package import Tensors

/// What ``Attention`` adds to the scores of a window's tokens: a learnt number for each head and each
/// offset from one token to another, and −100 between tokens that only a cyclic shift has brought into
/// the same window.
///
/// The table is `[(2h − 1) · (2w − 1), heads]` for windows of h × w tokens; its row for tokens (y, x)
/// and (y′, x′) is `(y − y′ + h − 1) · (2w − 1) + x − x′ + w − 1`.
///
/// - Reference: Liu et al. 2021, arXiv:2103.14030, eq. 4 and figure 4.
package struct RelativePositions: Hashable, Sendable {
  /// The name of the table in the state dict.
  package let name: String
  package let height: Int
  package let width: Int
  /// By how many tokens the map was rolled before it was cut into windows.
  package let shift: WindowShift

  package init(_ name: String, height: Int, width: Int, shift: WindowShift = WindowShift()) {
    self.name = name
    self.height = height
    self.width = width
    self.shift = shift
  }

  /// Tokens of a window.
  package var tokens: Int { height * width }
  /// Scores of one head.
  var scores: Int { tokens * tokens }
  var isShifted: Bool { shift != WindowShift() }
  /// Floats of the mask.
  var maskCount: Int { isShifted ? 3 * scores : 0 }

  func parameter(heads: Int) -> ParameterSpecification {
    ParameterSpecification(
      name: name, shape: [(2 * height - 1) * (2 * width - 1), heads], role: .embedding,
      initialization: .normal(standardDeviation: 0.02))
  }

  /// The row of the table for what token `i` sees in token `j`.
  private func row(_ i: Int, _ j: Int) -> Int {
    let (y, x) = (i / width - j / width, i % width - j % width)
    return (y + height - 1) * (2 * width - 1) + x + width - 1
  }

  /// Spreads the table to `[heads, tokens, tokens]`.
  func gather(
    _ table: UnsafePointer<Float>, heads: Int, into bias: UnsafeMutablePointer<Float>
  ) {
    for i in 0..<tokens {
      for j in 0..<tokens {
        let from = table + row(i, j) * heads
        for head in 0..<heads { bias[head * scores + i * tokens + j] = from[head] }
      }
    }
  }

  /// What is added to the scores of each head, `[heads, tokens, tokens]`.
  package func bias(_ table: Tensor, heads: Int) -> Tensor {
    let storage = FloatStorage(uninitializedCount: heads * scores)
    table.withUnsafeBufferPointer { values in
      if let base = values.baseAddress { gather(base, heads: heads, into: storage.pointer) }
    }
    return Tensor(shape: [heads, tokens, tokens], storage: storage)
  }

  /// What is added in each window of a map, `[windows, 1, tokens, tokens]`; nil without a shift.
  package func mask(rows: Int, columns: Int) -> Tensor? {
    guard isShifted else { return nil }
    let kinds = FloatStorage(uninitializedCount: maskCount)
    fillMask(kinds.pointer)
    let result = FloatStorage(count: rows * columns * scores)
    for window in 0..<rows * columns {
      let isLast = (row: window / columns == rows - 1, column: window % columns == columns - 1)
      guard isLast.row || isLast.column else { continue }
      let kind = 2 * (isLast.row ? 1 : 0) + (isLast.column ? 1 : 0) - 1
      result.pointer.advanced(by: window * scores).update(
        from: kinds.pointer + kind * scores, count: scores)
    }
    return Tensor(shape: [rows * columns, 1, tokens, tokens], storage: result)
  }

  /// Adds gradients `[groups, heads, tokens, tokens]` up to the table's.
  func scatter(
    _ partial: UnsafePointer<Float>, groups: Int, heads: Int,
    into gradient: UnsafeMutablePointer<Float>
  ) {
    let rows = (2 * height - 1) * (2 * width - 1)
    Parallel.forEach(rows * heads) { place in
      let (row, head) = place.quotientAndRemainder(dividingBy: heads)
      // All pairs of tokens with this offset.
      let (y, x) = (row / (2 * width - 1) - height + 1, row % (2 * width - 1) - width + 1)
      var sum = 0.0
      for group in 0..<groups {
        let from = partial + (group * heads + head) * scores
        for top in max(0, -y)..<(height - max(0, y)) {
          for left in max(0, -x)..<(width - max(0, x)) {
            let (i, j) = ((top + y) * width + left + x, top * width + left)
            sum += Double(from[i * tokens + j])
          }
        }
      }
      gradient[place] = Float(sum)
    }
  }

  /// Writes what is added in windows of the last column, of the last row, and in the last window of
  /// all: there the first tokens of the shifted map follow its last.
  func fillMask(_ mask: UnsafeMutablePointer<Float>) {
    guard isShifted else { return }
    for i in 0..<tokens {
      for j in 0..<tokens {
        let place = i * tokens + j
        let rows = (i / width < height - shift.down) != (j / width < height - shift.down)
        let columns = (i % width < width - shift.right) != (j % width < width - shift.right)
        mask[place] = columns ? -100 : 0
        mask[scores + place] = rows ? -100 : 0
        mask[2 * scores + place] = rows || columns ? -100 : 0
      }
    }
  }
}

/// By how many pixels a map is rolled up and to the left before it is cut into windows.
package struct WindowShift: Hashable, Sendable {
  package let down: Int
  package let right: Int

  package init(down: Int = 0, right: Int = 0) {
    self.down = down
    self.right = right
  }
}
