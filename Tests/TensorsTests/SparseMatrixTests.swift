import Tensors
import Testing

@Suite("Sparse matrices")
struct SparseMatrixTests {
  private static func dense(_ rows: Int, _ columns: Int, _ seed: UInt64) -> Matrix {
    let random = CounterRandom(seed: seed, key: "dense")
    return Matrix(
      rows: rows, columns: columns,
      values: (0..<rows * columns).map {
        random.uniform(at: UInt64(2 * $0)) < 0.7 ? 0 : random.normal(at: UInt64($0))
      })
  }

  @Test("A transposed sparse factor gives the product that the dense one gives")
  func product() {
    let (a, b) = (Self.dense(30, 7, 1), Self.dense(30, 11, 2))
    let sparse = SparseMatrix(transposing: a)
    #expect(sparse.count == a.values.count { $0 != 0 })
    #expect((sparse.rows, sparse.columns) == (7, 30))
    let found = LinearAlgebra.multiply(sparse, b)
    let expected = LinearAlgebra.multiply(a, transposed: true, b)
    for (value, wanted) in zip(found.values, expected.values) {
      #expect(abs(value - wanted) < 1e-12)
    }
  }

  @Test("Indicators of groups sum the rows of each, and a group may be empty")
  func groups() {
    let sparse = SparseMatrix(indicatorsOf: [2, 0, 2, 3], groups: 4)
    let rows = Matrix(rows: 4, columns: 2, values: [1, 2, 3, 4, 5, 6, 7, 8])
    #expect(LinearAlgebra.multiply(sparse, rows).values == [3, 4, 0, 0, 6, 8, 7, 8])
    #expect((0..<4).map(sparse.count(inRow:)) == [1, 0, 2, 1])
  }

  @Test("Rows named once or more, in any order; both halves of a Cholesky solution")
  func pieces() throws {
    let rows = Matrix(rows: 3, columns: 2, values: [1, 2, 3, 4, 5, 6])
    #expect(rows.rows([2, 0, 2]).values == [5, 6, 1, 2, 5, 6])
    let factor = try LinearAlgebra.cholesky(Matrix(rows: 2, columns: 2, values: [4, 2, 2, 5]))
    let right = Matrix(rows: 2, columns: 1, values: [3, 7])
    let solved = factor.solveUpper(factor.solveLower(right)).values
    for (a, b) in zip(solved, factor.solve(right).values) { #expect(abs(a - b) < 1e-14) }
    #expect(abs(4 * solved[0] + 2 * solved[1] - 3) < 1e-12)
  }
}
