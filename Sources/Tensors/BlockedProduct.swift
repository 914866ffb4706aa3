internal import COpenBLAS

/// A number that BLAS multiplies matrices of.
protocol ProductElement: AdditiveArithmetic {
  /// c = op(a) · op(b) of row-major matrices, m × k by k × n.
  static func gemm(
    _ m: Int32, _ n: Int32, _ k: Int32,
    _ a: UnsafePointer<Self>, _ aRow: Int32, _ aOrder: CBLAS_TRANSPOSE,
    _ b: UnsafePointer<Self>, _ bRow: Int32, _ bOrder: CBLAS_TRANSPOSE,
    _ c: UnsafeMutablePointer<Self>)
}

extension Double: ProductElement {
  static func gemm(
    _ m: Int32, _ n: Int32, _ k: Int32,
    _ a: UnsafePointer<Double>, _ aRow: Int32, _ aOrder: CBLAS_TRANSPOSE,
    _ b: UnsafePointer<Double>, _ bRow: Int32, _ bOrder: CBLAS_TRANSPOSE,
    _ c: UnsafeMutablePointer<Double>
  ) {
    cblas_dgemm(CblasRowMajor, aOrder, bOrder, m, n, k, 1, a, aRow, b, bRow, 0, c, n)
  }
}

extension Float: ProductElement {
  static func gemm(
    _ m: Int32, _ n: Int32, _ k: Int32,
    _ a: UnsafePointer<Float>, _ aRow: Int32, _ aOrder: CBLAS_TRANSPOSE,
    _ b: UnsafePointer<Float>, _ bRow: Int32, _ bOrder: CBLAS_TRANSPOSE,
    _ c: UnsafeMutablePointer<Float>
  ) {
    cblas_sgemm(CblasRowMajor, aOrder, bOrder, m, n, k, 1, a, aRow, b, bRow, 0, c, n)
  }
}

/// op(a) · op(b) of two matrices in memory, computed by blocks of rows over all threads.
struct BlockedProduct {
  /// Rows of the result.
  let rows: Int
  /// Columns of the result.
  let columns: Int
  private let inner: Int
  private let a: (columns: Int, isTransposed: Bool)
  private let b: (columns: Int, isTransposed: Bool)

  /// - Precondition: the inner sizes agree.
  init(
    _ aRows: Int, _ aColumns: Int, transposed aTransposed: Bool,
    _ bRows: Int, _ bColumns: Int, transposed bTransposed: Bool
  ) {
    let (m, k) = aTransposed ? (aColumns, aRows) : (aRows, aColumns)
    let (k2, n) = bTransposed ? (bColumns, bRows) : (bRows, bColumns)
    precondition(
      k == k2,
      "multiply: \(m)×\(k) by \(k2)×\(n) (after transposition): the inner sizes differ")
    (rows, columns, inner) = (m, n, k)
    (a, b) = ((aColumns, aTransposed), (bColumns, bTransposed))
  }

  /// The product's numbers, row after row.
  func values<Element: ProductElement & Sendable>(of first: [Element], and second: [Element])
    -> [Element]
  {
    var result = [Element](repeating: .zero, count: rows * columns)
    guard rows > 0, columns > 0, inner > 0 else { return result }
    OpenBLAS.prepared
    // Every unit packs b anew: where there are units enough they may be larger.
    let block = (rows >= 2048 ? 4 : 1) * LinearAlgebra.block
    let order = { (isTransposed: Bool) in isTransposed ? CblasTrans : CblasNoTrans }
    first.withUnsafeBufferPointer { first in
      second.withUnsafeBufferPointer { second in
        result.withUnsafeMutableBufferPointer { result in
          guard let x = first.baseAddress, let y = second.baseAddress, let z = result.baseAddress
          else { return }
          Parallel.forEach((rows + block - 1) / block) { unit in
            let start = unit * block
            Element.gemm(
              Int32(min(block, rows - start)), Int32(columns), Int32(inner),
              x + (a.isTransposed ? start : start * inner), Int32(a.columns), order(a.isTransposed),
              y, Int32(b.columns), order(b.isTransposed), z + start * columns)
          }
        }
      }
    }
    return result
  }
}
