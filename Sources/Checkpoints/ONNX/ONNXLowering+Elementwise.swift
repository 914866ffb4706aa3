internal import Foundation
internal import Networks
internal import Tensors

/// Functions of each value, and of two values place by place.
extension ONNXLowering {
  /// An activation function by the operator's name; nil for another operator.
  mutating func activationFunction(_ node: ONNXNode) throws(ONNXProblem) -> ActivationFunction? {
    switch node.type {
    case "Relu": return .relu
    case "Sigmoid": return .sigmoid
    case "Tanh": return .tanh
    case "Erf": return .erf
    case "HardSigmoid":
      let (slope, offset) = (node.float("alpha") ?? 0.2, node.float("beta") ?? 0.5)
      return .hardSigmoid(slope: slope, offset: offset)
    case "HardSwish": return .hardSwish
    case "Elu": return .elu(alpha: node.float("alpha") ?? 1)
    case "Celu":
      let alpha = node.float("alpha") ?? 1
      guard alpha > 0 else { throw .unsupported("its alpha is \(alpha)") }
      return .celu(alpha: alpha)
    case "Selu":
      guard abs((node.float("alpha") ?? 1.673_263) - 1.673_263) < 1e-4,
        abs((node.float("gamma") ?? 1.050_701) - 1.050_701) < 1e-4
      else { throw .unsupported("its alpha and gamma are not those of SELU") }
      return .selu
    case "LeakyRelu": return .leakyReLU(slope: node.float("alpha") ?? 0.01)
    case "Softplus": return .softplus
    case "Mish": return .mish
    case "Gelu":
      return node.text("approximate") == "tanh" ? .geluTanh : .gelu
    case "FastGelu": return node.input(1) == nil ? .geluTanh : nil
    case "QuickGelu":
      return abs((node.float("alpha") ?? 1.702) - 1.702) < 1e-4 ? .quickGELU : nil
    case "Swish":
      return node.float("alpha") ?? 1 == 1 ? .silu : nil
    case "Clip":
      let low = try number(node, "min", input: 1) ?? -.infinity
      let high = try number(node, "max", input: 2) ?? .infinity
      guard low < high else { throw .unsupported("it clips to \(low)…\(high)") }
      return .clamp(Clamp(low: low, high: high))
    default: return nil
    }
  }

  /// A function of each value, in the memory's own order.
  mutating func apply(
    _ function: ActivationFunction, _ node: ONNXNode, _ x: ONNXActivation
  ) throws(ONNXProblem) -> ONNXActivation {
    guard function.isActive else { return x }
    var (function, source) = (function, x.node)
    // max(min(x, 6), 0) and the like are one clamp.
    if case .clamp(let outer) = function, let before = nodes[source].operation as? Activation,
      case .clamp(let inner) = before.function,
      max(outer.low, inner.low) < min(outer.high, inner.high)
    {
      function = .clamp(
        Clamp(low: max(outer.low, inner.low), high: min(outer.high, inner.high)))
      source = nodes[source].inputs[0]
    }
    return try elementwise(node, x, Activation(function), from: source)
  }

  /// A node of one input of the same memory.
  mutating func elementwise(
    _ node: ONNXNode, _ x: ONNXActivation, _ operation: any Operator, from source: Int? = nil
  ) throws(ONNXProblem) -> ONNXActivation {
    var result = x
    result.node = try emit(output(node), operation, [source ?? x.node])
    return result
  }

  /// `PRelu`: a slope for negative values, one for all or one a channel.
  mutating func parametricReLU(_ node: ONNXNode) throws(ONNXProblem) -> ONNXActivation {
    let (x, slope) = (try activation(node, 0), try needed(node, 1))
    if let slope = slope.uniform { return try apply(.leakyReLU(slope: slope), node, x) }
    let positive = try apply(.relu, node, x)
    let negative = try elementwise(
      node, x, Activation(.clamp(Clamp(low: -.infinity, high: 0))))
    let scaled = try combine(
      node, .multiply, negative, slope, isFirst: false, constantName: node.input(1) ?? "")
    return try combine(node, .add, positive, scaled)
  }

  /// `Pow` with a constant exponent.
  mutating func power(_ node: ONNXNode) throws(ONNXProblem) -> ONNXActivation {
    let (x, exponent) = (try activation(node, 0), try needed(node, 1).uniform)
    guard let exponent else { throw .unsupported("its exponents differ") }
    return exponent == 1 ? x : try elementwise(node, x, Power(exponent))
  }

  /// An operator of two or more operands, such as `Add` or `Max`.
  mutating func combination(
    _ node: ONNXNode, _ function: Arithmetic.Function
  ) throws(ONNXProblem) -> ONNXActivation {
    guard let first = try value(node, 0) else { throw .malformed("it lacks an input") }
    var result = first
    for index in 1..<max(node.inputs.count, 1) {
      guard let next = try value(node, index) else { throw .malformed("it lacks an input") }
      switch (result, next) {
      case (.activation(let a), .activation(let b)):
        result = .activation(try combine(node, function, a, b))
      case (.activation(let a), .constant(let b)):
        result = .activation(
          try combine(
            node, function, a, b, isFirst: false, constantName: node.input(index) ?? ""))
      case (.constant(let a), .activation(let b)):
        result = .activation(
          try combine(node, function, b, a, isFirst: true, constantName: node.input(0) ?? ""))
      case (.constant, .constant): throw .unsupported("it combines constants")
      }
    }
    guard case .activation(let activation) = result else { throw .malformed("it has one input") }
    return activation
  }

  /// Two activations, place by place.
  mutating func combine(
    _ node: ONNXNode, _ function: Arithmetic.Function, _ a: ONNXActivation, _ b: ONNXActivation
  ) throws(ONNXProblem) -> ONNXActivation {
    if let whole = try completed(node, function, a, b) { return whole }
    if a.factors == b.factors, a.axes == b.axes {
      let second = try viewed(b.node, as: nodes[a.node].shape.dimensions)
      let operation: any Operator =
        function == .add && a.node != second ? Add() : Arithmetic(function)
      var result = a
      result.node = try emit(output(node), operation, [a.node, second])
      return result
    }
    if function == .multiply {
      if let gated = try gate(node, a, b) { return gated }
      if let gated = try gate(node, b, a) { return gated }
    }
    return try broadcast(node, function, a, b)
  }

  /// `x · g` where g has one value for each channel of a sample.
  private mutating func gate(
    _ node: ONNXNode, _ x: ONNXActivation, _ g: ONNXActivation
  ) throws(ONNXProblem) -> ONNXActivation? {
    guard x.rank == g.rank, g.factors.count == 1, x.factors.count > 1,
      let channel = g.axes.firstIndex(where: { $0.contains(0) }), g.axes[channel] == [0],
      x.axes[channel] == [x.factors.count - 1], x.factors.last == g.factors[0],
      x.batchAxis == g.batchAxis, x.batchAxis != channel
    else { return nil }
    let channels = g.factors[0]
    let gate = try viewed(g.node, as: [channels])
    var source = x.node
    if nodes[source].shape.channels != channels {
      source = try viewed(source, as: [x.factors.dropLast().reduce(1, *), channels])
    }
    var result = x
    result.node = try emit(output(node), ChannelGate(), [source, gate])
    return result
  }

  /// Two activations of which one or both are repeated along axes.
  private mutating func broadcast(
    _ node: ONNXNode, _ function: Arithmetic.Function, _ a: ONNXActivation, _ b: ONNXActivation
  ) throws(ONNXProblem) -> ONNXActivation {
    let rank = max(a.rank, b.rank)
    let a = try reshaped(a, to: Array(repeating: 1, count: rank - a.rank) + a.shape)
    let b = try reshaped(b, to: Array(repeating: 1, count: rank - b.rank) + b.shape)
    guard let shape = ONNXArray.broadcast(a.shape, b.shape) else {
      throw .malformed("\(a.shape) and \(b.shape) cannot be broadcast")
    }
    try check(size: shape)
    let order = (a.shape == shape ? a.naturalOrder : b.naturalOrder) ?? Array(0..<rank)
    let kept = order.filter { a.sampleLength($0) > 1 || b.sampleLength($0) > 1 }
    let operands = [try arranged(a, kept), try arranged(b, kept)]
    let place = try emit(output(node), Arithmetic(function), operands)
    return ONNXActivation(node: place, shape: shape, order: order)
  }

  /// An activation and a constant, place by place.
  mutating func combine(
    _ node: ONNXNode, _ function: Arithmetic.Function, _ x: ONNXActivation, _ constant: ONNXArray,
    isFirst: Bool, constantName: String
  ) throws(ONNXProblem) -> ONNXActivation {
    guard constant.count > 0 else { throw .malformed("an empty constant") }
    let (function, constant, isFirst) = ONNXLowering.normal(function, constant, isFirst)
    if fits(constant.shape, x), let number = constant.scalar {
      return try combine(node, function, x, number: number, isFirst: isFirst)
    }
    if let whole = try completed(node, function, x, constant, isFirst, constantName) {
      return whole
    }
    if function == .add || function == .multiply,
      let operand = try learntOperand(node, of: x, constant, named: constantName)
    {
      return try combine(node, function, x, operand)
    }
    // Both of one rank; where samples are counted together with other places, the constant has those.
    let rank = max(x.rank, constant.shape.count)
    let x = try reshaped(x, to: Array(repeating: 1, count: rank - x.rank) + x.shape)
    let array = constant.reshaped(
      to: Array(repeating: 1, count: rank - constant.shape.count) + constant.shape)
    var shape: [Int] = []
    for (axis, length) in array.shape.enumerated() {
      let own = x.shape[axis]
      if ONNXAxes.isBatch(own) {
        guard length == 1 || length == ONNXAxes.withoutBatch(own) else {
          throw .unsupported("it combines samples with a constant \(constant.shape)")
        }
        shape.append(own)
      } else {
        guard own == length || own == 1 || length == 1 else {
          throw .malformed("\(x.shape) and \(constant.shape) cannot be broadcast")
        }
        shape.append(own == 1 ? length : own)
      }
    }
    try check(size: shape)
    let order = (x.shape == shape ? x.naturalOrder : nil) ?? Array(0..<rank)
    let kept = order.filter { x.sampleLength($0) > 1 || array.shape[$0] > 1 }
    let dimensions = kept.map { array.shape[$0] }
    let moved = array.transposed(kept + (0..<rank).filter { !kept.contains($0) })
    let name = parameterName(constantName.isEmpty ? "\(output(node)).constant" : constantName)
    let operand = Arithmetic.Constant(
      name, shape: dimensions.isEmpty ? [1] : dimensions, isFirst: isFirst)
    let place = try emit(
      output(node), Arithmetic(function, constant: operand), [try arranged(x, kept)],
      [(name, moved.tensor(shape: operand.shape))])
    return ONNXActivation(node: place, shape: shape, order: order)
  }

  /// Whether a constant of this shape doesn't enlarge an activation.
  private func fits(_ shape: [Int], _ x: ONNXActivation) -> Bool {
    guard shape.count <= x.rank else { return false }
    return zip(shape.reversed(), x.shape.reversed()).allSatisfy { own, other in
      own == 1 || own == ONNXAxes.withoutBatch(other)
    }
  }

  /// An activation and one number.
  mutating func combine(
    _ node: ONNXNode, _ function: Arithmetic.Function, _ x: ONNXActivation, number: Float,
    isFirst: Bool
  ) throws(ONNXProblem) -> ONNXActivation {
    let isNeutral = (function == .multiply && number == 1) || (function == .add && number == 0)
    if isNeutral { return x }
    if function == .multiply, let scaled = try scaled(node, x, by: number) { return scaled }
    if let whole = try completed(node, function, x, number: number) { return whole }
    if function == .minimum || function == .maximum {
      let clamp =
        function == .minimum
        ? Clamp(low: -.infinity, high: number) : Clamp(low: number, high: .infinity)
      return try apply(.clamp(clamp), node, x)
    }
    if function == .divide, isFirst, number == 1 { return try elementwise(node, x, Power(-1)) }
    let name = parameterName("\(output(node)).constant")
    let operand = Arithmetic.Constant(name, shape: [1], isFirst: isFirst)
    var result = x
    result.node = try emit(
      output(node), Arithmetic(function, constant: operand), [x.node],
      [(name, Tensor(shape: [1], values: [number]))], number: number)
    return result
  }

  /// `x − c` as `x + (−c)`, `x / c` as `x · (1 / c)`; sums and products with the constant last.
  private static func normal(
    _ function: Arithmetic.Function, _ constant: ONNXArray, _ isFirst: Bool
  ) -> (Arithmetic.Function, ONNXArray, Bool) {
    switch function {
    case .subtract where !isFirst: return (.add, constant.scaled(by: -1), false)
    case .divide where !isFirst:
      let (source, result) = (constant.numbers, FloatStorage(uninitializedCount: constant.count))
      for i in 0..<constant.count { result.pointer[i] = 1 / source[i] }
      return (.multiply, ONNXArray(shape: constant.shape, floats: result), false)
    case .add, .multiply, .minimum, .maximum: return (function, constant, false)
    case .subtract, .divide: return (function, constant, isFirst)
    }
  }
}
