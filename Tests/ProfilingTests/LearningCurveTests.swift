import Foundation
import Profiling
import Tensors
import Testing

@Suite("Learning curves")
struct LearningCurveTests {
  private let sizes = [100.0, 200, 400, 800]

  @Test("An exact power law is recovered, with and without a floor")
  func recovered() throws {
    let plain = try #require(
      LearningCurve(sizes: sizes, errors: sizes.map { 2 * pow($0, -0.5) }))
    #expect(plain.floor == 0 && abs(plain.exponent - 0.5) < 1e-9)
    #expect(abs(plain.scale - 2) < 1e-9)
    let raised = try #require(
      LearningCurve(sizes: sizes, errors: sizes.map { 0.1 + 3 * pow($0, -0.7) }))
    #expect(abs(raised.floor - 0.1) < 1e-9 && abs(raised.exponent - 0.7) < 1e-9)
    #expect(abs(raised.error(at: 1600) - (0.1 + 3 * pow(1600, -0.7))) < 1e-9)
  }

  @Test("Three sizes support no floor, one size no curve, and errors that rise give a flat one")
  func edges() throws {
    let three = Array(sizes.prefix(3))
    let curve = try #require(
      LearningCurve(sizes: three, errors: three.map { 0.1 + 3 * pow($0, -0.7) }))
    #expect(curve.floor == 0)
    #expect(LearningCurve(sizes: [5, 5], errors: [0.1, 0.2]) == nil)
    let rising = try #require(LearningCurve(sizes: sizes, errors: [0.1, 0.2, 0.3, 0.4]))
    #expect(rising.error(at: 100) >= rising.error(at: 1600))
    #expect(rising.error(at: 1600) >= 0)
  }
}
