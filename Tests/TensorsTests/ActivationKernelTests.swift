import CKernels
import Foundation
import Testing

extension Kernels {
  /// Functions of single values and their derivatives against Float64.
  @Suite struct ActivationKernels {
    /// A function with its parameters, and what it and its derivative are for finite x.
    struct Case: Sendable, CustomTestStringConvertible {
      let testDescription: String
      let kind: graft_activation_kind
      var a: Float = 0
      var b: Float = 0
      /// Whether errors are relative to the value itself, not to |x|.
      var isRelative = false
      let value: @Sendable (Double) -> Double
      let derivative: @Sendable (Double) -> Double

      /// The largest error that the header promises.
      static let tolerance = 3e-7
      static let derivativeTolerance = 4e-7

      func activate(_ x: [Float]) -> [Float] {
        var y = x
        graft_activate(Int32(kind.rawValue), a, b, x, &y, 0, x.count)
        return y
      }

      func differentiate(_ x: [Float]) -> [Float] {
        var dx = [Float](repeating: 1, count: x.count)
        graft_activate_backward(Int32(kind.rawValue), a, b, x, dx, &dx, 0, 0, x.count)
        return dx
      }
    }

    private static func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
    private static func normal(_ x: Double) -> Double { 0.5 * erfc(-x / 2.0.squareRoot()) }
    private static func slope(_ x: Double) -> Double { sigmoid(x) * sigmoid(-x) }
    /// ln(1 + eˣ) without overflow.
    private static func softplus(_ x: Double) -> Double { max(x, 0) + log1p(exp(-abs(x))) }
    private static func swish(_ x: Double, _ a: Double) -> Double { x * sigmoid(a * x) }
    private static func swishSlope(_ x: Double, _ a: Double) -> Double {
      sigmoid(a * x) + (abs(x) < 1e3 ? a * x * slope(a * x) : 0)
    }
    /// What the sigmoid is taken of in the GELU by tanh.
    private static func inner(_ x: Double) -> Double {
      2 * (2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)
    }
    private static let seluScale = 1.0507009873554804934
    private static let seluAlpha = 1.6732632423543772848

    static let cases: [Case] = [
      Case(
        testDescription: "clamp", kind: GRAFT_CLAMP, a: -0.5, b: 2,
        value: { min(max($0, -0.5), 2) }, derivative: { $0 > -0.5 && $0 < 2 ? 1 : 0 }),
      Case(
        testDescription: "sigmoid", kind: GRAFT_SIGMOID, isRelative: true,
        value: { sigmoid($0) }, derivative: { slope($0) }),
      Case(
        testDescription: "hard sigmoid", kind: GRAFT_HARD_SIGMOID, a: 0.25, b: 0.5,
        value: { min(max(0.25 * $0 + 0.5, 0), 1) }, derivative: { abs($0) < 2 ? 0.25 : 0 }),
      Case(
        testDescription: "SiLU", kind: GRAFT_SWISH, a: 1,
        value: { swish($0, 1) }, derivative: { swishSlope($0, 1) }),
      Case(
        testDescription: "swish", kind: GRAFT_SWISH, a: 1.75,
        value: { swish($0, 1.75) }, derivative: { swishSlope($0, 1.75) }),
      Case(
        testDescription: "hard swish", kind: GRAFT_HARD_SWISH,
        value: { $0 * min(max($0 / 6 + 0.5, 0), 1) },
        derivative: { $0 <= -3 ? 0 : $0 > 3 ? 1 : $0 / 3 + 0.5 }),
      Case(
        testDescription: "GELU", kind: GRAFT_GELU,
        value: { $0 * normal($0) },
        derivative: {
          normal($0) + (abs($0) < 1e3 ? $0 * exp(-$0 * $0 / 2) / (2 * Double.pi).squareRoot() : 0)
        }),
      Case(
        testDescription: "GELU by tanh", kind: GRAFT_GELU_TANH,
        value: { $0 * sigmoid(inner($0)) },
        derivative: {
          let rise = 2 * (2 / Double.pi).squareRoot() * (1 + 3 * 0.044715 * $0 * $0)
          return sigmoid(inner($0)) + (abs($0) < 1e3 ? $0 * rise * slope(inner($0)) : 0)
        }),
      Case(
        testDescription: "tanh", kind: GRAFT_TANH, isRelative: true,
        value: { tanh($0) }, derivative: { 4 * slope(2 * $0) }),
      Case(
        testDescription: "error function", kind: GRAFT_ERF, isRelative: true,
        value: { erf($0) },
        derivative: { abs($0) < 1e3 ? 2 / Double.pi.squareRoot() * exp(-$0 * $0) : 0 }),
      Case(
        testDescription: "ELU", kind: GRAFT_ELU, a: 0.75, b: 1, isRelative: true,
        value: { $0 > 0 ? $0 : 0.75 * expm1($0) }, derivative: { $0 > 0 ? 1 : 0.75 * exp($0) }),
      Case(
        testDescription: "CELU", kind: GRAFT_ELU, a: 2, b: 0.5, isRelative: true,
        value: { $0 > 0 ? $0 : 2 * expm1(0.5 * $0) }, derivative: { $0 > 0 ? 1 : exp(0.5 * $0) }),
      Case(
        testDescription: "SELU", kind: GRAFT_SELU, isRelative: true,
        value: { seluScale * ($0 > 0 ? $0 : seluAlpha * expm1($0)) },
        derivative: { seluScale * ($0 > 0 ? 1 : seluAlpha * exp($0)) }),
      Case(
        testDescription: "leaky ReLU", kind: GRAFT_LEAKY_RELU, a: 0.125, isRelative: true,
        value: { $0 > 0 ? $0 : 0.125 * $0 }, derivative: { $0 > 0 ? 1 : 0.125 }),
      Case(
        testDescription: "softplus", kind: GRAFT_SOFTPLUS, isRelative: true,
        value: { softplus($0) }, derivative: { sigmoid($0) }),
      Case(
        testDescription: "Mish", kind: GRAFT_MISH, isRelative: true,
        value: { $0 * tanh(softplus($0)) },
        derivative: {
          let t = tanh(softplus($0))
          return t + (abs($0) < 1e3 ? $0 * (1 - t * t) * sigmoid($0) : 0)
        }),
    ]

    /// Floats of every exponent and both signs, denormals among them, and many of everyday size.
    static let inputs: [Float] = {
      let every = stride(from: UInt32(0), to: UInt32.max - 9973, by: 9973 * 8).map(
        Float.init(bitPattern:))
      return every.filter(\.isFinite) + (-12_000...12_000).map { Float($0) / 1000 }
    }()

    @Test(arguments: cases)
    func values(_ testCase: Case) {
      // Below this a Float32 is denormal and has fewer digits.
      let smallest = Double(Float.leastNormalMagnitude)
      Kernels.each { isa in
        var worst = (x: Float(0), error: 0.0)
        for (x, y) in zip(Self.inputs, testCase.activate(Self.inputs)) {
          let expected = testCase.value(Double(x))
          // Beyond the largest Float32: infinite.
          if abs(expected) > Double(Float.greatestFiniteMagnitude) {
            #expect(y == Float(expected), "\(isa): \(x)")
            continue
          }
          let scale = testCase.isRelative ? abs(expected) : max(abs(Double(x)), abs(expected))
          let error = max(0, abs(Double(y) - expected) - smallest) / max(scale, smallest)
          if !(error <= worst.error) { worst = (x, error) }
        }
        print("\(isa) \(testCase.testDescription): relative error \(worst.error) at \(worst.x)")
        #expect(worst.error < Case.tolerance, "\(isa): at \(worst.x)")
      }
    }

    @Test(arguments: cases)
    func derivatives(_ testCase: Case) {
      Kernels.each { isa in
        var worst = (x: Float(0), error: 0.0)
        for (x, y) in zip(Self.inputs, testCase.differentiate(Self.inputs)) {
          let error = abs(Double(y) - testCase.derivative(Double(x)))
          if !(error <= worst.error) { worst = (x, error) }
        }
        print("\(isa) \(testCase.testDescription)': error \(worst.error) at \(worst.x)")
        #expect(worst.error < Case.derivativeTolerance, "\(isa): at \(worst.x)")
      }
    }

    /// What a function tends to is taken at ±∞; NaN stays NaN in a value.
    @Test(arguments: cases)
    func notFinite(_ testCase: Case) {
      let far = [-1e30, 1e30].map(testCase.value)
      let slopes = [-1e30, 1e30].map(testCase.derivative)
      Kernels.each { isa in
        let y = testCase.activate([-.infinity, .infinity, .nan])
        for (value, limit) in zip(y, far) {
          let isSame =
            abs(limit) > 1e20
            ? value == Float(limit) * .infinity : abs(Double(value) - limit) < Case.tolerance
          #expect(isSame, "\(isa): \(value), not \(limit)")
        }
        #expect(y[2].isNaN, "\(isa)")
        let dx = testCase.differentiate([-.infinity, .infinity])
        for (value, limit) in zip(dx, slopes) {
          #expect(abs(Double(value) - limit) < Case.derivativeTolerance, "\(isa): \(value)")
        }
      }
    }

    @Test(arguments: [0] + Kernels.awkward)
    func ranges(_ count: Int) {
      let x = Kernels.random(count + 2, "x")
      let dy = Kernels.random(count + 2, "dy")
      Kernels.each { isa in
        for testCase in Self.cases {
          let kind = Int32(testCase.kind.rawValue)
          let (whole, slopes) = (testCase.activate(x), testCase.differentiate(x))
          var y = x
          graft_activate(kind, testCase.a, testCase.b, y, &y, 1, count + 1)
          var dx = x
          graft_activate_backward(kind, testCase.a, testCase.b, x, dy, &dx, 1, 1, count + 1)
          for i in x.indices {
            let isInside = i >= 1 && i <= count
            #expect(y[i] == (isInside ? whole[i] : x[i]), "\(isa) \(testCase.testDescription)")
            let added = isInside ? x[i] + slopes[i] * dy[i] : x[i]
            #expect(abs(dx[i] - added) < 1e-6, "\(isa) \(testCase.testDescription)")
          }
        }
      }
    }
  }
}
