import Foundation
import Tensors
import Testing

extension Kernels {
  /// Products against their definition, decompositions against the identities that define them.
  @Suite struct LinearAlgebraTests {
    /// Rounding of sums of some hundred products in Float64, with room.
    static let tolerance = 1e-11

    static func random(_ rows: Int, _ columns: Int, _ key: String) -> Matrix {
      let random = CounterRandom(seed: 3, key: key)
      return Matrix(
        rows: rows, columns: columns,
        values: (0..<rows * columns).map { random.normal(at: UInt64($0)) })
    }

    static func positive(_ n: Int) -> Matrix {
      var a = LinearAlgebra.gram(random(n + 5, n, "positive"))
      for i in 0..<n { a[i, i] += 1 }
      return a
    }

    func expectClose(
      _ a: Matrix, _ b: Matrix, _ name: String, sourceLocation: SourceLocation = #_sourceLocation
    ) {
      #expect(a.rows == b.rows && a.columns == b.columns, sourceLocation: sourceLocation)
      let size = b.values.map(abs).max() ?? 1
      let worst = zip(a.values, b.values).map { abs($0 - $1) }.max() ?? 0
      #expect(
        worst <= Self.tolerance * max(size, 1), "\(name): off by \(worst)",
        sourceLocation: sourceLocation)
    }

    func naive(_ a: Matrix, _ b: Matrix) -> Matrix {
      var c = Matrix(rows: a.rows, columns: b.columns)
      for i in 0..<a.rows {
        for j in 0..<b.columns {
          for k in 0..<a.columns { c[i, j] += a[i, k] * b[k, j] }
        }
      }
      return c
    }

    @Test(arguments: [1, 7, 130, 260], [1, 33]) func products(_ m: Int, _ n: Int) {
      let k = 19
      let a = Self.random(m, k, "a")
      let b = Self.random(k, n, "b")
      let c = naive(a, b)
      expectClose(LinearAlgebra.multiply(a, b), c, "a·b")
      expectClose(LinearAlgebra.multiply(a.transposed, transposed: true, b), c, "aᵀ·b")
      expectClose(
        LinearAlgebra.multiply(a, transposed: false, b.transposed, transposed: true), c, "a·bᵀ")
      expectClose(
        LinearAlgebra.multiply(a.transposed, transposed: true, b.transposed, transposed: true), c,
        "aᵀ·bᵀ")
      let x = b.transposed.row(0)
      let y = Matrix(rows: m, columns: 1, values: LinearAlgebra.multiply(a, x))
      expectClose(y, naive(a, Matrix(rows: k, columns: 1, values: x)), "a·x")
      expectClose(LinearAlgebra.gram(a), naive(a.transposed, a), "gram")
    }

    @Test(arguments: [1, 5, 129, 300]) func gramOfFloatRows(_ columns: Int) {
      let rows = 700  // more than one block of rows
      let x = Tensor(
        shape: [rows, columns], values: Kernels.random(rows * columns, "rows"))
      var gram = Matrix(rows: columns, columns: columns)
      x.rows(0..<10).withUnsafeBufferPointer {
        LinearAlgebra.accumulateGram($0, rows: 10, into: &gram)
      }
      x.rows(10..<rows).withUnsafeBufferPointer {
        LinearAlgebra.accumulateGram($0, rows: rows - 10, into: &gram)
      }
      expectClose(gram, LinearAlgebra.gram(Matrix(x)), "accumulated Gram matrix")
      #expect(gram == gram.transposed)
    }

    @Test(arguments: [1, 2, 17, 150]) func eigen(_ n: Int) throws {
      let a = Self.positive(n)
      let e = try LinearAlgebra.symmetricEigen(a)
      #expect(e.values == e.values.sorted())
      let vᵀv = LinearAlgebra.multiply(e.vectors, transposed: true, e.vectors)
      expectClose(vᵀv, .identity(n), "VᵀV")
      var scaled = e.vectors
      for i in 0..<n { for j in 0..<n { scaled[i, j] *= e.values[j] } }
      expectClose(
        LinearAlgebra.multiply(scaled, transposed: false, e.vectors, transposed: true), a,
        "V·diag(λ)·Vᵀ")
    }

    @Test(arguments: [1, 2, 17, 150]) func cholesky(_ n: Int) throws {
      let a = Self.positive(n)
      let c = try LinearAlgebra.cholesky(a)
      expectClose(
        LinearAlgebra.multiply(c.lower, transposed: false, c.lower, transposed: true), a, "L·Lᵀ")
      let b = Self.random(n, 3, "right side")
      expectClose(LinearAlgebra.multiply(a, c.solve(b)), b, "A·solve(b)")
      expectClose(LinearAlgebra.multiply(c.lower, c.solveLower(b)), b, "L·solveLower(b)")
      let eigenvalues = try LinearAlgebra.symmetricEigen(a).values
      let expected = eigenvalues.reduce(0) { $0 + log($1) }
      #expect(abs(c.logDeterminant - expected) <= 1e-10 * max(1, abs(expected)))
    }

    @Test(arguments: [(1, 1), (20, 6), (6, 20), (90, 90)]) func singularValues(_ size: (Int, Int))
      throws
    {
      let a = Self.random(size.0, size.1, "svd")
      let s = try LinearAlgebra.svd(a)
      let k = min(size.0, size.1)
      #expect(s.singularValues == s.singularValues.sorted(by: >))
      #expect(s.singularValues.allSatisfy { $0 >= 0 })
      expectClose(LinearAlgebra.multiply(s.u, transposed: true, s.u), .identity(k), "UᵀU")
      expectClose(
        LinearAlgebra.multiply(s.vTransposed, transposed: false, s.vTransposed, transposed: true),
        .identity(k), "VᵀV")
      var scaled = s.u
      for i in 0..<scaled.rows { for j in 0..<k { scaled[i, j] *= s.singularValues[j] } }
      expectClose(LinearAlgebra.multiply(scaled, s.vTransposed), a, "U·diag(σ)·Vᵀ")
      let only = try LinearAlgebra.singularValues(a)
      #expect(zip(only, s.singularValues).allSatisfy { abs($0 - $1) < 1e-10 })
    }

    @Test func whatCannotBeDecomposed() {
      let indefinite = Matrix(rows: 2, columns: 2, values: [1, 2, 2, 1])
      #expect(throws: LinearAlgebraError.notPositiveDefinite(order: 2)) {
        try LinearAlgebra.cholesky(indefinite)
      }
      let broken = Matrix(rows: 1, columns: 1, values: [.nan])
      #expect(throws: LinearAlgebraError.notFinite(operation: "svd")) {
        try LinearAlgebra.svd(broken)
      }
      #expect(throws: LinearAlgebraError.notFinite(operation: "symmetricEigen")) {
        try LinearAlgebra.symmetricEigen(broken)
      }
    }

    @Test func threadsChangeNoBit() {
      let threads = Parallel.threadCount
      defer { Parallel.threadCount = threads }
      let a = Self.random(300, 260, "a")
      let results = [1, 2, 4].map { count in
        Parallel.threadCount = count
        return [
          LinearAlgebra.gram(a), LinearAlgebra.multiply(a, transposed: false, a, transposed: true),
        ]
      }
      #expect(results[0] == results[1])
      #expect(results[0] == results[2])
    }

    @Test func emptyMatrices() throws {
      let empty = Matrix(rows: 0, columns: 0)
      #expect(
        LinearAlgebra.gram(Matrix(rows: 0, columns: 3)).values == Array(repeating: 0, count: 9))
      #expect(try LinearAlgebra.symmetricEigen(empty).values.isEmpty)
      #expect(try LinearAlgebra.cholesky(empty).logDeterminant == 0)
      #expect(try LinearAlgebra.singularValues(Matrix(rows: 0, columns: 4)).isEmpty)
      #expect(
        LinearAlgebra.multiply(Matrix(rows: 2, columns: 0), Matrix(rows: 0, columns: 1)).values == [
          0, 0,
        ])
    }
  }
}
