internal import Networks
internal import Tensors

/// Self-attention written as products and a softmax.
extension ONNXLowering {
  /// `Softmax` and `LogSoftmax`.
  mutating func softmax(_ node: ONNXNode) throws(ONNXProblem) -> ONNXActivation {
    let x = try activation(node, 0)
    let axis = try ONNXAxes.axis(node.integer("axis") ?? (opset < 13 ? 1 : -1), rank: x.rank)
    if opset < 13, (axis + 1..<x.rank).contains(where: { x.sampleLength($0) > 1 }) {
      // Up to opset 12 all axes from the named one on are one.
      let flat = try reshaped(
        x, to: Array(x.shape[..<axis]) + [x.shape[axis...].reduce(1, *)])
      return try reshaped(try softmax(node, flat, axis: axis), to: x.shape)
    }
    return try softmax(node, x, axis: axis)
  }

  private mutating func softmax(
    _ node: ONNXNode, _ x: ONNXActivation, axis: Int
  ) throws(ONNXProblem) -> ONNXActivation {
    guard x.batchAxis != axis else { throw .unsupported("a softmax over samples") }
    let order = x.naturalOrder ?? Array(0..<x.rank)
    let kept = order.filter { x.sampleLength($0) > 1 || $0 == axis }
    let place = try emit(
      output(node),
      Softmax(axis: kept.firstIndex(of: axis) ?? -1, isLogarithm: node.type == "LogSoftmax"),
      [try arranged(x, kept)])
    if case .scores(let queries, let keys, let factor) = facts[x.node], axis == x.rank - 1,
      node.type == "Softmax"
    {
      facts[place] = .probabilities(queries: queries, keys: keys, factor: factor)
    }
    return ONNXActivation(node: place, shape: x.shape, order: order)
  }

  /// What queries, keys or values are: a node of tokens, or some of its channels, times a number.
  private struct Part {
    var node: Int
    var offset: Int
    var factor: Float
  }

  /// `softmax(s · q kᵀ) v` as the engine's own attention; nil where the parts don't lie as it needs.
  mutating func attention(
    _ node: ONNXNode, _ probabilities: ONNXActivation, _ values: ONNXActivation
  ) throws(ONNXProblem) -> ONNXActivation? {
    guard case .probabilities(let queries, let keys, let factor) = facts[probabilities.node],
      queries.rank == values.rank, keys.rank == values.rank, values.rank >= 3
    else { return nil }
    let (token, channel) = (values.rank - 2, values.rank - 1)
    let heads = (0..<token).map { values.sampleLength($0) }.reduce(1, *)
    let (count, width) = (values.shape[token], values.shape[channel])
    let leading = Array(0..<token)
    guard queries.shape == values.shape, keys.shape == values.shape.dropLast(2) + [width, count],
      values.batchAxis.map({ $0 < token }) ?? false,
      isTokens(queries, [token] + leading + [channel]),
      isTokens(keys, [channel] + leading + [token]), isTokens(values, [token] + leading + [channel])
    else { return nil }
    let channels = heads * width
    let parts = [queries, keys, values].map { part(of: $0, channels: channels) }
    // The ratio of the scale that is written to the one that the operator has.
    let ratio = factor * parts[0].factor * parts[1].factor * Float(width).squareRoot()
    guard parts[2].factor == 1 else { return nil }
    let isScaled = abs(ratio - 1) > 1e-4
    let source: Int
    if !isScaled, parts.allSatisfy({ $0.node == parts[0].node }),
      parts.map(\.offset) == [0, channels, 2 * channels],
      nodes[parts[0].node].shape.channels == 3 * channels
    {
      source = try viewed(parts[0].node, as: [count, 3 * channels])
    } else {
      guard let joined = try joined(parts, channels: channels, ratio: ratio, node) else {
        return nil
      }
      source = try viewed(joined, as: [count, 3 * channels])
    }
    let operation = Attention(heads: heads)
    guard (try? operation.outputShape(of: [nodes[source].shape])) != nil else { return nil }
    let place = try emit(output(node), operation, [source])
    return ONNXActivation(
      node: place, shape: values.shape, order: [token] + leading + [channel])
  }

  private func isTokens(_ x: ONNXActivation, _ order: [Int]) -> Bool {
    x.memory(of: order) == Array(x.factors.indices)
  }

  private func part(of x: ONNXActivation, channels: Int) -> Part {
    var part = Part(node: origin(x.node), offset: 0, factor: 1)
    while let (source, factor) = product(part.node) {
      part.node = origin(source)
      part.factor *= factor
    }
    if case .channels(let source, let offset, channels) = facts[part.node] {
      part.node = origin(source)
      part.offset = offset
    }
    return part
  }

  /// One linear layer for those of queries, keys and values.
  private mutating func joined(
    _ parts: [Part], channels: Int, ratio: Float, _ node: ONNXNode
  ) throws(ONNXProblem) -> Int? {
    var (weights, biases, inputs, names) = ([Float](), [Float](), [Int](), [String]())
    for (index, part) in parts.enumerated() {
      let source = nodes[part.node]
      guard let layer = source.operation as? Linear, layer.outputs >= part.offset + channels,
        layer.outputs == channels || part.offset % channels == 0,
        let weight = source.state.first(where: { $0.name == "\(layer.name).weight" })?.tensor
      else { return nil }
      let bias = source.state.first { $0.name == "\(layer.name).bias" }?.tensor
      let factor = index == 0 ? ratio : 1
      let row = layer.inputs
      let from = part.offset * row
      weights += weight.withUnsafeBufferPointer { values in
        values[from..<(from + channels * row)].map { $0 * factor }
      }
      biases +=
        bias.map { $0.values[part.offset..<(part.offset + channels)].map { $0 * factor } }
        ?? Array(repeating: 0, count: channels)
      inputs.append(source.inputs[0])
      names.append(layer.name)
    }
    guard inputs.allSatisfy({ $0 == inputs[0] }) else { return nil }
    let width = nodes[inputs[0]].shape.channels
    let parent = names[0].split(separator: ".").dropLast().joined(separator: ".")
    let name = parameterName(parent.isEmpty ? "\(output(node)).qkv" : "\(parent).qkv")
    return try emit(
      "\(output(node))/qkv", Linear(name, from: width, to: 3 * channels), [inputs[0]],
      [
        ("\(name).weight", Tensor(shape: [3 * channels, width], values: weights)),
        ("\(name).bias", Tensor(shape: [3 * channels], values: biases)),
      ])
  }
}
