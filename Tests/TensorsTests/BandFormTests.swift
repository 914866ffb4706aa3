import Foundation
import Tensors
import Testing

@Suite("Band form of a symmetric matrix")
struct BandFormTests {
  /// A positive definite matrix and right sides that follow from the order.
  static func problem(_ order: Int, sides: Int) -> (Matrix, Matrix) {
    let random = CounterRandom(seed: UInt64(order), key: "band")
    var rows = Matrix(rows: order + 3, columns: order)
    for index in rows.values.indices { rows.values[index] = random.normal(at: UInt64(index)) }
    var right = Matrix(rows: order, columns: sides)
    for index in right.values.indices {
      right.values[index] = random.normal(at: UInt64(1_000_000 + index))
    }
    return (LinearAlgebra.gram(rows), right)
  }

  @Test(
    "Determinants and quadratic forms equal those by Cholesky",
    arguments: [1, 5, 63, 64, 65, 127, 128, 129, 191, 192, 200, 333, 1090])
  func forms(order: Int) throws {
    let (matrix, right) = Self.problem(order, sides: order % 70 + 1)
    let band = try BandForm(matrix, rightSides: right)
    for shift in [0.5, 30, 4000] {
      var shifted = matrix
      for index in 0..<order { shifted[index, index] += shift }
      let factor = try LinearAlgebra.cholesky(shifted)
      let whitened = factor.solveLower(right)
      let products = LinearAlgebra.gram(whitened)
      let found = try #require(band.forms(shift: shift))
      #expect(
        abs(found.logDeterminant - factor.logDeterminant) < 1e-11 * Double(order) * log(shift + 9))
      for side in 0..<right.columns {
        let (square, last) = (products[side, side], products[right.columns - 1, right.columns - 1])
        let scale = (square * last).squareRoot()
        #expect(abs(found.squares[side] - square) < 1e-10 * square, "side \(side)")
        #expect(
          abs(found.crosses[side] - products[side, right.columns - 1]) < 1e-10 * scale,
          "side \(side)")
      }
      let eigen = try LinearAlgebra.symmetricEigen(shifted)
      #expect(found.leastPivot >= eigen.values[0] * (1 - 1e-9))
      #expect(found.leastPivot <= eigen.values[order - 1] * (1 + 1e-9))
    }
  }

  @Test("No answer where the shifted matrix is not positive definite")
  func indefinite() throws {
    let (matrix, right) = Self.problem(150, sides: 2)
    let band = try BandForm(matrix, rightSides: right)
    let least = try LinearAlgebra.symmetricEigen(matrix).values[0]
    #expect(band.forms(shift: -least * 1.01) == nil)
    #expect(band.forms(shift: -least * 0.99) != nil)
  }

  @Test("The same bits with any number of threads; NaN is refused")
  func threads() throws {
    let before = Parallel.threadCount
    defer { Parallel.threadCount = before }
    let (matrix, right) = Self.problem(300, sides: 130)
    let results = try [1, 2, 3].map { count in
      Parallel.threadCount = count
      return try BandForm(matrix, rightSides: right).forms(shift: 1)?.squares
    }
    #expect(results[0] == results[1] && results[0] == results[2])
    var bad = matrix
    bad[3, 2] = .nan
    #expect(throws: LinearAlgebraError.notFinite(operation: "BandForm")) {
      try BandForm(bad, rightSides: right)
    }
  }
}
