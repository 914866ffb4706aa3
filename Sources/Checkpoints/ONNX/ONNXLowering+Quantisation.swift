internal import Networks
internal import Tensors

/// Quantised operators on real numbers: weights are dequantised, activations stay what they stand for.
///
/// What rounding to whole numbers would lose is kept; what their range would cut off is cut off, since
/// exporters put ReLU and its like there.
extension ONNXLowering {
  /// `QuantizeLinear` of an activation: it is cut off at the range.
  mutating func quantized(_ node: ONNXNode) throws(ONNXProblem) -> ONNXActivation {
    let x = try activation(node, 0)
    guard let scale = try needed(node, 1).uniform else {
      throw .unsupported("its activations have several scales")
    }
    var result = try ranged(node, x, scale: scale, zero: try constant(node, 2))
    if result.node == x.node { return result }
    facts[result.node] = .quantized(scale: scale)
    result.axes = x.axes
    return result
  }

  /// Cuts an activation off where whole numbers of a type end.
  mutating func ranged(
    _ node: ONNXNode, _ x: ONNXActivation, scale: Float, zero: ONNXArray?
  ) throws(ONNXProblem) -> ONNXActivation {
    let (low, high): (Float, Float)
    switch zero?.type ?? .uint8 {
    case .int8: (low, high) = (-128, 127)
    case .uint8: (low, high) = (0, 255)
    case .int16: (low, high) = (-32768, 32767)
    case .uint16: (low, high) = (0, 65535)
    default: return x
    }
    let middle = zero?.uniform ?? 0
    guard scale > 0, scale.isFinite else { throw .malformed("its scale is \(scale)") }
    return try apply(
      .clamp(Clamp(low: (low - middle) * scale, high: (high - middle) * scale)), node, x)
  }

  /// `QLinearConv`, `ConvInteger`.
  mutating func quantizedConvolution(_ node: ONNXNode) throws(ONNXProblem) -> ONNXActivation {
    let x = try activation(node, 0)
    if node.type == "ConvInteger" {
      let weight = try dequantized(
        try needed(node, 1), scale: ONNXArray(1), zero: try constant(node, 3), axis: 0)
      return try convolution(
        node, x, weight: try perWholeNumber(weight, x), bias: nil, weightInput: 1)
    }
    let scale = try needed(node, 4)
    let weight = try dequantized(
      try needed(node, 3), scale: scale, zero: try constant(node, 5), axis: 0)
    let bias = try quantizedBias(try constant(node, 8), scales: (try needed(node, 1), scale))
    let y = try convolution(node, x, weight: weight, bias: bias, weightInput: 3)
    return try ranged(
      node, y, scale: try scalar(node, 6), zero: try constant(node, 7))
  }

  /// `QLinearMatMul`, `MatMulInteger`, `QGemm`.
  mutating func quantizedProduct(_ node: ONNXNode) throws(ONNXProblem) -> ONNXActivation {
    let x = try activation(node, 0)
    switch node.type {
    case "MatMulInteger":
      let array = try needed(node, 1)
      let weight = try dequantized(
        array, scale: ONNXArray(1), zero: try constant(node, 3), axis: max(0, array.shape.count - 1)
      )
      return try product(node, x, try perWholeNumber(weight, x))
    case "QGemm":
      let transposes = node.integer("transB") ?? 0 != 0
      let scale = try needed(node, 4)
      var weight = try dequantized(
        try needed(node, 3), scale: scale, zero: try constant(node, 5), axis: transposes ? 0 : 1)
      if !transposes { weight = weight.transposed([1, 0]) }
      let bias = try quantizedBias(try constant(node, 6), scales: (try needed(node, 1), scale))
      guard weight.shape.count == 2, node.integer("transA") ?? 0 == 0, node.float("alpha") ?? 1 == 1
      else { throw .unsupported("a product of \(x.shape) and \(weight.shape)") }
      let y = try linear(node, x, weight: weight, bias: bias, weightInput: 3)
      guard node.input(7) != nil else { return y }
      return try ranged(node, y, scale: try scalar(node, 7), zero: try constant(node, 8))
    default:
      let array = try needed(node, 3)
      let weight = try dequantized(
        array, scale: try needed(node, 4), zero: try constant(node, 5),
        axis: max(0, array.shape.count - 1))
      let y = try product(node, x, weight, weightInput: 3)
      return try ranged(node, y, scale: try scalar(node, 6), zero: try constant(node, 7))
    }
  }

  /// `QLinearAdd` and `QLinearMul`: A, its scale and zero, B, its own, those of the output.
  mutating func quantizedCombination(
    _ node: ONNXNode, _ function: Arithmetic.Function
  ) throws(ONNXProblem) -> ONNXActivation {
    func operand(_ index: Int) throws(ONNXProblem) -> ONNXValue {
      switch try value(node, index) {
      case .activation(let activation): return .activation(activation)
      case .constant(let array):
        return .constant(
          try dequantized(
            array, scale: try needed(node, index + 1), zero: try constant(node, index + 2), axis: 0)
        )
      case nil: throw .malformed("it lacks an input")
      }
    }
    let y: ONNXActivation
    switch (try operand(0), try operand(3)) {
    case (.activation(let a), .activation(let b)): y = try combine(node, function, a, b)
    case (.activation(let a), .constant(let b)), (.constant(let b), .activation(let a)):
      y = try combine(node, function, a, b, isFirst: false, constantName: "")
    default: throw .unsupported("it combines constants")
    }
    return try ranged(node, y, scale: try scalar(node, 6), zero: try constant(node, 7))
  }

  /// Operators of one quantised input: X, its scale and zero, those of the output.
  mutating func quantizedUnary(_ node: ONNXNode) throws(ONNXProblem) -> ONNXActivation {
    let x = try activation(node, 0)
    let y: ONNXActivation
    switch node.type {
    case "QLinearGlobalAveragePool":
      guard node.integer("channels_last") ?? 0 == 0 else {
        throw .unsupported("its channels come last")
      }
      y = try reduced(
        output(node), x, .mean, over: Array(2..<max(2, x.rank)), keepsAxes: true)
    case "QLinearLeakyRelu":
      y = try apply(.leakyReLU(slope: node.float("alpha") ?? 0.01), node, x)
    default: y = try apply(.sigmoid, node, x)
    }
    return try ranged(node, y, scale: try scalar(node, 3), zero: try constant(node, 4))
  }

  private func scalar(_ node: ONNXNode, _ index: Int) throws(ONNXProblem) -> Float {
    guard let value = try needed(node, index).uniform else {
      throw .unsupported("its activations have several scales")
    }
    return value
  }

  private mutating func dequantized(
    _ array: ONNXArray, scale: ONNXArray, zero: ONNXArray?, axis: Int
  ) throws(ONNXProblem) -> ONNXArray {
    // One scale with a zero point for each channel, or the other way round.
    var (scale, zero) = (scale, zero)
    if let given = zero, given.count != scale.count {
      if scale.count == 1 {
        scale = scale.reshaped(to: [1]).broadcast(to: [given.count])
      } else if given.count == 1 {
        zero = given.reshaped(to: [1]).broadcast(to: [scale.count])
      }
    }
    return try folding.dequantized(array, scale: scale, zero: zero, axis: axis)
  }

  /// A bias in units of the product of both scales.
  private func quantizedBias(
    _ bias: ONNXArray?, scales: (ONNXArray, ONNXArray)
  ) throws(ONNXProblem) -> ONNXArray? {
    guard let bias else { return nil }
    guard let input = scales.0.uniform, scales.1.count == 1 || scales.1.count == bias.count else {
      throw .malformed("its bias does not fit its scales")
    }
    let (values, weights) = (bias.numbers, scales.1.numbers)
    return ONNXArray(
      shape: bias.shape,
      floats: (0..<bias.count).map {
        values[$0] * input * weights[weights.count == 1 ? 0 : $0]
      })
  }

  /// A weight for inputs in whole numbers, where the input stands for them times a scale.
  private func perWholeNumber(
    _ weight: ONNXArray, _ x: ONNXActivation
  ) throws(ONNXProblem) -> ONNXArray {
    guard case .quantized(let scale) = facts[x.node] else { return weight }
    return weight.scaled(by: 1 / scale)
  }
}
