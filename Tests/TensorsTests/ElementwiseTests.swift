import CKernels
import Foundation
import Tensors
import Testing

extension Kernels {
  /// Element-wise kernels, one by one, over awkward ranges; elements outside the range stay.
  @Suite struct Elementwise {
    static let lengths = [0] + Kernels.awkward

    /// Runs `kernel` over [1, 1 + n) of n + 2 elements and compares with `expected(i)`.
    func check(
      _ n: Int, _ name: String, tolerance: Double = 1e-6, start: [Float]? = nil,
      _ kernel: (UnsafeMutablePointer<Float>, Int, Int) -> Void, _ expected: (Int) -> Double,
      sourceLocation: SourceLocation = #_sourceLocation
    ) {
      Kernels.each { isa in
        let before = start ?? Kernels.random(n + 2, "before")
        var y = before
        y.withUnsafeMutableBufferPointer {
          guard let p = $0.baseAddress else { return }
          kernel(p, 1, n + 1)
        }
        let wanted = y.indices.map { $0 >= 1 && $0 <= n ? expected($0) : Double(before[$0]) }
        Kernels.expectClose(
          y, wanted, tolerance: tolerance, "\(isa) \(name) of \(n)", sourceLocation: sourceLocation)
      }
    }

    @Test(arguments: lengths) func arithmetic(_ n: Int) {
      let a = Kernels.random(n + 2, "a")
      let b = Kernels.random(n + 2, "b")
      let y0 = Kernels.random(n + 2, "before")
      let d = { (x: [Float], i: Int) in Double(x[i]) }
      check(n, "fill", { graft_fill(3.5, $0, $1, $2) }, { _ in 3.5 })
      check(n, "add", { graft_add(a, b, 0, 1, $0, $1, $2) }) { min(max(d(a, $0) + d(b, $0), 0), 1) }
      check(n, "add in place", { graft_add($0, a, -1, 1, $0, $1, $2) }) {
        min(max(d(y0, $0) + d(a, $0), -1), 1)
      }
      check(n, "clamp", { graft_clamp(a, -0.25, 0.5, $0, $1, $2) }) {
        min(max(d(a, $0), -0.25), 0.5)
      }
      check(n, "scale", { graft_scale(-2, $0, $0, $1, $2) }) { -2 * d(y0, $0) }
      check(n, "axpy", { graft_axpy(0.3, a, $0, $1, $2) }) {
        d(y0, $0) + Double(Float(0.3)) * d(a, $0)
      }
      check(n, "multiply", { graft_multiply(a, b, $0, $1, $2) }) { d(a, $0) * d(b, $0) }
      let clamped = a.map { min(max($0, 0), 0.5) }
      let mask = { (i: Int) in clamped[i] > 0 && clamped[i] < 0.5 ? d(b, i) : 0 }
      check(n, "clamp backward", { graft_clamp_backward(clamped, b, 0, 0.5, $0, 0, $1, $2) }, mask)
      check(n, "clamp backward, added", { graft_clamp_backward(clamped, b, 0, 0.5, $0, 1, $1, $2) })
      {
        d(y0, $0) + mask($0)
      }
    }

    @Test(arguments: lengths) func reductions(_ n: Int) {
      var a = Kernels.random(n + 2, "a").map { $0 * 1e3 }
      let b = Kernels.random(n + 2, "b")
      (a[0], a[n + 1]) = (.nan, .infinity)
      let dot = (1..<(n + 1)).reduce(0) { $0 + Double(a[$1]) * Double(b[$1]) }
      let sum = (1..<(n + 1)).reduce(0) { $0 + Double(a[$1]) }
      Kernels.each { isa in
        #expect(abs(graft_dot(a, b, 1, n + 1) - dot) <= 1e-9, "\(isa)")
        #expect(abs(graft_sum(a, 1, n + 1) - sum) <= 1e-9, "\(isa)")
        #expect(graft_has_nonfinite(a, 1, n + 1) == 0, "\(isa)")
        #expect(graft_has_nonfinite(a, 0, n + 1) == 1, "\(isa)")
        #expect(graft_has_nonfinite(a, 1, n + 2) == 1, "\(isa)")
        var large = [Float](repeating: Float.greatestFiniteMagnitude, count: 64)
        #expect(graft_has_nonfinite(large, 0, 64) == 0, "\(isa)")
        large[63] = -.infinity
        #expect(graft_has_nonfinite(large, 0, 64) == 1, "\(isa)")
        var wide = [Double](repeating: 0, count: n + 2)
        graft_widen(b, &wide, 1, n + 1)
        #expect(wide == b.indices.map { $0 >= 1 && $0 <= n ? Double(b[$0]) : 0 }, "\(isa)")
      }
    }

    @Test(arguments: Kernels.awkward) func rows(_ channels: Int) {
      let x = Kernels.random(6 * (channels + 2), "x")
      Kernels.each { isa in
        var y = [Float](repeating: 1, count: 6 * (channels + 3))
        graft_copy_rows(channels, x, channels + 2, &y, channels + 3, 1, 1, 6)
        let expected = y.indices.map { i -> Double in
          let (row, c) = (i / (channels + 3), i % (channels + 3))
          return row >= 1 && c < channels ? 1 + Double(x[row * (channels + 2) + c]) : 1
        }
        Kernels.expectClose(y, expected, tolerance: 1e-6, "\(isa) copy rows")
      }
    }

    @Test func notANumberPassesEveryClamp() {
      let x = [Float](repeating: .nan, count: 21)
      Kernels.each { isa in
        var y = [Float](repeating: 0, count: 21)
        graft_clamp(x, 0, 6, &y, 0, 21)
        #expect(y.allSatisfy { $0.isNaN }, "\(isa) clamp")
        graft_add(x, x, 0, 6, &y, 0, 21)
        #expect(y.allSatisfy { $0.isNaN }, "\(isa) add")
      }
    }
  }
}
