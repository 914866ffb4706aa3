import CKernels
import Foundation
import Tensors
import Testing

extension Kernels {
  /// Arrays of any strides against plain loops in Float64.
  @Suite struct Arrays {
    /// A loop of three axes and the batch: lengths, and whether b is repeated along each and whether each
    /// is summed over.
    struct Loop: Sendable {
      let lengths: [Int]
      let repeats: [Bool]
      let sums: [Bool]

      /// Strides of a contiguous array that lacks some axes.
      static func strides(_ lengths: [Int], without: [Bool]) -> [Int] {
        var stride = 1
        return zip(lengths, without).reversed().map { length, isMissing in
          guard !isMissing else { return 0 }
          defer { stride *= length }
          return stride
        }.reversed()
      }

      var places: Int { lengths.reduce(1, *) }
      var a: [Int] { Loop.strides(lengths, without: lengths.map { _ in false }) }
      var b: [Int] { Loop.strides(lengths, without: repeats) }
      var y: [Int] { Loop.strides(lengths, without: sums) }

      var axes: graft_axes {
        var axes = graft_axes()
        for pass in [false, true] {
          for axis in lengths.indices where sums[axis] == pass {
            graft_axes_append(&axes, lengths[axis], a[axis], b[axis], a[axis], y[axis])
          }
        }
        return axes
      }

      /// Where an operand is at a place of the loop.
      func offset(_ place: Int, _ strides: [Int]) -> Int {
        var (rest, offset) = (place, 0)
        for axis in lengths.indices.reversed() {
          offset += rest % lengths[axis] * strides[axis]
          rest /= lengths[axis]
        }
        return offset
      }
    }

    static let loops: [Loop] = [
      Loop(
        lengths: [2, 3, 5, 17], repeats: [false, false, false, false],
        sums: [false, false, false, false]),
      Loop(
        lengths: [2, 3, 1, 1500], repeats: [false, true, false, false],
        sums: [false, false, false, false]),
      Loop(
        lengths: [2, 3, 5, 17], repeats: [false, true, false, true],
        sums: [false, true, true, false]),
      Loop(
        lengths: [3, 2, 4, 37], repeats: [false, false, true, false],
        sums: [false, true, false, true]),
      Loop(
        lengths: [2, 150, 3, 33], repeats: [true, true, false, true],
        sums: [true, true, true, true]),
      Loop(
        lengths: [2, 3, 300, 9], repeats: [false, false, false, true],
        sums: [false, false, true, false]),
    ]

    static func value(
      _ kind: graft_combination, _ a: Double, _ b: Double, _ c: Double
    ) -> Double {
      switch kind {
      case GRAFT_PLUS: a + b
      case GRAFT_MINUS: a - b
      case GRAFT_TIMES: a * b
      case GRAFT_OVER: a / b
      case GRAFT_LESSER: min(a, b)
      case GRAFT_GREATER: max(a, b)
      case GRAFT_EQUAL: a == b ? 1 : 0
      case GRAFT_OVER_SLOPE: -a * b / (c * c)
      case GRAFT_LESSER_SLOPE: b < c ? a : b == c ? a / 2 : 0
      case GRAFT_GREATER_SLOPE: b > c ? a : b == c ? a / 2 : 0
      case GRAFT_WHERE_EQUAL: b == c ? a : 0
      default: a
      }
    }

    @Test(arguments: Arrays.loops)
    func combinations(_ loop: Loop) {
      // Quarters: some values are equal, and none of c is near 0.
      func values(_ key: String) -> [Float] {
        Kernels.random(loop.places, key).map { ($0 * 8).rounded() / 4 + 0.125 }
      }
      let (a, b) = (values("a"), values("b"))
      let c = values("c")
      let results = zip(loop.lengths, loop.sums).reduce(1) { $1.1 ? $0 : $0 * $1.0 }
      let before = Kernels.random(results, "before")
      for raw in GRAFT_SUM.rawValue...GRAFT_WHERE_EQUAL.rawValue {
        let kind = graft_combination(rawValue: raw)
        for accumulate in [false, true] {
          let neutral: Double =
            kind == GRAFT_LARGEST ? -.infinity : kind == GRAFT_SMALLEST ? .infinity : 0
          var expected = [Double](repeating: neutral, count: results)
          for place in 0..<loop.places {
            let at = loop.offset(place, loop.a)
            let term = Arrays.value(
              kind, Double(a[at]), Double(b[loop.offset(place, loop.b)]), Double(c[at]))
            let y = loop.offset(place, loop.y)
            expected[y] =
              kind == GRAFT_LARGEST
              ? max(expected[y], term)
              : kind == GRAFT_SMALLEST ? min(expected[y], term) : expected[y] + term
          }
          for i in expected.indices {
            expected[i] = 0.5 * expected[i] + (accumulate ? Double(before[i]) : 0)
          }
          var axes = loop.axes
          Kernels.each { isa in
            var y = before
            for unit in 0..<graft_combine_units(&axes) {
              graft_combine(&axes, kind, 0.5, a, b, c, &y, accumulate ? 1 : 0, unit, unit + 1)
            }
            Kernels.expectClose(y, expected, tolerance: 3e-5, "\(isa) combination \(raw)")
          }
        }
      }
    }

    @Test("a NaN stays in sums, largest and smallest values")
    func notANumber() {
      for place in [0, 5, 36] {
        var x = Kernels.random(37, "x")
        x[place] = .nan
        for kind in [GRAFT_SUM, GRAFT_LARGEST, GRAFT_SMALLEST] {
          Kernels.each { isa in
            var axes = graft_axes()
            graft_axes_append(&axes, 37, 1, 0, 0, 0)
            var y: [Float] = [0]
            graft_combine(&axes, kind, 1, x, nil, nil, &y, 0, 0, 1)
            #expect(y[0].isNaN, "\(isa) \(kind.rawValue), \(place)")
          }
        }
      }
    }

    @Test("lanes behind the last value do not count", arguments: Kernels.awkward)
    func oneSided(_ count: Int) {
      for (kind, sign) in [(GRAFT_LARGEST, -1 as Float), (GRAFT_SMALLEST, 1)] {
        // All on one side of 0, so that a zero that slipped in would win.
        let x = Kernels.random(count, "x").map { sign * (1.5 + $0) }
        let best = kind == GRAFT_LARGEST ? x.max() : x.min()
        Kernels.each { isa in
          var axes = graft_axes()
          graft_axes_append(&axes, count, 1, 0, 0, 0)
          var y: [Float] = [0]
          graft_combine(&axes, kind, 1, x, nil, nil, &y, 0, 0, 1)
          #expect(y[0] == best, "\(isa) \(kind.rawValue) of \(count)")
        }
      }
    }

    @Test(arguments: [[0, 1, 2, 3], [0, 1, 3, 2], [0, 3, 1, 2], [0, 2, 1, 3], [3, 0, 2, 1]])
    func transpositions(_ order: [Int]) {
      for lengths in [[2, 3, 5, 33], [1, 20, 2, 17], [2, 1, 40, 16]] {
        let places = lengths.reduce(1, *)
        let (x, before) = (Kernels.random(places, "x"), Kernels.random(places, "before"))
        let strides = Loop.strides(lengths, without: lengths.map { _ in false })
        let turned = order.map { lengths[$0] }
        let own = Loop.strides(turned, without: turned.map { _ in false })
        let loop = Loop(lengths: turned, repeats: [], sums: [])
        var axes = graft_axes()
        for (i, axis) in order.enumerated() {
          graft_axes_append(&axes, turned[i], strides[axis], 0, 0, own[i])
        }
        for accumulate in [false, true] {
          let expected = (0..<places).map { place in
            Double(x[loop.offset(place, order.map { strides[$0] })])
              + (accumulate ? Double(before[place]) : 0)
          }
          Kernels.each { isa in
            var y = before
            for unit in 0..<graft_move_units(&axes) {
              graft_move(&axes, x, &y, accumulate ? 1 : 0, unit, unit + 1)
            }
            Kernels.expectClose(y, expected, tolerance: 1e-7, "\(isa) \(order) of \(lengths)")
          }
        }
      }
    }

    @Test(arguments: Kernels.awkward, [1, 3, 16, 21])
    func softmax(_ count: Int, _ inner: Int) {
      let outer = 2
      let total = outer * count * inner
      let x = Kernels.random(total, "x").map { 20 * $0 }
      let (dy, before) = (Kernels.random(total, "dy"), Kernels.random(total, "before"))
      for isLogarithm in [false, true] {
        var (y, dx) = ([Double](repeating: 0, count: total), [Double](repeating: 0, count: total))
        for line in 0..<outer * inner {
          let places = (0..<count).map { (line / inner * count + $0) * inner + line % inner }
          let top = places.map { Double(x[$0]) }.max() ?? 0
          let sum = places.reduce(0) { $0 + exp(Double(x[$1]) - top) }
          for i in places {
            let logarithm = Double(x[i]) - top - log(sum)
            y[i] = isLogarithm ? logarithm : exp(logarithm)
          }
          let mass = places.reduce(0) { $0 + Double(dy[$1]) * (isLogarithm ? 1 : y[$1]) }
          for i in places {
            dx[i] =
              Double(before[i])
              + (isLogarithm
                ? Double(dy[i]) - exp(y[i]) * mass : y[i] * (Double(dy[i]) - mass))
          }
        }
        let logarithm: Int32 = isLogarithm ? 1 : 0
        Kernels.each { isa in
          let units = graft_softmax_axis_units(outer, inner)
          var (own, slope) = ([Float](repeating: 0, count: total), before)
          graft_softmax_axis(count, inner, logarithm, x, &own, 0, units)
          graft_softmax_axis_backward(count, inner, logarithm, own, dy, &slope, 1, 0, units)
          Kernels.expectClose(own, y, tolerance: 2e-6, "\(isa) softmax")
          Kernels.expectClose(slope, dx, tolerance: 5e-6, "\(isa) gradient of softmax")
        }
      }
    }

    @Test(arguments: [2, 3, -1, 0.5, -0.5, 1, 0, 1.7] as [Float])
    func powers(_ exponent: Float) {
      let x = Kernels.random(37, "x").map { 1.5 + $0 }
      let dy = Kernels.random(37, "dy")
      let e = Double(exponent)
      Kernels.each { isa in
        var (y, dx) = ([Float](repeating: 0, count: 37), dy)
        graft_power(exponent, x, &y, 0, 37)
        graft_power_backward(exponent, x, dy, &dx, 1, 0, 37)
        Kernels.expectClose(
          y, x.map { pow(Double($0), e) }, tolerance: 1e-6, "\(isa) power")
        Kernels.expectClose(
          dx, zip(x, dy).map { Double($1) * (1 + e * pow(Double($0), e - 1)) },
          tolerance: 1e-6, "\(isa) gradient of power")
      }
    }
  }
}
