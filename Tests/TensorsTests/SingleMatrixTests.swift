import Tensors
import Testing

extension Kernels {
  /// Float32 products against Float64, within the bound that scores rely on.
  @Suite struct SingleMatrixTests {
    @Test("Products lie within their bound", arguments: [1, 40, 2100], [1, 33])
    func products(_ m: Int, _ n: Int) {
      let k = 300
      let a = LinearAlgebraTests.random(m, k, "single a")
      let b = LinearAlgebraTests.random(k, n, "single b")
      let exact = LinearAlgebra.multiply(a, b)
      let sizes = LinearAlgebra.multiply(
        Matrix(rows: m, columns: k, values: a.values.map(abs)),
        Matrix(rows: k, columns: n, values: b.values.map(abs)))
      let (at, bt) = (SingleMatrix(a.transposed), SingleMatrix(b.transposed))
      let forms = [
        LinearAlgebra.multiply(SingleMatrix(a), SingleMatrix(b)),
        LinearAlgebra.multiply(at, transposed: true, SingleMatrix(b)),
        LinearAlgebra.multiply(SingleMatrix(a), transposed: false, bt, transposed: true),
        LinearAlgebra.multiply(at, transposed: true, bt, transposed: true),
      ]
      for form in forms {
        let product = Matrix(form)
        #expect(product.rows == m && product.columns == n)
        for index in product.values.indices {
          let error = abs(product.values[index] - exact.values[index])
          #expect(error <= SingleMatrix.productError(k) * sizes.values[index])
        }
        // Not for nothing: the products are of Float32.
        #expect(m * n < 40 || product.values != exact.values)
      }
    }

    @Test("The bound grows with the number of products and never passes one")
    func bound() {
      #expect(SingleMatrix.productError(0) >= 0x1p-23 && SingleMatrix.productError(0) < 0x1p-22)
      #expect(SingleMatrix.productError(1000) > 1000 * 0x1p-24)
      #expect(SingleMatrix.productError(1 << 30) == 1)
    }

    @Test("The product of two vectors")
    func dot() {
      let a = LinearAlgebraTests.random(1, 77, "dot a").values
      let b = LinearAlgebraTests.random(1, 77, "dot b").values
      let expected = zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
      #expect(abs(LinearAlgebra.dot(a, b, count: 77) - expected) < 1e-12)
    }
  }
}
