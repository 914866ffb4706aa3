internal import COpenBLAS
public import Foundation

/// Why a decomposition could not be made.
public enum LinearAlgebraError: Error, Equatable, CustomStringConvertible, LocalizedError {
  /// The matrix holds a NaN or an infinity.
  case notFinite(operation: String)
  /// The matrix is not positive definite: the leading minor of this order is not positive.
  case notPositiveDefinite(order: Int)
  /// LAPACK's iteration did not converge.
  case noConvergence(operation: String)

  /// One sentence for people.
  public var description: String {
    switch self {
    case .notFinite(let operation):
      "\(operation): the matrix holds a NaN or an infinite number; check the features it came from"
    case .notPositiveDefinite(let order):
      "Cholesky: the matrix is not positive definite (leading minor \(order)); "
        + "add a ridge to its diagonal"
    case .noConvergence(let operation):
      "\(operation): LAPACK's iteration did not converge"
    }
  }

  /// The same sentence.
  public var errorDescription: String? { description }
}

/// A = V·diag(λ)·Vᵀ of a symmetric matrix.
public struct SymmetricEigen: Sendable {
  /// Eigenvalues λ, ascending.
  public let values: [Double]
  /// Eigenvectors V: column j belongs to `values[j]`; orthonormal.
  public let vectors: Matrix
}

/// A = U·diag(σ)·Vᵀ with k = min(rows, columns) singular values.
public struct ThinSVD: Sendable {
  /// Left singular vectors, [rows, k].
  public let u: Matrix
  /// Singular values, descending, ≥ 0.
  public let singularValues: [Double]
  /// Right singular vectors transposed, [k, columns].
  public let vTransposed: Matrix
}

/// The Cholesky factor L of A = L·Lᵀ.
public struct Cholesky: Sendable {
  /// L, lower triangular with zeros above.
  public let lower: Matrix

  /// ln det A = 2·Σ ln Lᵢᵢ.
  public var logDeterminant: Double {
    (0..<lower.rows).reduce(0) { $0 + 2 * log(lower[$1, $1]) }
  }

  /// X with A·X = b, for b of shape [n, m].
  ///
  /// - Precondition: b has n rows.
  public func solve(_ b: Matrix) -> Matrix {
    substitute(substitute(b, transposed: false), transposed: true)
  }

  /// x with A·x = b.
  public func solve(_ b: [Double]) -> [Double] {
    solve(Matrix(rows: b.count, columns: 1, values: b)).values
  }

  /// Y with L·Y = b: whitening with A as a covariance.
  public func solveLower(_ b: Matrix) -> Matrix { substitute(b, transposed: false) }

  /// Y with Lᵀ·Y = b.
  public func solveUpper(_ b: Matrix) -> Matrix { substitute(b, transposed: true) }

  private func substitute(_ b: Matrix, transposed: Bool) -> Matrix {
    precondition(
      b.rows == lower.rows, "Cholesky: a right side of \(b.rows) rows, order \(lower.rows)")
    var x = b
    guard b.rows > 0, b.columns > 0 else { return x }
    OpenBLAS.prepared
    x.values.withUnsafeMutableBufferPointer {
      cblas_dtrsm(
        CblasRowMajor, CblasLeft, CblasLower, transposed ? CblasTrans : CblasNoTrans, CblasNonUnit,
        Int32(b.rows), Int32(b.columns), 1, lower.values, Int32(lower.rows), $0.baseAddress,
        Int32(b.columns))
    }
    return x
  }
}

extension LinearAlgebra {
  /// Eigenvalues and eigenvectors of a symmetric matrix; reads its upper triangle.
  ///
  /// - Throws: `.notFinite`, `.noConvergence`.
  /// - Precondition: square.
  /// - Complexity: O(n³); memory 3·n².
  public static func symmetricEigen(_ a: Matrix) throws(LinearAlgebraError) -> SymmetricEigen {
    precondition(a.rows == a.columns, "symmetricEigen: \(a.rows)×\(a.columns) is not square")
    try requireFinite(a, "symmetricEigen")
    let n = a.rows
    guard n > 0 else { return SymmetricEigen(values: [], vectors: a) }
    OpenBLAS.prepared
    var order = Int32(n)
    var vectors = a.values
    var values = [Double](repeating: 0, count: n)
    var info: Int32 = 0
    var workSize: Int32 = -1
    var integerSize: Int32 = -1
    var work = [0.0]
    var integers: [Int32] = [0]
    // LAPACK is column-major: our upper triangle is its lower one. First pass asks for sizes.
    for _ in 0..<2 {
      dsyevd_(
        "V", "L", &order, &vectors, &order, &values, &work, &workSize, &integers, &integerSize,
        &info, 1, 1)
      guard workSize < 0 else { break }
      workSize = Int32(work[0])
      integerSize = integers[0]
      work = Array(repeating: 0, count: Int(workSize))
      integers = Array(repeating: 0, count: Int(integerSize))
    }
    guard info == 0 else { throw .noConvergence(operation: "symmetricEigen") }
    let rowsAreVectors = Matrix(rows: n, columns: n, values: vectors)
    return SymmetricEigen(values: values, vectors: rowsAreVectors.transposed)
  }

  /// The Cholesky factorisation of a symmetric positive definite matrix; reads its lower triangle.
  ///
  /// - Throws: `.notFinite`, `.notPositiveDefinite`.
  /// - Precondition: square.
  /// - Complexity: n³/3.
  public static func cholesky(_ a: Matrix) throws(LinearAlgebraError) -> Cholesky {
    precondition(a.rows == a.columns, "cholesky: \(a.rows)×\(a.columns) is not square")
    try requireFinite(a, "cholesky")
    let n = a.rows
    guard n > 0 else { return Cholesky(lower: a) }
    OpenBLAS.prepared
    var order = Int32(n)
    var lower = a.values
    var info: Int32 = 0
    dpotrf_("U", &order, &lower, &order, &info, 1)
    guard info == 0 else { throw .notPositiveDefinite(order: Int(info)) }
    for i in 0..<n { for j in (i + 1)..<max(n, i + 1) { lower[i * n + j] = 0 } }
    return Cholesky(lower: Matrix(rows: n, columns: n, values: lower))
  }

  /// ln det of a symmetric positive definite matrix.
  ///
  /// - Throws: `.notFinite`, `.notPositiveDefinite`.
  public static func logDeterminant(_ a: Matrix) throws(LinearAlgebraError) -> Double {
    try cholesky(a).logDeterminant
  }

  /// Thin singular value decomposition.
  ///
  /// - Throws: `.notFinite`, `.noConvergence`.
  /// - Complexity: O(rows·columns·min(rows, columns)).
  public static func svd(_ a: Matrix) throws(LinearAlgebraError) -> ThinSVD {
    let k = min(a.rows, a.columns)
    let (u, s, vt) = try decompose(a, job: "S")
    return ThinSVD(
      u: Matrix(rows: a.rows, columns: k, values: u), singularValues: s,
      vTransposed: Matrix(rows: k, columns: a.columns, values: vt))
  }

  /// Singular values only, descending.
  ///
  /// - Throws: `.notFinite`, `.noConvergence`.
  public static func singularValues(_ a: Matrix) throws(LinearAlgebraError) -> [Double] {
    try decompose(a, job: "N").1
  }

  private static func decompose(
    _ a: Matrix, job: String
  ) throws(LinearAlgebraError) -> ([Double], [Double], [Double]) {
    try requireFinite(a, "svd")
    let k = min(a.rows, a.columns)
    guard k > 0 else { return ([], [], []) }
    OpenBLAS.prepared
    // Row-major A is column-major Aᵀ = V·diag(σ)·Uᵀ: LAPACK's "U" is our Vᵀ and its "VT" our U.
    var m = Int32(a.columns)
    var n = Int32(a.rows)
    var rank = Int32(k)
    var input = a.values
    var s = [Double](repeating: 0, count: k)
    let wanted = job == "S"
    var vt = [Double](repeating: 0, count: wanted ? k * a.columns : 1)
    var u = [Double](repeating: 0, count: wanted ? k * a.rows : 1)
    var integers = [Int32](repeating: 0, count: 8 * k)
    var info: Int32 = 0
    var workSize: Int32 = -1
    var work = [0.0]
    for _ in 0..<2 {
      dgesdd_(
        job, &m, &n, &input, &m, &s, &vt, &m, &u, &rank, &work, &workSize, &integers, &info, 1)
      guard workSize < 0 else { break }
      workSize = Int32(work[0])
      work = Array(repeating: 0, count: Int(workSize))
    }
    guard info == 0 else { throw .noConvergence(operation: "svd") }
    return (u, s, vt)
  }

  private static func requireFinite(
    _ a: Matrix, _ operation: String
  ) throws(LinearAlgebraError) {
    guard a.values.allSatisfy(\.isFinite) else { throw .notFinite(operation: operation) }
  }
}
