internal import Networks
internal import Tensors

/// Constants that hold one value for each channel: biases, scales, what a normalisation ends with.
extension ONNXLowering {
  /// An activation and a constant, where that is part of a layer; nil where it is not.
  mutating func completed(
    _ node: ONNXNode, _ function: Arithmetic.Function, _ x: ONNXActivation, _ constant: ONNXArray,
    _ isFirst: Bool, _ name: String
  ) throws(ONNXProblem) -> ONNXActivation? {
    guard !isFirst else { return nil }
    if let channels = channels(of: x, constant) {
      let values = constant.reshaped(to: [channels])
      switch function {
      case .add: return try shifted(node, x, values, name)
      case .multiply: return try scaled(node, x, values, name)
      default: return nil
      }
    }
    return function == .add ? try embedded(node, x, constant, name) : nil
  }

  /// How many channels an activation has, if the constant holds a value for each and they are the
  /// innermost axis of its memory.
  private func channels(of x: ONNXActivation, _ constant: ONNXArray) -> Int? {
    let shape = constant.shape
    guard shape.count <= x.rank else { return nil }
    let long = shape.indices.filter { shape[$0] > 1 }
    guard long.count == 1 else { return nil }
    let axis = long[0] + x.rank - shape.count
    let factors = x.axes[axis]
    guard x.shape[axis] == shape[long[0]], let first = factors.first, first >= 0,
      factors == Array(first..<x.factors.count), nodes[x.node].shape.channels == shape[long[0]]
    else { return nil }
    return shape[long[0]]
  }

  /// `x + b`: the bias of the product before it, the shift of a normalisation.
  private mutating func shifted(
    _ node: ONNXNode, _ x: ONNXActivation, _ values: ONNXArray, _ name: String
  ) throws(ONNXProblem) -> ONNXActivation? {
    let before = nodes[x.node]
    guard hasOneReader(x.node) else { return nil }
    var result = x
    switch before.operation {
    case let layer as any ChannelScalable where layer.epilogue == .none:
      result.node = try emit(
        output(node), layer.withBias(), before.inputs,
        with(bias: values, "\(layer.name).bias", before.state))
    case is LayerScale:
      // A scale and a shift behind a product, as BatchNorm is written out, are part of it.
      let product = nodes[before.inputs[0]]
      guard let layer = product.operation as? any ChannelScalable, layer.epilogue == .none,
        hasOneReader(before.inputs[0]), let scale = before.state.first?.tensor
      else { return nil }
      let state = product.state.map { entry in
        (
          name: entry.name,
          tensor: ONNXArray(shape: entry.tensor.shape, floats: entry.tensor.storage)
            .scaledRows(by: scale.storage).tensor()
        )
      }
      result.node = try emit(
        output(node), layer.withBias(), product.inputs,
        with(bias: values, "\(layer.name).bias", state))
    case let norm as LayerNorm where !norm.hasBias:
      result.node = try emit(
        output(node), LayerNorm(norm.name, channels: norm.channels, epsilon: norm.epsilon),
        before.inputs, before.state + [("\(norm.name).bias", values.tensor())])
    case let norm as GroupNorm where norm.epilogue == .none:
      result.node = try emit(
        output(node), norm, before.inputs, with(bias: values, "\(norm.name).bias", before.state))
    default: return nil
    }
    return result
  }

  /// The state with values added to a bias, or with that bias.
  private func with(
    bias: ONNXArray, _ name: String, _ state: [(name: String, tensor: Tensor)]
  ) -> [(name: String, tensor: Tensor)] {
    var state = state
    guard let place = state.firstIndex(where: { $0.name == name }) else {
      return state + [(name, bias.tensor())]
    }
    let values = zip(state[place].tensor.values, bias.numbers).map { $0 + $1 }
    state[place].tensor = Tensor(shape: [values.count], values: values)
    return state
  }

  /// `γ · x`: the scale of a normalisation, or one of its own.
  private mutating func scaled(
    _ node: ONNXNode, _ x: ONNXActivation, _ values: ONNXArray, _ name: String
  ) throws(ONNXProblem) -> ONNXActivation? {
    let before = nodes[x.node]
    let channels = values.count
    var result = x
    if case .plainNorm = facts[x.node] {
      switch before.operation {
      case let norm as LayerNorm:
        let own = layer(of: name)
        result.node = try emit(
          output(node),
          LayerNorm(own, channels: channels, epsilon: norm.epsilon, hasBias: false), before.inputs,
          [("\(own).weight", values.tensor())])
        return result
      case let norm as GroupNorm:
        let own = layer(of: name)
        let factors = values.floats
        let state = before.state.map { entry in
          let old = entry.tensor.storage
          return (
            name: own + entry.name.dropFirst(norm.name.count),
            tensor: ONNXArray(shape: [channels], floats: old).scaledRows(by: factors).tensor()
          )
        }
        result.node = try emit(
          output(node),
          GroupNorm(own, channels: channels, groups: norm.groups, epsilon: norm.epsilon),
          before.inputs, state)
        return result
      default: break
      }
    }
    let own = parameterName(name.isEmpty ? "\(output(node)).scale" : name)
    result.node = try emit(
      output(node), LayerScale(own, channels: channels), [x.node], [(own, values.tensor())])
    return result
  }

  /// The layer that a scale's name belongs to.
  private mutating func layer(of name: String) -> String {
    parameterName(name.hasSuffix(".weight") ? String(name.dropLast(7)) : name)
  }

  /// Positions added to tokens.
  private mutating func embedded(
    _ node: ONNXNode, _ x: ONNXActivation, _ constant: ONNXArray, _ name: String
  ) throws(ONNXProblem) -> ONNXActivation? {
    guard x.rank == 3, var parts = tokenParts(x), parts.positions == nil,
      constant.shape.count >= 2, constant.shape.suffix(2) == x.shape.suffix(2),
      constant.shape.dropLast(2).allSatisfy({ $0 == 1 })
    else { return nil }
    parts.positions = (name, constant)
    parts.embedsPrefix = !parts.prefixes.isEmpty
    return try tokens(node, parts)
  }

  /// A sequence of tokens that a map's pixels are, in the order of its memory.
  func tokenParts(_ x: ONNXActivation) -> TokenParts? {
    let shape = nodes[x.node].shape
    guard x.rank == 3, x.axes[0] == [ONNXActivation.batch],
      x.memory(of: [1, 2]) == Array(x.factors.indices), x.shape[1] == shape.pixels,
      x.shape[2] == shape.channels
    else { return nil }
    if case .tokens(let parts) = facts[x.node] { return parts }
    guard shape.isMap else { return nil }
    return TokenParts(map: x.node)
  }

  /// Writes a token embedding.
  mutating func tokens(
    _ node: ONNXNode, _ parts: TokenParts
  ) throws(ONNXProblem) -> ONNXActivation {
    let map = nodes[parts.map].shape
    var state: [(name: String, tensor: Tensor)] = []
    var prefixes: [TokenEmbedding.Prefix] = []
    for (name, array) in parts.prefixes {
      let own = parameterName(name.isEmpty ? "cls_token" : name)
      let count = array.count / map.channels
      prefixes.append(TokenEmbedding.Prefix(own, count: count))
      state.append((own, array.tensor(shape: [1, count, map.channels])))
    }
    var positions: String?
    if let (name, array) = parts.positions {
      let own = parameterName(name.isEmpty ? "pos_embed" : name)
      positions = own
      state.append(
        (own, array.tensor(shape: [1, array.count / map.channels, map.channels])))
    }
    let operation = TokenEmbedding(
      channels: map.channels, grid: Grid(rows: map.height, columns: map.width), prefixes: prefixes,
      positions: positions, embedsPrefix: parts.embedsPrefix)
    let place = try emit(output(node), operation, [parts.map], state)
    facts[place] = .tokens(parts)
    return ONNXActivation(
      node: place,
      shape: [ONNXAxes.batch, operation.prefixCount + map.pixels, map.channels])
  }
}
