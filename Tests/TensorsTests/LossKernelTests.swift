import CKernels
import Foundation
import Tensors
import Testing

extension Kernels {
  /// Losses against their formulas in Float64; parity with PyTorch is tested where they are used.
  @Suite struct Losses {
    static let rows = 4
    static let classCounts = [1, 2, 7, 33, 1000]

    /// A loss kernel of one set of hyper-parameters.
    typealias Kernel = (
      _ classes: Int, _ logits: UnsafePointer<Float>, _ targets: UnsafePointer<Float>,
      _ loss: UnsafeMutablePointer<Float>, _ gradient: UnsafeMutablePointer<Float>?,
      _ begin: Int, _ end: Int
    ) -> Void

    /// Targets of any sum, some of them 0.
    static func targets(_ classes: Int) -> [Float] {
      Kernels.random(rows * classes, "targets").map { max(0, $0) }
    }

    static func logits(_ classes: Int) -> [Float] {
      Kernels.random(rows * classes, "logits").map { $0 * 20 }
    }

    /// Compares a kernel with the loss of one row in double precision and, by central differences of
    /// that, its gradient.
    func check(
      _ classes: Int, _ kernel: Kernel, _ row: (_ z: [Double], _ q: [Double]) -> Double
    ) {
      let (logits, targets) = (Self.logits(classes), Self.targets(classes))
      var loss: [Double] = []
      var gradient: [Double] = []
      for r in 0..<Self.rows {
        let range = (r * classes)..<((r + 1) * classes)
        var z = logits[range].map(Double.init)
        let q = targets[range].map(Double.init)
        loss.append(row(z, q))
        for c in z.indices where classes < 100 || c % 97 == 0 {
          let value = z[c]
          z[c] = value + 1e-4
          let above = row(z, q)
          z[c] = value - 1e-4
          gradient.append((above - row(z, q)) / 2e-4 / 4)
          z[c] = value
        }
      }
      Kernels.each { isa in
        var l = [Float](repeating: 0, count: Self.rows)
        kernel(classes, logits, targets, &l, nil, 0, Self.rows)
        Kernels.expectClose(l, loss, tolerance: 1e-6, "\(isa) loss")
        // In place of the scores, and row by row.
        var g = logits
        g.withUnsafeMutableBufferPointer {
          guard let p = $0.baseAddress else { return }
          for r in 0..<Self.rows { kernel(classes, p, targets, &l, p, r, r + 1) }
        }
        Kernels.expectClose(l, loss, tolerance: 1e-6, "\(isa) loss beside gradient")
        let picked = g.indices.filter { classes < 100 || $0 % classes % 97 == 0 }.map { g[$0] }
        Kernels.expectClose(picked, gradient, tolerance: 1e-5, "\(isa) gradient")
      }
    }

    static func logSum(_ z: [Double]) -> Double {
      let top = z.reduce(-.infinity, max)
      return top + log(z.reduce(0) { $0 + exp($1 - top) })
    }

    @Test("a class that the target leaves out may have the score −∞")
    func impossibleClass() {
      let (logits, targets) = ([1, -Float.infinity, 2], [0.25, 0, 0.75] as [Float])
      let expected = log(exp(1.0) + exp(2.0)) - 0.25 - 1.5
      Kernels.each { isa in
        var (loss, gradient) = ([Float](repeating: 0, count: 1), [Float](repeating: 9, count: 3))
        graft_cross_entropy(3, logits, targets, 1, &loss, &gradient, 0, 1)
        Kernels.expectClose(loss, [expected], tolerance: 1e-6, "\(isa) loss")
        #expect(gradient[1] == 0 && gradient[0].isFinite, "\(isa)")
      }
    }

    @Test(arguments: classCounts) func crossEntropy(_ classes: Int) {
      check(
        classes, { graft_cross_entropy($0, $1, $2, 0.25, $3, $4, $5, $6) },
        { z, q in zip(z, q).reduce(0) { $0 - $1.1 * ($1.0 - Self.logSum(z)) } })
    }

    @Test(arguments: classCounts, [Float(-1), 0.3]) func binary(_ classes: Int, threshold: Float) {
      check(
        classes,
        { graft_binary_cross_entropy($0, $1, $2, threshold, 0.5, 0.25, $3, $4, $5, $6) },
        { z, q in
          zip(z, q).reduce(0) {
            let wanted = threshold < 0 ? $1.1 : ($1.1 > Double(threshold) ? 1 : 0)
            return $0 + 0.5 * (wanted * log1p(exp(-$1.0)) + (1 - wanted) * log1p(exp($1.0)))
          }
        })
    }

    @Test(arguments: classCounts) func squared(_ classes: Int) {
      check(
        classes, { graft_squared_error($0, $1, $2, 0.25, $3, $4, $5, $6) },
        { z, q in
          zip(z, q).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } / Double(z.count)
        })
    }

    @Test(arguments: classCounts, [Int32(0), 1]) func divergence(_ classes: Int, logits: Int32) {
      let heat = 3.0
      check(
        classes, { graft_divergence($0, $1, $2, logits, Float(heat), 0.25, $3, $4, $5, $6) },
        { z, q in
          let (student, teacher) = (z.map { $0 / heat }, q.map { $0 / heat })
          let (a, b) = (Self.logSum(student), Self.logSum(teacher))
          return z.indices.reduce(0) { sum, c in
            let wanted = logits == 1 ? exp(teacher[c] - b) : q[c]
            guard wanted > 0 else { return sum }
            return sum + heat * heat * wanted * (log(wanted) - (student[c] - a))
          }
        })
    }

    @Test func labelsBecomeTargets() {
      Kernels.each { _ in
        var q = [Float](repeating: -1, count: 6)
        graft_one_hot(3, [2, 0], 0.75, 0.125, &q, 0, 2)
        #expect(q == [0.125, 0.125, 0.75, 0.75, 0.125, 0.125])
      }
    }

    @Test func rightAnswersAreCounted() {
      Kernels.each { _ in
        var right = [Int32](repeating: -1, count: 3)
        // Equal scores: the first counts.
        graft_count_correct(2, [1, 1, 0, 2, 3, 2], [1, 0, 1, 0, 0.6, 0.4], &right, 0, 3)
        #expect(right == [1, 0, 1])
        graft_count_correct(1, [-1, 2, 0.1], [0, 1, 0], &right, 0, 3)
        #expect(right == [1, 1, 0])
      }
    }

    @Test func aNotANumberScoreMakesTheLossNotANumber() {
      let (z, q): ([Float], [Float]) = ([1, .nan, 0], [1, 0, 0])
      Kernels.each { _ in
        var loss: [Float] = [0, 0, 0, 0]
        loss.withUnsafeMutableBufferPointer {
          guard let l = $0.baseAddress else { return }
          graft_cross_entropy(3, z, q, 1, l, nil, 0, 1)
          graft_binary_cross_entropy(3, z, q, -1, 1, 1, l + 1, nil, 0, 1)
          graft_squared_error(3, z, q, 1, l + 2, nil, 0, 1)
          graft_divergence(3, z, q, 0, 2, 1, l + 3, nil, 0, 1)
        }
        #expect(loss.allSatisfy { $0.isNaN }, "\(loss)")
      }
    }
  }
}
