/// Limited-memory BFGS: minimises a smooth function of many variables from its gradients.
///
/// Two-loop recursion over the last `memory` pairs `(s, y)`, initial Hessian `sᵀy / yᵀy · I`, and a
/// line search that satisfies the strong Wolfe conditions
/// `f(x + t p) ≤ f(x) + c₁ t gᵀp` and `|g(x + t p)ᵀp| ≤ c₂ |gᵀp|` with `c₁ = 1e-4`, `c₂ = 0.9`.
///
/// - Complexity: `O(memory · n)` time and memory per iteration besides the function itself.
/// - Reference: Nocedal & Wright, "Numerical Optimization", 2nd ed., algorithms 7.4, 7.5, 3.5, 3.6.
public struct LBFGS: Sendable {
  /// How many curvature pairs are kept.
  public var memory: Int
  /// The largest number of iterations.
  public var maximumIterations: Int
  /// The minimiser stops when the largest gradient component is at most this.
  public var gradientTolerance: Double
  /// The minimiser stops when an iteration lowers the value by less than this, relative to it.
  public var valueTolerance: Double

  /// Creates a minimiser with the given memory and stopping rules.
  public init(
    memory: Int = 10,
    maximumIterations: Int = 200,
    gradientTolerance: Double = 1e-5,
    valueTolerance: Double = 1e-9
  ) {
    self.memory = memory
    self.maximumIterations = maximumIterations
    self.gradientTolerance = gradientTolerance
    self.valueTolerance = valueTolerance
  }

  /// Where a minimisation ended.
  public struct Result: Sendable {
    /// The point reached.
    public var point: [Double]
    /// The function's value there.
    public var value: Double
    /// How many iterations were made.
    public var iterations: Int
    /// Whether a stopping rule other than the iteration limit ended it.
    public var converged: Bool
  }

  /// Minimises `function` from `start`.
  ///
  /// - Parameters:
  ///   - start: the first point, `n` values.
  ///   - function: writes the gradient (`n` values) at a point and returns the value there; a
  ///     value that is not finite makes the line search step back.
  /// - Returns: the best point found; its value never exceeds the value at `start`.
  public func minimize<Failure: Error>(
    from start: [Double],
    _ function: (_ point: [Double], _ gradient: inout [Double]) throws(Failure) -> Double
  ) throws(Failure) -> Result {
    let count = start.count
    var point = start
    var gradient = [Double](repeating: 0, count: count)
    var value = try function(point, &gradient)
    var pairs: [(s: [Double], y: [Double], rho: Double)] = []
    var iteration = 0
    while iteration < maximumIterations {
      guard (gradient.map(abs).max() ?? 0) > gradientTolerance else {
        return Result(point: point, value: value, iterations: iteration, converged: true)
      }
      var direction = descentDirection(gradient, pairs)
      var slope = dot(direction, gradient)
      if !(slope < 0) {
        // The memory no longer describes the function here: start again along the gradient.
        pairs.removeAll()
        direction = gradient.map { -$0 }
        slope = -dot(gradient, gradient)
      }
      let firstStep = pairs.isEmpty ? min(1, 1 / gradient.reduce(0) { $0 + abs($1) }) : 1
      var search = LineSearch(
        origin: point, direction: direction, value: value, slope: slope, gradient: gradient)
      try search.run(firstStep: firstStep, function)
      iteration += 1
      guard search.bestStep > 0 else {
        return Result(point: point, value: value, iterations: iteration, converged: true)
      }
      var s = direction
      var y = gradient
      for i in 0..<count {
        s[i] *= search.bestStep
        y[i] = search.bestGradient[i] - gradient[i]
        point[i] += s[i]
      }
      let curvature = dot(s, y)
      if curvature > 1e-12 * dot(y, y).squareRoot() * dot(s, s).squareRoot() {
        pairs.append((s, y, 1 / curvature))
        if pairs.count > memory { pairs.removeFirst() }
      }
      let decrease = value - search.bestValue
      value = search.bestValue
      gradient = search.bestGradient
      if decrease <= valueTolerance * max(abs(value), 1e-12) {
        return Result(point: point, value: value, iterations: iteration, converged: true)
      }
    }
    return Result(point: point, value: value, iterations: iteration, converged: false)
  }

  /// `-H g` by the two-loop recursion.
  private func descentDirection(
    _ gradient: [Double], _ pairs: [(s: [Double], y: [Double], rho: Double)]
  ) -> [Double] {
    var q = gradient
    var alphas = [Double](repeating: 0, count: pairs.count)
    for (k, pair) in pairs.enumerated().reversed() {
      alphas[k] = pair.rho * dot(pair.s, q)
      add(-alphas[k], pair.y, to: &q)
    }
    if let last = pairs.last {
      let scale = 1 / (last.rho * dot(last.y, last.y))
      for i in q.indices { q[i] *= scale }
    }
    for (k, pair) in pairs.enumerated() {
      add(alphas[k] - pair.rho * dot(pair.y, q), pair.s, to: &q)
    }
    for i in q.indices { q[i] = -q[i] }
    return q
  }
}

/// A strong-Wolfe line search along one direction: bracket, then zoom by safeguarded cubics.
private struct LineSearch {
  let origin: [Double]
  let direction: [Double]
  let value: Double
  let slope: Double
  var bestStep = 0.0
  var bestValue: Double
  var bestGradient: [Double]

  private typealias Trial = (step: Double, value: Double, slope: Double)

  init(
    origin: [Double], direction: [Double], value: Double, slope: Double, gradient: [Double]
  ) {
    self.origin = origin
    self.direction = direction
    self.value = value
    self.slope = slope
    bestValue = value
    bestGradient = gradient
  }

  mutating func run<Failure: Error>(
    firstStep: Double, _ function: ([Double], inout [Double]) throws(Failure) -> Double
  ) throws(Failure) {
    var low: Trial = (0, value, slope)
    var high: Trial?
    var step = firstStep
    for _ in 0..<24 {
      let trial = try evaluate(step, function)
      if !trial.value.isFinite || trial.value > value + 1e-4 * step * slope
        || (trial.value >= low.value && low.step > 0)
      {
        high = trial
      } else if abs(trial.slope) <= 0.9 * abs(slope) {
        return
      } else if trial.slope * ((high?.step ?? .infinity) - low.step) >= 0 {
        high = low
        low = trial
      } else {
        low = trial
      }
      guard let end = high else {
        step *= 2
        continue
      }
      step = interpolate(low, end)
      if abs(end.step - low.step) * abs(slope) < 1e-16 * max(1, abs(value)) { return }
    }
  }

  private mutating func evaluate<Failure: Error>(
    _ step: Double, _ function: ([Double], inout [Double]) throws(Failure) -> Double
  ) throws(Failure) -> Trial {
    var point = origin
    add(step, direction, to: &point)
    var gradient = [Double](repeating: 0, count: point.count)
    let trialValue = try function(point, &gradient)
    if trialValue.isFinite && trialValue < bestValue {
      bestValue = trialValue
      bestStep = step
      bestGradient = gradient
    }
    return (step, trialValue, dot(gradient, direction))
  }

  /// The minimiser of the cubic through both ends, kept within the inner 80 % of the bracket.
  private func interpolate(_ a: Trial, _ b: Trial) -> Double {
    let width = b.step - a.step
    let middle = a.step + 0.5 * width
    guard b.value.isFinite, b.slope.isFinite else { return a.step + 0.1 * width }
    let d1 = a.slope + b.slope - 3 * (a.value - b.value) / (a.step - b.step)
    let square = d1 * d1 - a.slope * b.slope
    guard square >= 0 else { return middle }
    let d2 = square.squareRoot() * (width < 0 ? -1 : 1)
    let step = b.step - width * (b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2)
    let inner = [a.step + 0.1 * width, a.step + 0.9 * width]
    guard step.isFinite else { return middle }
    return min(max(step, inner.min() ?? middle), inner.max() ?? middle)
  }
}

private func dot(_ a: [Double], _ b: [Double]) -> Double {
  var sum = 0.0
  for i in a.indices { sum += a[i] * b[i] }
  return sum
}

private func add(_ scale: Double, _ x: [Double], to y: inout [Double]) {
  for i in y.indices { y[i] += scale * x[i] }
}
