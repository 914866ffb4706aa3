internal import COpenBLAS
internal import CKernels

/// Products and decompositions of Float64 matrices, through OpenBLAS and LAPACK.
///
/// OpenBLAS runs single-threaded: products are split here, over fixed blocks, so that no result
/// depends on the number of threads. Infinite and NaN elements go through products; decompositions
/// throw `LinearAlgebraError.notFinite` at them.
public enum LinearAlgebra {
  /// Columns (or rows) of a result computed as one unit.
  static let block = 128

  /// op(a) · op(b), where op transposes if asked to.
  ///
  /// - Precondition: the inner sizes agree.
  /// - Complexity: O(m·n·k).
  public static func multiply(
    _ a: Matrix, transposed aTransposed: Bool = false,
    _ b: Matrix, transposed bTransposed: Bool = false
  ) -> Matrix {
    let product = BlockedProduct(
      a.rows, a.columns, transposed: aTransposed, b.rows, b.columns, transposed: bTransposed)
    return Matrix(
      rows: product.rows, columns: product.columns,
      values: product.values(of: a.values, and: b.values))
  }

  /// a · x for a vector x of `a.columns` elements (or aᵀ · x, x of `a.rows`).
  ///
  /// - Precondition: the sizes agree.
  public static func multiply(
    _ a: Matrix, transposed: Bool = false, _ x: [Double]
  ) -> [Double] {
    let (m, k) = transposed ? (a.columns, a.rows) : (a.rows, a.columns)
    precondition(x.count == k, "multiply: \(m)×\(k) by a vector of \(x.count)")
    guard m > 0, k > 0 else { return Array(repeating: 0, count: m) }
    OpenBLAS.prepared
    return Array(unsafeUninitializedCapacity: m) { y, count in
      cblas_dgemv(
        CblasRowMajor, transposed ? CblasTrans : CblasNoTrans, Int32(a.rows), Int32(a.columns), 1,
        a.values, Int32(a.columns), x, 1, 0, y.baseAddress, 1)
      count = m
    }
  }

  /// The Gram matrix aᵀ·a, [columns, columns], exactly symmetric.
  public static func gram(_ a: Matrix) -> Matrix {
    var result = Matrix(rows: a.columns, columns: a.columns)
    a.values.withUnsafeBufferPointer { addGram($0, rows: a.rows, to: &result) }
    symmetrise(&result)
    return result
  }

  /// Adds xᵀ·x of Float32 rows x to `gram`, computing in Float64.
  ///
  /// - Parameters:
  ///   - x: `rows` rows of `gram.rows` floats.
  ///   - gram: symmetric, stays so; [D, D].
  /// - Complexity: O(rows·D²); working memory of 512 rows in Float64.
  public static func accumulateGram(
    _ x: UnsafeBufferPointer<Float>, rows: Int, into gram: inout Matrix
  ) {
    let columns = gram.columns
    precondition(gram.rows == columns, "accumulateGram: \(gram.rows)×\(columns) is not square")
    precondition(
      x.count == rows * columns, "accumulateGram: \(x.count) floats for \(rows)×\(columns)")
    guard let base = x.baseAddress, rows > 0, columns > 0 else { return }
    let blockRows = min(rows, 512)
    var wide = [Double](repeating: 0, count: blockRows * columns)
    wide.withUnsafeMutableBufferPointer { wide in
      guard let target = wide.baseAddress else { return }
      for first in stride(from: 0, to: rows, by: blockRows) {
        let height = min(blockRows, rows - first)
        let source = base + first * columns
        Parallel.ranges(height * columns, grain: 4096) { graft_widen(source, target, $0, $1) }
        addGram(
          UnsafeBufferPointer(start: target, count: height * columns), rows: height, to: &gram)
      }
    }
    symmetrise(&gram)
  }

  /// Adds aᵀ·a to the upper triangle of `gram`.
  private static func addGram(
    _ a: UnsafeBufferPointer<Double>, rows: Int, to gram: inout Matrix
  ) {
    let n = gram.columns
    guard let base = a.baseAddress, rows > 0, n > 0 else { return }
    OpenBLAS.prepared
    gram.values.withUnsafeMutableBufferPointer { c0 in
      guard let c = c0.baseAddress else { return }
      Parallel.forEach((n + block - 1) / block) { unit in
        let first = unit * block
        let height = min(block, n - first)
        cblas_dsyrk(
          CblasRowMajor, CblasUpper, CblasTrans, Int32(height), Int32(rows), 1, base + first,
          Int32(n), 1, c + first * n + first, Int32(n))
        let next = first + height
        guard next < n else { return }
        cblas_dgemm(
          CblasRowMajor, CblasTrans, CblasNoTrans, Int32(height), Int32(n - next), Int32(rows), 1,
          base + first, Int32(n), base + next, Int32(n), 1, c + first * n + next, Int32(n))
      }
    }
  }

  /// Copies the upper triangle onto the lower one.
  private static func symmetrise(_ matrix: inout Matrix) {
    let n = matrix.columns
    matrix.values.withUnsafeMutableBufferPointer { c in
      // By tiles, so that what is read down a column stays in the cache.
      for top in stride(from: 0, to: n, by: 32) {
        for left in stride(from: 0, through: top, by: 32) {
          for i in top..<min(top + 32, n) {
            for j in left..<min(left + 32, i) { c[i * n + j] = c[j * n + i] }
          }
        }
      }
    }
  }
}

extension LinearAlgebra {
  /// What computes: OpenBLAS's processor family and our own instruction set, for reports.
  public static var backendDescription: String {
    OpenBLAS.prepared
    return "OpenBLAS \(OpenBLAS.coreName), kernels \(String(cString: graft_isa_name()))"
  }
}
