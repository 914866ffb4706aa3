internal import COpenBLAS

/// A dense Float32 matrix, row-major: for products that only choose, or start, what Float64 then settles.
///
/// Its products take half the time and half the memory of a `Matrix`'s.
public struct SingleMatrix: Sendable {
  /// Number of rows.
  public let rows: Int
  /// Number of columns.
  public let columns: Int
  /// The elements, row after row; `rows · columns` of them.
  public internal(set) var values: [Float]

  /// The numbers of a matrix, rounded.
  public init(_ matrix: Matrix) {
    self.init(rows: matrix.rows, columns: matrix.columns, matrix.values)
  }

  /// Numbers row after row, rounded.
  ///
  /// - Precondition: `numbers.count == rows · columns`.
  public init(rows: Int, columns: Int, _ numbers: [Double]) {
    precondition(numbers.count == rows * columns, "SingleMatrix: \(numbers.count) numbers")
    self.rows = rows
    self.columns = columns
    values = Array(unsafeUninitializedCapacity: numbers.count) { target, count in
      numbers.withUnsafeBufferPointer { numbers in
        Parallel.ranges(numbers.count, grain: 4096) { begin, end in
          for index in begin..<end { target[index] = Float(numbers[index]) }
        }
      }
      count = numbers.count
    }
  }

  init(rows: Int, columns: Int, values: [Float]) {
    (self.rows, self.columns, self.values) = (rows, columns, values)
  }

  /// The largest relative error that rounding factors and sums makes of a product of rows.
  ///
  /// |fl(xᵀy) − xᵀy| ≤ γ Σ|x_k y_k| for n products: γ = (n + 2)·2⁻²⁴/(1 − (n + 2)·2⁻²⁴), the two
  /// roundings of the factors included.
  /// - Reference: Higham, "Accuracy and stability of numerical algorithms", 2nd ed., eq. 3.4.
  public static func productError(_ count: Int) -> Double {
    let share = Double(count + 2) * 0x1p-24
    return share < 0.5 ? share / (1 - share) : 1
  }
}

extension Matrix {
  /// The numbers of a Float32 matrix.
  public init(_ single: SingleMatrix) {
    self.init(rows: single.rows, columns: single.columns, values: single.values.map(Double.init))
  }
}

extension LinearAlgebra {
  /// aᵀ·b of vectors that lie in memory.
  ///
  /// - Precondition: `count` numbers at each of them.
  public static func dot(
    _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, count: Int
  ) -> Double {
    OpenBLAS.prepared
    return cblas_ddot(Int32(count), a, 1, b, 1)
  }

  /// op(a) · op(b) in Float32, where op transposes if asked to.
  ///
  /// - Precondition: the inner sizes agree.
  /// - Complexity: O(m·n·k).
  public static func multiply(
    _ a: SingleMatrix, transposed aTransposed: Bool = false,
    _ b: SingleMatrix, transposed bTransposed: Bool = false
  ) -> SingleMatrix {
    let product = BlockedProduct(
      a.rows, a.columns, transposed: aTransposed, b.rows, b.columns, transposed: bTransposed)
    return SingleMatrix(
      rows: product.rows, columns: product.columns,
      values: product.values(of: a.values, and: b.values))
  }
}
