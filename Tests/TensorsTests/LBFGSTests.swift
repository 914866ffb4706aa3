import Foundation
import Tensors
import Testing

@Suite struct LBFGSTests {
  /// Rosenbrock's valley in `n` dimensions: minimum 0 at (1, …, 1).
  func rosenbrock(_ x: [Double], _ gradient: inout [Double]) -> Double {
    var value = 0.0
    for i in gradient.indices { gradient[i] = 0 }
    for i in 0..<(x.count - 1) {
      let bend = x[i + 1] - x[i] * x[i]
      let gap = 1 - x[i]
      value += 100 * bend * bend + gap * gap
      gradient[i] += -400 * bend * x[i] - 2 * gap
      gradient[i + 1] += 200 * bend
    }
    return value
  }

  @Test(arguments: [2, 5, 20])
  func findsTheValleyFloor(dimensions: Int) {
    let solver = LBFGS(maximumIterations: 500, gradientTolerance: 1e-8, valueTolerance: 0)
    let start = (0..<dimensions).map { $0.isMultiple(of: 2) ? -1.2 : 1.0 }
    let result = solver.minimize(from: start, rosenbrock)
    #expect(result.converged)
    for x in result.point { #expect(abs(x - 1) < 1e-5) }
  }

  @Test func solvesABadlyScaledQuadratic() {
    let scales = (0..<30).map { pow(10, Double($0 % 7) - 3) }
    let result = LBFGS(
      memory: 20, maximumIterations: 1000, gradientTolerance: 1e-9, valueTolerance: 0
    )
    .minimize(from: [Double](repeating: 5, count: 30)) { x, gradient in
      var value = 0.0
      for i in x.indices {
        let d = x[i] - Double(i)
        value += scales[i] * d * d / 2
        gradient[i] = scales[i] * d
      }
      return value
    }
    for i in 0..<30 { #expect(abs(result.point[i] - Double(i)) < 1e-4) }
  }

  @Test func stepsBackFromValuesThatAreNotFinite() {
    // −ln(x) − ln(1 − x): infinite outside (0, 1), least at ½.
    let result = LBFGS().minimize(from: [0.01]) { x, gradient in
      guard x[0] > 0, x[0] < 1 else { return .infinity }
      gradient[0] = -1 / x[0] + 1 / (1 - x[0])
      return -log(x[0]) - log(1 - x[0])
    }
    #expect(abs(result.point[0] - 0.5) < 1e-4)
  }

  @Test func neverEndsAboveTheStart() {
    for iterations in 0..<12 {
      var gradient = [0.0, 0.0]
      let start = rosenbrock([-1.2, 1], &gradient)
      let result = LBFGS(maximumIterations: iterations).minimize(from: [-1.2, 1], rosenbrock)
      #expect(result.value <= start)
      #expect(result.iterations <= iterations)
    }
  }
}
