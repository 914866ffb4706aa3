import CKernels
import Foundation
import Tensors
import Testing

extension Kernels {
  /// Softmax, dropout and updates against the formulas of PyTorch's documentation in Float64.
  @Suite struct Training {
    @Test(arguments: [1, 2, 7, 33, 1000]) func softmax(_ classes: Int) {
      let rows = 4
      let logits = Kernels.random(rows * classes, "logits").map { $0 * 20 }
      var expected: [Double] = []
      for r in 0..<rows {
        let x = logits[(r * classes)..<((r + 1) * classes)].map(Double.init)
        let logSum = log(x.reduce(0) { $0 + exp($1) })
        expected += x.map { exp($0 - logSum) }
      }
      Kernels.each { isa in
        var p = logits
        graft_softmax(classes, logits, &p, 0, rows)
        Kernels.expectClose(p, expected, tolerance: 1e-6, "\(isa) softmax")
      }
    }

    @Test func dropoutIsAFunctionOfSeedAndIndex() {
      let n = 20_000
      let ones = [Float](repeating: 1, count: n)
      Kernels.each { isa in
        var whole = ones
        graft_dropout(3, 0.25, ones, &whole, 0, n)
        var parts = ones
        graft_dropout(3, 0.25, ones, &parts, 777, n)
        graft_dropout(3, 0.25, ones, &parts, 0, 777)
        #expect(whole == parts, "\(isa)")
        #expect(whole.allSatisfy { $0 == 0 || abs($0 - 4 / 3) < 1e-6 }, "\(isa)")
        // Binomial(20000, 0.25): four deviations are 245.
        let dropped = whole.filter { $0 == 0 }.count
        #expect(abs(dropped - 5000) < 245, "\(isa) dropped \(dropped)")
        var other = ones
        graft_dropout(4, 0.25, ones, &other, 0, n)
        #expect(other != whole)
        graft_dropout(3, 0, ones, &other, 0, n)
        #expect(other == ones)
      }
    }

    @Test(arguments: Kernels.awkward, [Int32(0), 1]) func sgd(_ n: Int, nesterov: Int32) {
      let p0 = Kernels.random(n, "p")
      let g0 = Kernels.random(n, "g")
      Kernels.each { isa in
        var p = p0
        var v = [Float](repeating: 0, count: n)
        var expected = p0.map(Double.init)
        var velocity = [Double](repeating: 0, count: n)
        for _ in 0..<3 {
          graft_sgd(&p, g0, &v, 0.1, 0.9, 0.01, nesterov, 0.5, 0, n)
          for i in 0..<n {
            let g = Double(g0[i]) * 0.5 + 0.01 * expected[i]
            velocity[i] = 0.9 * velocity[i] + g
            expected[i] -= 0.1 * (nesterov == 1 ? g + 0.9 * velocity[i] : velocity[i])
          }
        }
        Kernels.expectClose(p, expected, tolerance: 1e-6, "\(isa) SGD")
        graft_sgd(&p, g0, nil, 0.1, 0.9, 0, 0, 1, 0, n)
        Kernels.expectClose(
          p, zip(expected, g0).map { $0 - 0.1 * Double($1) }, tolerance: 1e-6, "\(isa) plain SGD")
      }
    }

    @Test(arguments: Kernels.awkward, [Int32(0), 1]) func adam(_ n: Int, decoupled: Int32) {
      let p0 = Kernels.random(n, "p")
      let g0 = Kernels.random(n, "g")
      Kernels.each { isa in
        var p = p0
        var m = [Float](repeating: 0, count: n)
        var v = m
        var expected = p0.map(Double.init)
        var first = [Double](repeating: 0, count: n)
        var second = first
        for step in 1...3 {
          graft_adam(
            &p, g0, &m, &v, 0.01, 0.9, 0.999, 1e-8, 0.1, decoupled, Int64(step), 0.5, 0, n)
          for i in 0..<n {
            let g = 0.5 * Double(g0[i]) + (decoupled == 1 ? 0 : 0.1 * expected[i])
            if decoupled == 1 { expected[i] -= 0.01 * 0.1 * expected[i] }
            first[i] = 0.9 * first[i] + 0.1 * g
            second[i] = 0.999 * second[i] + 0.001 * g * g
            let mHat = first[i] / (1 - pow(0.9, Double(step)))
            let vHat = second[i] / (1 - pow(0.999, Double(step)))
            expected[i] -= 0.01 * mHat / (vHat.squareRoot() + 1e-8)
          }
        }
        Kernels.expectClose(p, expected, tolerance: 1e-5, "\(isa) Adam")
      }
    }

    @Test(arguments: Kernels.awkward) func approach(_ n: Int) {
      let x = Kernels.random(n, "x")
      let y0 = Kernels.random(n, "y")
      Kernels.each { isa in
        var y = y0
        graft_approach(0.3, x, &y, 0, n)
        let expected = zip(x, y0).map { Double($1) + 0.3 * (Double($0) - Double($1)) }
        Kernels.expectClose(y, expected, tolerance: 1e-6, "\(isa)")
      }
    }
  }
}
