internal import Networks
internal import Tensors

/// Normalisations, reductions and resizing.
extension ONNXLowering {
  /// `BatchNormalization` with its running statistics.
  mutating func batchNorm(_ node: ONNXNode) throws(ONNXProblem) -> ONNXActivation {
    let x = try activation(node, 0)
    guard node.integer("training_mode") ?? 0 == 0, node.integer("spatial") ?? 1 == 1, x.rank >= 2
    else { throw .unsupported("it normalises as in training") }
    let channels = x.sampleLength(1)
    var values: [Tensor] = []
    for index in 1...4 {
      let array = try needed(node, index)
      guard array.count == channels else {
        throw .malformed("it has \(array.count) values for \(channels) channels")
      }
      values.append(array.tensor(shape: [channels]))
    }
    let name = layerName(node, weight: 1)
    let (source, order) = try channelsInnermost(x)
    let endings = ["weight", "bias", "running_mean", "running_var"]
    let place = try emit(
      output(node), BatchNorm(name, channels: channels, epsilon: node.float("epsilon") ?? 1e-5),
      [source], zip(endings, values).map { ("\(name).\($0)", $1) })
    return ONNXActivation(node: place, shape: x.shape, order: order)
  }

  /// A node with axis 1 innermost, and the order of the axes in its memory.
  private mutating func channelsInnermost(
    _ x: ONNXActivation
  ) throws(ONNXProblem) -> (node: Int, order: [Int]) {
    let order = Array(0..<x.rank).filter { $0 != 1 } + [1]
    let swapped = x.transposed(order)
    let (node, memory) = try channelsLast(swapped)
    return (node, memory.map { order[$0] })
  }

  /// `LayerNormalization` over the last axis.
  mutating func layerNorm(_ node: ONNXNode) throws(ONNXProblem) -> ONNXActivation {
    var x = try activation(node, 0)
    let shape = x.shape
    let axis = try ONNXAxes.axis(node.integer("axis") ?? -1, rank: x.rank)
    if axis != x.rank - 1 {
      // Several axes are normalised as one.
      x = try reshaped(x, to: Array(shape[..<axis]) + [shape[axis...].reduce(1, *)])
    }
    let channels = x.shape[axis]
    guard x.batchAxis != axis else { throw .unsupported("it normalises over samples") }
    let (scale, bias) = (try needed(node, 1), try constant(node, 2))
    guard scale.count == channels, bias.map({ $0.count == channels }) ?? true else {
      throw .unsupported("its scale has \(scale.count) values for \(channels) channels")
    }
    let name = layerName(node, weight: 1)
    let (source, order) = try channelsLast(x)
    var state = [(name: "\(name).weight", tensor: scale.tensor(shape: [channels]))]
    if let bias { state.append(("\(name).bias", bias.tensor(shape: [channels]))) }
    let place = try emit(
      output(node),
      LayerNorm(
        name, channels: channels, epsilon: node.float("epsilon") ?? 1e-5, hasBias: bias != nil),
      [source], state)
    let y = ONNXActivation(node: place, shape: x.shape, order: order)
    return axis == shape.count - 1 ? y : try reshaped(y, to: shape)
  }

  /// `InstanceNormalization` and `GroupNormalization`.
  mutating func groupNorm(_ node: ONNXNode) throws(ONNXProblem) -> ONNXActivation {
    let x = try activation(node, 0)
    let (scale, bias) = (try needed(node, 1), try needed(node, 2))
    let epsilon = node.float("epsilon") ?? 1e-5
    guard x.rank >= 3, x.batchAxis == 0, x.sampleLength(0) == 1, scale.count == bias.count,
      scale.count > 0
    else { throw .unsupported("it normalises \(x.shape)") }
    let places = x.sampleLength(1)
    let groups = node.type == "GroupNormalization" ? node.integer("num_groups") ?? 0 : places
    guard groups > 0, places % groups == 0 else { throw .malformed("\(groups) groups") }
    let order: [Int]
    let source: Int
    let channels: Int
    let rest = Array(2..<x.rank)
    // PyTorch writes group normalisation as that of instances [N, groups, rest], where the rest are a
    // group's channels and then all pixels; in memory pixels come first.
    let sequence = x.rank == 3 ? x.axes[1] + x.axes[2] : []
    if groups == places, let first = sequence.first,
      sequence == Array(first..<x.factors.count) + Array(0..<first)
    {
      channels = x.factors[first...].reduce(1, *)
      let pixels = x.factors[..<first].reduce(1, *)
      source = try viewed(x.node, as: (first > 0 ? [pixels] : []) + [channels])
      order = []
    } else {
      channels = places
      source = try arranged(x, rest + [1])
      order = [0] + rest + [1]
    }
    func spread(_ array: ONNXArray) throws(ONNXProblem) -> Tensor {
      guard channels % array.count == 0 else {
        throw .malformed("it has \(array.count) values for \(channels) channels")
      }
      let times = channels / array.count
      let values = array.numbers.flatMap { Array(repeating: $0, count: times) }
      return Tensor(shape: [channels], values: values)
    }
    let name = layerName(node, weight: 1)
    let place = try emit(
      output(node), GroupNorm(name, channels: channels, groups: groups, epsilon: epsilon), [source],
      [("\(name).weight", try spread(scale)), ("\(name).bias", try spread(bias))])
    if scale.uniform == 1, bias.uniform == 0 { facts[place] = .plainNorm }
    guard order.isEmpty else { return ONNXActivation(node: place, shape: x.shape, order: order) }
    var result = x
    result.node = place
    return result
  }

  /// `LpNormalization` of order 2 over the last axis.
  mutating func lengthNormalised(_ node: ONNXNode) throws(ONNXProblem) -> ONNXActivation {
    let x = try activation(node, 0)
    let axis = try ONNXAxes.axis(node.integer("axis") ?? -1, rank: x.rank)
    guard node.integer("p") ?? 2 == 2, axis == x.rank - 1, x.batchAxis != axis else {
      throw .unsupported("a norm of order \(node.integer("p") ?? 2) over axis \(axis)")
    }
    let (source, order) = try channelsLast(x)
    let place = try emit(output(node), L2Normalization(), [source])
    return ONNXActivation(node: place, shape: x.shape, order: order)
  }

  /// `ReduceMean` and its relatives.
  mutating func reduced(
    _ node: ONNXNode, _ x: ONNXActivation, _ function: Reduction.Function
  ) throws(ONNXProblem) -> ONNXActivation {
    let named = try folding.axes(of: node, try constant(node, 1))
    if named?.isEmpty ?? true, node.integer("noop_with_empty_axes") == 1 { return x }
    let axes =
      named.map { $0.isEmpty } ?? true
      ? Array(0..<x.rank) : try ONNXAxes.axes(named ?? [], rank: x.rank)
    return try reduced(
      output(node), x, function, over: axes, keepsAxes: node.integer("keepdims") != 0)
  }

  /// A reduction over some axes.
  mutating func reduced(
    _ name: String, _ x: ONNXActivation, _ function: Reduction.Function, over axes: [Int],
    keepsAxes: Bool
  ) throws(ONNXProblem) -> ONNXActivation {
    guard x.batchAxis.map({ !axes.contains($0) }) ?? true else {
      throw .unsupported("it reduces over samples")
    }
    var shape = x.shape
    for axis in axes { shape[axis] = 1 }
    var result = x
    let long = axes.filter { x.sampleLength($0) > 1 }
    if !long.isEmpty {
      let order = x.naturalOrder ?? Array(0..<x.rank)
      let kept = order.filter { x.sampleLength($0) > 1 }
      let source = try arranged(x, kept)
      let places = kept.indices.filter { long.contains(kept[$0]) }
      let isPooling =
        function == .mean && places == Array(kept.indices.dropLast()) && kept.count > 1
      let place = try emit(
        name,
        isPooling
          ? GlobalAveragePool() : Reduction(function, over: places, keepsAxes: true), [source])
      result = ONNXActivation(node: place, shape: shape, order: order)
    }
    if keepsAxes { return result }
    return try reshaped(
      result, to: shape.indices.filter { !axes.contains($0) }.map { shape[$0] })
  }

  /// `ReduceL2`: the length of vectors.
  mutating func lengths(_ node: ONNXNode) throws(ONNXProblem) -> ONNXActivation {
    let x = try activation(node, 0)
    let squares = try elementwise(node, x, Power(2))
    return try elementwise(node, try reduced(node, squares, .sum), Power(0.5))
  }

  /// `GlobalAveragePool` and `GlobalMaxPool`.
  mutating func globalPooling(_ node: ONNXNode) throws(ONNXProblem) -> ONNXActivation {
    let x = try activation(node, 0)
    guard x.rank > 2 else { throw .unsupported("a pooling of \(x.shape)") }
    return try reduced(
      output(node), x, node.type == "GlobalMaxPool" ? .maximum : .mean,
      over: Array(2..<x.rank), keepsAxes: true)
  }

  /// `Resize` and `Upsample`.
  mutating func resized(_ node: ONNXNode) throws(ONNXProblem) -> ONNXActivation {
    let x = try activation(node, 0)
    guard x.rank == 4, x.batchAxis == 0, x.sampleLength(0) == 1 else {
      throw .unsupported("it resizes \(x.shape)")
    }
    let isOld = node.type == "Upsample" || opset < 11
    func list(_ index: Int) throws(ONNXProblem) -> ONNXArray? {
      let array = try constant(node, index)
      return array?.count == 0 ? nil : array
    }
    var scales = try list(isOld ? 1 : 2)?.numbers.map(Double.init)
    if let own = node.floats("scales") { scales = own.map(Double.init) }
    let sizes =
      isOld
      ? nil
      : try list(3).map { (array) throws(ONNXProblem) in
        try folding.integers(array)
      }
    let axes = try ONNXAxes.axes(node.integers("axes") ?? Array(0..<4), rank: 4)
    let count = sizes?.count ?? scales?.count ?? 0
    guard count == axes.count, node.text("keep_aspect_ratio_policy") ?? "stretch" == "stretch"
    else {
      throw .unsupported("it resizes by \(count) numbers")
    }
    var size = (x.sampleLength(2), x.sampleLength(3))
    for (index, axis) in axes.enumerated() {
      let length = x.shape[axis]
      let target: Int
      if let sizes {
        target = sizes[index] == samples && axis == 0 ? length : sizes[index]
      } else {
        let scale = scales?[index] ?? 1
        guard scale > 0, scale <= Double(ONNXLowering.largestWindow) else {
          throw .malformed("it resizes by \(scale)")
        }
        target = axis < 2 && scale == 1 ? length : Int((Double(length) * scale).rounded(.down))
      }
      switch axis {
      case 2: size.0 = target
      case 3: size.1 = target
      default:
        guard target == length else { throw .unsupported("it resizes channels") }
      }
    }
    guard 1...ONNXLowering.largestWindow ~= size.0, 1...ONNXLowering.largestWindow ~= size.1 else {
      throw .unsupported("it resizes to \(size.0)×\(size.1)")
    }
    if size == (x.sampleLength(2), x.sampleLength(3)) { return x }
    try check(size: [size.0, size.1, x.sampleLength(1)])
    let place = try emit(
      output(node),
      Resize(
        .exactly(height: size.0, width: size.1), mode: try resizeMode(node),
        coordinates: try coordinates(node, isOld: isOld)), [try arranged(x, [2, 3, 1])])
    return ONNXActivation(
      node: place, shape: [x.shape[0], x.shape[1], size.0, size.1], order: [0, 2, 3, 1])
  }

  private func resizeMode(_ node: ONNXNode) throws(ONNXProblem) -> Resize.Mode {
    switch node.text("mode") ?? "nearest" {
    case "linear", "bilinear":
      guard node.integer("antialias") ?? 0 == 0 else {
        throw .unsupported("it resizes with a filter against aliasing")
      }
      return .linear
    case "nearest":
      if node.type == "Upsample" || opset < 11 { return .nearest(.floor) }
      switch node.text("nearest_mode") ?? "round_prefer_floor" {
      case "floor": return .nearest(.floor)
      case "ceil": return .nearest(.ceil)
      case "round_prefer_ceil": return .nearest(.preferCeil)
      default: return .nearest(.preferFloor)
      }
    case let mode:
      throw .unsupported("it resizes maps by '\(mode)', and the engine by linear and nearest alone")
    }
  }

  private func coordinates(
    _ node: ONNXNode, isOld: Bool
  ) throws(ONNXProblem) -> Resize.Coordinates {
    if isOld { return .asymmetric }
    switch node.text("coordinate_transformation_mode") ?? "half_pixel" {
    case "half_pixel": return .halfPixel
    case "pytorch_half_pixel": return .pytorchHalfPixel
    case "align_corners": return .alignCorners
    case "asymmetric": return .asymmetric
    case let mode: throw .unsupported("it resizes with the coordinates '\(mode)'")
    }
  }
}
