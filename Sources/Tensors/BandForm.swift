internal import COpenBLAS
import Foundation

/// A symmetric matrix turned into a band, A = Q·B·Qᵀ, with some right sides turned along.
///
/// Once made, quadratic forms under (A + λI)⁻¹ and ln det(A + λI) cost O(n·w·(w + m)) for each λ, with
/// the band's width w of 32 or 64: as if the eigenvalues were known, for a fifth of the work that they take.
/// - Reference: Bischof, Lang & Sun, "A framework for symmetric band reduction", ACM TOMS 26 (2000),
///   section 2 (reduction by blocks of Householder vectors).
public struct BandForm: Sendable {
  /// Columns of a panel, the width of the band: small matrices take less for each shift with fewer.
  private static func width(_ order: Int) -> Int { order < 1024 ? 32 : 64 }
  /// Rows of a tile, the unit of work; a multiple of the width.
  private static let tile = 128

  /// Order of the matrix, n.
  public let order: Int
  /// Number of right sides, m.
  public let rightSides: Int
  /// The blocks on the diagonal, each column by column with a stride of the width.
  private let diagonal: [Double]
  /// The blocks below them.
  private let below: [Double]
  /// Qᵀ·R, row after row, [n, m].
  private let turned: [Double]

  /// What a shift λ makes of the matrix and the right sides r₁ … r_m.
  public struct Forms: Sendable {
    /// ln det(A + λI).
    public let logDeterminant: Double
    /// rᵢᵀ(A + λI)⁻¹rᵢ, m of them.
    public let squares: [Double]
    /// rᵢᵀ(A + λI)⁻¹r_m, m of them.
    public let crosses: [Double]
    /// The least pivot of the factorisation: at least the least eigenvalue of A + λI.
    public let leastPivot: Double
  }

  /// Turns a matrix and right sides.
  ///
  /// - Parameters:
  ///   - matrix: A, symmetric, [n, n].
  ///   - rightSides: R, [n, m].
  /// - Precondition: square; as many rows on the right; at least one column.
  /// - Throws: `.notFinite`.
  /// - Complexity: 4/3·n³ + 2·n²·m operations, nearly all in products; memory n² beside the input.
  public init(
    _ matrix: consuming Matrix, rightSides: consuming Matrix
  ) throws(LinearAlgebraError) {
    precondition(matrix.rows == matrix.columns && rightSides.rows == matrix.rows)
    precondition(matrix.rows > 0 && rightSides.columns > 0)
    guard matrix.values.allSatisfy(\.isFinite), rightSides.values.allSatisfy(\.isFinite)
    else { throw .notFinite(operation: "BandForm") }
    OpenBLAS.prepared
    let n = matrix.rows
    let m = rightSides.columns
    matrix.values.withUnsafeMutableBufferPointer { a in
      rightSides.values.withUnsafeMutableBufferPointer { r in
        guard let a = a.baseAddress, let r = r.baseAddress else { return }
        Self.reduce(a, order: n, r, count: m)
      }
    }
    order = n
    self.rightSides = m
    turned = rightSides.values
    (diagonal, below) = Self.blocks(of: matrix.values, order: n)
  }

  /// Makes everything left of the band zero, panel after panel; keeps tiles on and below the diagonal.
  private static func reduce(
    _ a: UnsafeMutablePointer<Double>, order n: Int, _ r: UnsafeMutablePointer<Double>, count m: Int
  ) {
    let w = width(n)
    guard n > 2 * w else { return }
    // V | W and W | V of a panel, V·T, its product with the rest, and the triangle T; by columns.
    var scratch = [Double](repeating: 0, count: n * w * 6 + w * w * 2 + m * w)
    scratch.withUnsafeMutableBufferPointer { scratch in
      guard let left = scratch.baseAddress else { return }
      let right = left + 2 * n * w
      let scaled = right + 2 * n * w
      let triangle = scaled + 2 * n * w
      let middle = triangle + w * w
      let carried = middle + w * w
      for first in stride(from: 0, to: n - 2 * w, by: w) {
        let start = first + w
        let panel = Panel(
          a: a, order: n, w: w, start: start, rows: n - start, left: left, right: right,
          scaled: scaled,
          product: scaled + n * w)
        panel.factor(triangle, first: first)
        panel.update(middle)
        turn(r + start * m, count: m, panel, carried)
      }
    }
  }

  /// Zᵀ ← Qᵀ·Zᵀ for the right sides' rows Z below the panel, m numbers each.
  private static func turn(
    _ z: UnsafeMutablePointer<Double>, count m: Int, _ panel: Panel,
    _ carried: UnsafeMutablePointer<Double>
  ) {
    let w = panel.w
    Parallel.forEach((m + w - 1) / w) { unit in
      let begin = unit * w
      let height = min(w, m - begin)
      cblas_dgemm(
        CblasColMajor, CblasNoTrans, CblasNoTrans, Int32(height), Int32(w), Int32(panel.rows), 1,
        z + begin, Int32(m), panel.scaled, Int32(panel.rows), 0, carried + begin, Int32(m))
      cblas_dgemm(
        CblasColMajor, CblasNoTrans, CblasTrans, Int32(height), Int32(panel.rows), Int32(w), -1,
        carried + begin, Int32(m), panel.right, Int32(panel.rows), 1, z + begin, Int32(m))
    }
  }

  /// One block of Householder vectors, Q = I − V·T·Vᵀ, and the matrix below it.
  private struct Panel {
    let a: UnsafeMutablePointer<Double>
    let order: Int
    /// How many vectors.
    let w: Int
    /// The first row that Q touches, and how many.
    let start: Int
    let rows: Int
    /// W | V, V | W, V·T and A·V·T, columns of `rows` numbers.
    let left, right, scaled, product: UnsafeMutablePointer<Double>

    /// Rows of the tiles from `start` on, the first one cut off where `start` is inside of it.
    private func tile(_ index: Int) -> Range<Int> {
      let origin = start / BandForm.tile * BandForm.tile + index * BandForm.tile
      return max(start, origin)..<min(order, origin + BandForm.tile)
    }

    private var tiles: Int { (order - start / BandForm.tile * BandForm.tile + 127) / BandForm.tile }

    /// Factors the columns before `start`, leaving R there; makes V and V·T.
    func factor(_ triangle: UnsafeMutablePointer<Double>, first: Int) {
      var (height, columns, stride, info) = (Int32(rows), Int32(w), Int32(order), Int32(0))
      let panel = a + start + first * order
      dgeqrt3_(&height, &columns, panel, &stride, triangle, &columns, &info)
      for column in 0..<w {
        let source = panel + column * order
        let target = right + column * rows
        for row in 0..<column { target[row] = 0 }
        target[column] = 1
        for row in (column + 1)..<rows {
          target[row] = source[row]
          source[row] = 0
        }
        (scaled + column * rows).update(from: target, count: rows)
        for row in (column + 1)..<max(w, column + 1) { triangle[row + column * w] = 0 }
      }
      cblas_dtrmm(
        CblasColMajor, CblasRight, CblasUpper, CblasNoTrans, CblasNonUnit, Int32(rows), Int32(w), 1,
        triangle, Int32(w), scaled, Int32(rows))
    }

    /// A ← QᵀAQ = A − W·Vᵀ − V·Wᵀ with Y = A·V·T and W = Y − ½·V·(V·T)ᵀ·Y.
    func update(_ middle: UnsafeMutablePointer<Double>) {
      let (n, w, rows) = (order, self.w, self.rows)
      Parallel.forEach(tiles) { index in
        let tile = tile(index)
        let target = product + (tile.lowerBound - start)
        cblas_dgemm(
          CblasColMajor, CblasNoTrans, CblasNoTrans, Int32(tile.count), Int32(w),
          Int32(tile.upperBound - start), 1, a + tile.lowerBound + start * n, Int32(n), scaled,
          Int32(rows), 0, target, Int32(rows))
        guard tile.upperBound < n else { return }
        cblas_dgemm(
          CblasColMajor, CblasTrans, CblasNoTrans, Int32(tile.count), Int32(w),
          Int32(n - tile.upperBound), 1, a + tile.upperBound + tile.lowerBound * n, Int32(n),
          scaled + (tile.upperBound - start), Int32(rows), 1, target, Int32(rows))
      }
      cblas_dgemm(
        CblasColMajor, CblasTrans, CblasNoTrans, Int32(w), Int32(w), Int32(rows), 1, scaled,
        Int32(rows), product, Int32(rows), 0, middle, Int32(w))
      cblas_dgemm(
        CblasColMajor, CblasNoTrans, CblasNoTrans, Int32(rows), Int32(w), Int32(w), -0.5, right,
        Int32(rows), middle, Int32(w), 1, product, Int32(rows))
      left.update(from: product, count: rows * w)
      (left + rows * w).update(from: right, count: rows * w)
      (right + rows * w).update(from: product, count: rows * w)
      Parallel.forEach(tiles) { place in
        // The longest first.
        let tile = tile(tiles - 1 - place)
        cblas_dgemm(
          CblasColMajor, CblasNoTrans, CblasTrans, Int32(tile.count),
          Int32(tile.upperBound - start), Int32(2 * w), -1, left + (tile.lowerBound - start),
          Int32(rows), right, Int32(rows), 1, a + tile.lowerBound + start * n, Int32(n))
      }
    }
  }

  /// The band's blocks, of w rows and columns each (the last may have fewer).
  private static func blocks(of a: [Double], order n: Int) -> ([Double], [Double]) {
    let w = width(n)
    let count = (n + w - 1) / w
    var diagonal = [Double](repeating: 0, count: count * w * w)
    var below = diagonal
    for block in 0..<count {
      let begin = block * w
      for column in begin..<min(n, begin + w) {
        let target = block * w * w + (column - begin) * w
        for row in begin..<min(n, begin + w) {
          diagonal[target + row - begin] = a[row + column * n]
        }
        let next = begin + w
        guard next < n else { continue }
        for row in next..<min(n, next + w) { below[target + row - next] = a[row + column * n] }
      }
    }
    return (diagonal, below)
  }

  /// The determinant and the quadratic forms of A + λI; nil where it is not positive definite.
  ///
  /// - Complexity: O(n·w·(w + m)).
  public func forms(shift: Double) -> Forms? {
    OpenBLAS.prepared
    let (n, w, m) = (order, Self.width(order), rightSides)
    var squares = [Double](repeating: 0, count: m)
    var crosses = squares
    var logDeterminant = 0.0
    var least = Double.infinity
    var factor = [Double](repeating: 0, count: w * w)
    var link = factor
    var (solved, before) = (
      [Double](repeating: 0, count: w * m), [Double](repeating: 0, count: w * m)
    )
    for begin in stride(from: 0, to: n, by: w) {
      let size = min(w, n - begin)
      let place = begin / w * w * w
      for index in 0..<w * w { factor[index] = diagonal[place + index] }
      for index in 0..<size { factor[index * w + index] += shift }
      for index in 0..<size * m { solved[index] = turned[begin * m + index] }
      if begin > 0 {
        // link holds L[this, before]: less what is explained already.
        cblas_dsyrk(
          CblasColMajor, CblasLower, CblasNoTrans, Int32(size), Int32(w), -1, link, Int32(w), 1,
          &factor, Int32(w))
        cblas_dgemm(
          CblasColMajor, CblasNoTrans, CblasTrans, Int32(m), Int32(size), Int32(w), -1, before,
          Int32(m), link, Int32(w), 1, &solved, Int32(m))
      }
      var (order, stride, info) = (Int32(size), Int32(w), Int32(0))
      dpotrf_("L", &order, &factor, &stride, &info, 1)
      guard info == 0 else { return nil }
      cblas_dtrsm(
        CblasColMajor, CblasRight, CblasLower, CblasTrans, CblasNonUnit, Int32(m), Int32(size), 1,
        factor, Int32(w), &solved, Int32(m))
      for index in 0..<size {
        let pivot = factor[index * w + index]
        logDeterminant += 2 * log(pivot)
        least = min(least, pivot * pivot)
      }
      Self.accumulate(solved, rows: size, squares: &squares, crosses: &crosses)
      let next = min(w, n - begin - w)
      if next > 0 {
        for index in 0..<w * w { link[index] = below[place + index] }
        cblas_dtrsm(
          CblasColMajor, CblasRight, CblasLower, CblasTrans, CblasNonUnit, Int32(next), Int32(w), 1,
          factor, Int32(w), &link, Int32(w))
      }
      swap(&solved, &before)
    }
    guard logDeterminant.isFinite else { return nil }
    return Forms(
      logDeterminant: logDeterminant, squares: squares, crosses: crosses, leastPivot: least)
  }

  /// Adds the squares of each right side's rows, and their products with the last's.
  private static func accumulate(
    _ solved: [Double], rows: Int, squares: inout [Double], crosses: inout [Double]
  ) {
    let m = squares.count
    solved.withUnsafeBufferPointer { solved in
      squares.withUnsafeMutableBufferPointer { squares in
        crosses.withUnsafeMutableBufferPointer { crosses in
          for row in 0..<rows {
            let last = solved[row * m + m - 1]
            for column in 0..<m {
              let value = solved[row * m + column]
              squares[column] += value * value
              crosses[column] += value * last
            }
          }
        }
      }
    }
  }
}
