internal import Networks
internal import Tensors

/// Matrix products: linear layers where one side is constant.
extension ONNXLowering {
  /// `Gemm`.
  mutating func gemm(_ node: ONNXNode) throws(ONNXProblem) -> ONNXActivation {
    let x = try activation(node, 0)
    let (alpha, beta) = (node.float("alpha") ?? 1, node.float("beta") ?? 1)
    var weight = try needed(node, 1)
    guard x.rank == 2, weight.shape.count == 2, node.integer("transA") ?? 0 == 0 else {
      throw .unsupported("a product of \(x.shape) and \(weight.shape)")
    }
    if node.integer("transB") ?? 0 == 0 { weight = weight.transposed([1, 0]) }
    if alpha != 1 { weight = weight.scaled(by: alpha) }
    var bias = try constant(node, 2)
    if let given = bias, beta != 1 { bias = given.scaled(by: beta) }
    return try linear(node, x, weight: weight, bias: bias, weightInput: 1)
  }

  /// `MatMul`.
  mutating func matrixProduct(_ node: ONNXNode) throws(ONNXProblem) -> ONNXActivation {
    switch (try value(node, 0), try value(node, 1)) {
    case (.activation(let x), .constant(let weight)):
      return try product(node, x, weight)
    case (.activation(let a), .activation(let b)):
      if let attention = try attention(node, a, b) { return attention }
      return try product(node, a, b)
    case (.constant(let a), .activation(let b)):
      return try product(node, try learnt(a, named: node.input(0) ?? ""), b)
    default: throw .malformed("it lacks an input")
    }
  }

  /// A product with a constant: a linear layer on the last axis.
  mutating func product(
    _ node: ONNXNode, _ x: ONNXActivation, _ weight: ONNXArray, weightInput: Int = 1
  ) throws(ONNXProblem) -> ONNXActivation {
    let shape = weight.shape
    if shape.count == 1 {
      let y = try linear(
        node, x, weight: weight.reshaped(to: [1, shape[0]]), bias: nil, weightInput: weightInput)
      return try reshaped(y, to: Array(y.shape.dropLast()))
    }
    guard shape.count == 2 || shape.dropLast(2).allSatisfy({ $0 == 1 }), shape.count > 0 else {
      return try product(node, x, try learnt(weight, named: node.input(weightInput) ?? ""))
    }
    var x = x
    if shape.count > x.rank {
      x = try reshaped(x, to: Array(repeating: 1, count: shape.count - x.rank) + x.shape)
    }
    let matrix = weight.reshaped(to: Array(shape.suffix(2)))
    return try linear(
      node, x, weight: matrix.transposed([1, 0]), bias: nil, weightInput: weightInput)
  }

  /// A linear layer on the last axis, its weight `[outputs, inputs]`.
  mutating func linear(
    _ node: ONNXNode, _ x: ONNXActivation, weight: ONNXArray, bias: ONNXArray?, weightInput: Int
  ) throws(ONNXProblem) -> ONNXActivation {
    let (outputs, inputs, last) = (weight.shape[0], weight.shape[1], x.rank - 1)
    guard x.rank > 0, x.shape[last] == inputs, outputs > 0, inputs > 0 else {
      throw .malformed("a weight \(weight.shape) does not fit \(x.shape)")
    }
    var (bias, rest) = (bias, nil as ONNXArray?)
    if let given = bias {
      if given.count == 1 { bias = given.reshaped(to: [1]).broadcast(to: [outputs]) }
      if bias?.count != outputs { (bias, rest) = (nil, given) }
    }
    let name = layerName(node, weight: weightInput)
    var state = [(name: "\(name).weight", tensor: weight.tensor())]
    if let bias { state.append(("\(name).bias", bias.tensor(shape: [outputs]))) }
    let layer = Linear(name, from: inputs, to: outputs, hasBias: bias != nil)
    let (source, order) = try channelsLast(x)
    let place = try emit(output(node), layer, [source], state)
    var shape = x.shape
    shape[last] = outputs
    let y = ONNXActivation(node: place, shape: shape, order: order)
    guard let rest else { return y }
    return try combine(node, .add, y, rest, isFirst: false, constantName: "")
  }

  /// A node with the last axis innermost, its channels, and the order of the axes in its memory.
  mutating func channelsLast(
    _ x: ONNXActivation
  ) throws(ONNXProblem) -> (node: Int, order: [Int]) {
    let last = x.rank - 1
    let order = (x.naturalOrder ?? Array(0..<x.rank)).filter { $0 != last } + [last]
    if let memory = x.memory(of: order), memory == Array(memory.indices),
      nodes[x.node].shape.channels == x.sampleLength(last)
    {
      return (x.node, order)
    }
    let outer = order.dropLast().filter { x.sampleLength($0) > 1 }
    return (try arranged(x, outer + [last]), order)
  }

  /// Products of matrices of two activations.
  private mutating func product(
    _ node: ONNXNode, _ a: ONNXActivation, _ b: ONNXActivation
  ) throws(ONNXProblem) -> ONNXActivation {
    let rank = max(a.rank, b.rank)
    guard a.rank > 1, b.rank > 1 else {
      throw .unsupported("a product of \(a.shape) and \(b.shape)")
    }
    let a = try reshaped(a, to: Array(repeating: 1, count: rank - a.rank) + a.shape)
    let b = try reshaped(b, to: Array(repeating: 1, count: rank - b.rank) + b.shape)
    guard a.shape[rank - 1] == b.shape[rank - 2],
      var shape = ONNXArray.broadcast(
        Array(a.shape.dropLast(2)), Array(b.shape.dropLast(2)))
    else { throw .malformed("a product of \(a.shape) and \(b.shape)") }
    if let axis = a.batchAxis ?? b.batchAxis, axis >= rank - 2 {
      throw .unsupported("a product across samples")
    }
    try check(size: shape + [a.shape[rank - 2], b.shape[rank - 1]])
    // Axes of one place in both are left out; keys lie in memory as they are read, row by row.
    let leading = (0..<rank - 2).filter { a.sampleLength($0) > 1 || b.sampleLength($0) > 1 }
    let transposes = (b.axes[rank - 1].first ?? 0) < (b.axes[rank - 2].first ?? 0)
    let second = transposes ? [rank - 1, rank - 2] : [rank - 2, rank - 1]
    let left = try arranged(a, leading + [rank - 2, rank - 1])
    let right = try arranged(b, leading + second)
    let place = try emit(
      output(node), MatrixProduct(transposesSecond: transposes), [left, right])
    shape += [a.shape[rank - 2], b.shape[rank - 1]]
    facts[place] = .scores(queries: a, keys: b, factor: 1)
    return ONNXActivation(
      node: place, shape: shape, order: Array(0..<rank))
  }

  /// A constant as an activation, the same for all samples.
  mutating func learnt(
    _ array: ONNXArray, named name: String
  ) throws(ONNXProblem) -> ONNXActivation {
    guard array.count > 0 else { throw .malformed("an empty constant") }
    let parameter = parameterName(name)
    let dimensions = array.shape.isEmpty ? [1] : array.shape
    let place = try emit(
      parameter, LearntArray(parameter, shape: dimensions), [],
      [(parameter, array.tensor(shape: dimensions))])
    return ONNXActivation(node: place, shape: dimensions)
  }
}

extension ONNXArray {
  /// The elements times a number.
  func scaled(by factor: Float) -> ONNXArray {
    let (source, result) = (numbers, FloatStorage(uninitializedCount: count))
    for i in 0..<count { result.pointer[i] = source[i] * factor }
    return ONNXArray(shape: shape, floats: result)
  }

  /// The elements of each place of the first axis times a number of its own.
  func scaledRows(by factors: FloatStorage) -> ONNXArray {
    let (source, result) = (numbers, FloatStorage(uninitializedCount: count))
    let row = count / max(1, factors.count)
    for i in 0..<count { result.pointer[i] = source[i] * factors.pointer[i / row] }
    return ONNXArray(shape: shape, floats: result)
  }
}
