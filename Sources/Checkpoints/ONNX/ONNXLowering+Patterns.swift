internal import Networks
internal import Tensors

/// Steps that complete what the engine has as one operator.
extension ONNXLowering {
  /// Two activations whose combination completes a pattern; nil where it doesn't.
  mutating func completed(
    _ node: ONNXNode, _ function: Arithmetic.Function, _ a: ONNXActivation, _ b: ONNXActivation
  ) throws(ONNXProblem) -> ONNXActivation? {
    switch function {
    case .multiply:
      if a.factors == b.factors, a.axes == b.axes {
        for (x, other) in [(a, b), (b, a)] {
          if let (function, source) = gatedActivation(x.node, other.node) {
            return try elementwise(node, x, Activation(function), from: source)
          }
        }
      }
      if let norm = try normalised(node, a, b, isQuotient: false) { return norm }
      return try normalised(node, b, a, isQuotient: false)
    case .divide: return try normalised(node, a, b, isQuotient: true)
    default: return nil
    }
  }

  /// The function of one value that `x · gate` is, and the node of that value.
  private func gatedActivation(_ x: Int, _ gate: Int) -> (ActivationFunction, Int)? {
    switch (nodes[gate].operation as? Activation)?.function {
    case .sigmoid:
      let source = nodes[gate].inputs[0]
      if source == x { return (.silu, x) }
      if let (inner, factor) = product(source), inner == x, abs(factor - 1.702) < 1e-3 {
        return (.quickGELU, x)
      }
    case .hardSigmoid(let slope, let offset):
      if nodes[gate].inputs[0] == x, abs(slope - 1 / 6) < 1e-5, offset == 0.5 {
        return (.hardSwish, x)
      }
    case .tanh:
      let inner = nodes[gate].inputs[0]
      if (nodes[inner].operation as? Activation)?.function == .softplus,
        nodes[inner].inputs[0] == x
      {
        return (.mish, x)
      }
    default: break
    }
    // x / 2 · (1 + erf(x / √2)), the half on either side.
    if let (half, factor) = product(x), factor == 0.5, let function = onePlus(gate, of: half) {
      return (function, half)
    }
    if let (whole, factor) = product(gate), factor == 0.5, let function = onePlus(whole, of: x) {
      return (function, x)
    }
    return nil
  }

  /// Which GELU has the node `1 + erf(x / √2)`, or that with a tanh, as its factor.
  private func onePlus(_ node: Int, of x: Int) -> ActivationFunction? {
    guard let (inner, one) = sum(node), one == 1 else { return nil }
    if (nodes[inner].operation as? Activation)?.function == .erf,
      let (source, factor) = product(nodes[inner].inputs[0]), source == x,
      abs(factor - 0.707_106_8) < 1e-4
    {
      return .gelu
    }
    if (nodes[inner].operation as? Activation)?.function == .tanh,
      isCubic(nodes[inner].inputs[0], of: x)
    {
      return .geluTanh
    }
    return nil
  }

  /// Whether a node is `√(2/π) · (x + 0.044715 · x³)`.
  private func isCubic(_ node: Int, of x: Int) -> Bool {
    guard let (inner, factor) = product(node), abs(factor - 0.797_884_6) < 1e-4 else {
      return false
    }
    if nodes[inner].operation is Add, nodes[inner].inputs.contains(x),
      let other = nodes[inner].inputs.first(where: { $0 != x }),
      let (cube, small) = product(other), abs(small - 0.044_715) < 1e-5
    {
      return isPower(cube, 3, of: x)
    }
    // x · (1 + 0.044715 · x²)
    guard isProduct(nodes[inner].operation), nodes[inner].inputs.contains(x),
      let other = nodes[inner].inputs.first(where: { $0 != x }), let (part, one) = sum(other),
      one == 1, let (square, small) = product(part), abs(small - 0.044_715) < 1e-5
    else { return false }
    return isPower(square, 2, of: x)
  }

  private func isPower(_ node: Int, _ exponent: Int, of x: Int) -> Bool {
    if let power = nodes[node].operation as? Power {
      return power.exponent == Float(exponent) && nodes[node].inputs[0] == x
    }
    guard isProduct(nodes[node].operation) else { return false }
    let inputs = nodes[node].inputs
    if exponent == 2 { return inputs == [x, x] }
    return inputs.contains(x)
      && inputs.contains { $0 != x && isPower($0, exponent - 1, of: x) }
  }

  private func isProduct(_ operation: any Operator) -> Bool {
    guard let arithmetic = operation as? Arithmetic else { return false }
    return arithmetic.function == .multiply && arithmetic.constant == nil
  }

  /// The value and the number of a product with one number.
  func product(_ node: Int) -> (Int, Float)? { withNumber(node, .multiply) }

  /// The value and the number of a sum with one number.
  func sum(_ node: Int) -> (Int, Float)? { withNumber(node, .add) }

  private func withNumber(_ node: Int, _ function: Arithmetic.Function) -> (Int, Float)? {
    guard let arithmetic = nodes[node].operation as? Arithmetic, arithmetic.function == function,
      let number = nodes[node].number
    else { return nil }
    return (nodes[node].inputs[0], number)
  }

  /// An activation times a number, where that completes a pattern or goes on with one.
  mutating func scaled(
    _ node: ONNXNode, _ x: ONNXActivation, by number: Float
  ) throws(ONNXProblem) -> ONNXActivation? {
    if number == 0.5, isProduct(nodes[x.node].operation) {
      let inputs = nodes[x.node].inputs
      for (value, gate) in [(inputs[0], inputs[1]), (inputs[1], inputs[0])] {
        if let function = onePlus(gate, of: value) {
          return try elementwise(node, x, Activation(function), from: value)
        }
      }
    }
    if abs(number - 1 / 6) < 1e-6 {
      if let source = clippedSum(x.node) {
        return try elementwise(node, x, Activation(.hardSigmoid()), from: source)
      }
      if isProduct(nodes[x.node].operation) {
        let inputs = nodes[x.node].inputs
        for (value, gate) in [(inputs[0], inputs[1]), (inputs[1], inputs[0])]
        where clippedSum(gate) == value {
          return try elementwise(node, x, Activation(.hardSwish), from: value)
        }
      }
    }
    guard case .scores(let queries, let keys, let factor) = facts[x.node] else { return nil }
    var result = x
    let name = parameterName("\(output(node)).constant")
    result.node = try emit(
      output(node), Arithmetic(.multiply, constant: Arithmetic.Constant(name, shape: [1])),
      [x.node],
      [(name, Tensor(shape: [1], values: [number]))], number: number)
    facts[result.node] = .scores(queries: queries, keys: keys, factor: factor * number)
    return result
  }

  /// x where a node is `min(max(x + 3, 0), 6)`.
  private func clippedSum(_ node: Int) -> Int? {
    guard case .clamp(let clamp) = (nodes[node].operation as? Activation)?.function,
      clamp == .relu6, let (source, three) = sum(nodes[node].inputs[0]), three == 3
    else { return nil }
    return source
  }

  /// An activation and one number, where that completes a pattern.
  mutating func completed(
    _ node: ONNXNode, _ function: Arithmetic.Function, _ x: ONNXActivation, number: Float
  ) throws(ONNXProblem) -> ONNXActivation? {
    // Further sums with numbers join the first: x + a + b.
    guard function == .add, let (source, before) = sum(x.node), hasOneReader(x.node) else {
      return nil
    }
    var result = x
    let name = parameterName("\(output(node)).constant")
    result.node = try emit(
      output(node), Arithmetic(.add, constant: Arithmetic.Constant(name, shape: [1])), [source],
      [(name, Tensor(shape: [1], values: [before + number]))], number: before + number)
    return result
  }

  /// What passes its input's memory on under another shape.
  func origin(_ node: Int) -> Int {
    var node = node
    while nodes[node].operation is any View { node = nodes[node].inputs[0] }
    return node
  }

  /// `(x − mean) / √(variance + ε)` over the innermost axis, the whole of a layer normalisation but its
  /// scale and shift.
  private mutating func normalised(
    _ node: ONNXNode, _ centred: ONNXActivation, _ divisor: ONNXActivation, isQuotient: Bool
  ) throws(ONNXProblem) -> ONNXActivation? {
    guard let epsilon = deviation(divisor.node, isQuotient: isQuotient, of: centred.node) else {
      return nil
    }
    let difference = nodes[origin(centred.node)]
    guard (difference.operation as? Arithmetic)?.function == .subtract, difference.inputs.count == 2
    else { return nil }
    let (source, mean) = (origin(difference.inputs[0]), nodes[origin(difference.inputs[1])])
    guard let channels = channelMean(mean), origin(mean.inputs[0]) == source,
      nodes[source].shape.channels == channels
    else { return nil }
    let name = parameterName("\(output(node)).norm")
    let place = try emit(
      output(node), LayerNorm(name, channels: channels, epsilon: epsilon, hasBias: false), [source],
      [("\(name).weight", Tensor(shape: [channels], values: Array(repeating: 1, count: channels)))])
    facts[place] = .plainNorm
    var result = centred
    result.node = place
    return result
  }

  /// ε where a node is `√(mean(centred²) + ε)`, or for a factor one over it.
  private func deviation(_ node: Int, isQuotient: Bool, of centred: Int) -> Float? {
    var place = origin(node)
    guard let power = nodes[place].operation as? Power else { return nil }
    switch power.exponent {
    case 0.5 where isQuotient, -0.5 where !isQuotient: place = origin(nodes[place].inputs[0])
    case -1 where !isQuotient:
      place = origin(nodes[place].inputs[0])
      guard (nodes[place].operation as? Power)?.exponent == 0.5 else { return nil }
      place = origin(nodes[place].inputs[0])
    default: return nil
    }
    guard let (variance, epsilon) = sum(place), epsilon >= 0 else { return nil }
    let mean = nodes[origin(variance)]
    guard channelMean(mean) != nil else { return nil }
    let square = origin(mean.inputs[0])
    let root = origin(centred)
    if let power = nodes[square].operation as? Power {
      return power.exponent == 2 && origin(nodes[square].inputs[0]) == root ? epsilon : nil
    }
    return isProduct(nodes[square].operation)
      && nodes[square].inputs.allSatisfy { origin($0) == root } ? epsilon : nil
  }

  /// The number of channels where a node is their mean.
  private func channelMean(_ node: LoweredNode) -> Int? {
    guard let reduction = node.operation as? Reduction, reduction.function == .mean,
      let axes = reduction.axes
    else { return nil }
    let input = nodes[node.inputs[0]].shape
    return axes == [input.dimensions.count - 1] ? input.channels : nil
  }
}
