internal import Networks
internal import Tensors

/// Operators that choose, join and rearrange places.
extension ONNXLowering {
  /// `Reshape`, `Flatten`, `Squeeze`, `Unsqueeze`: the same memory under other axes.
  mutating func reshape(_ node: ONNXNode) throws(ONNXProblem) -> ONNXActivation {
    let x = try activation(node, 0)
    switch node.type {
    case "Flatten":
      let axis = try ONNXAxes.end(node.integer("axis") ?? 1, rank: x.rank)
      let shape = x.shape
      return try reshaped(
        x, to: [shape[..<axis].reduce(1, *), shape[axis...].reduce(1, *)])
    case "Squeeze":
      return try reshaped(
        x, to: try ONNXAxes.squeezed(x.shape, try folding.axes(of: node, try constant(node, 1))))
    case "Unsqueeze":
      return try reshaped(
        x,
        to: try ONNXAxes.unsqueezed(
          x.shape, try folding.axes(of: node, try constant(node, 1)) ?? []))
    default:
      var target: [Int]
      if let shape = node.integers("shape") {
        target = shape
      } else {
        target = try folding.integers(try needed(node, 1))
      }
      if x.batchAxis == 0, let first = target.first, first > 0, !ONNXAxes.isBatch(first),
        first % samples == 0, first < ONNXAxes.batch
      {
        // Exported for a fixed number of samples, which the shape then names.
        target[0] = first / samples * ONNXAxes.batch
      }
      return try reshaped(
        x, to: try ONNXAxes.reshape(x.shape, to: target, keepsZero: node.integer("allowzero") == 1))
    }
  }

  /// `Transpose`: the same memory.
  mutating func transposed(_ node: ONNXNode) throws(ONNXProblem) -> ONNXActivation {
    let x = try activation(node, 0)
    return x.transposed(try ONNXAxes.permutation(node.integers("perm"), rank: x.rank))
  }

  /// `Expand`.
  mutating func expanded(_ node: ONNXNode) throws(ONNXProblem) -> ONNXActivation {
    let x = try activation(node, 0)
    let target = try folding.integers(try needed(node, 1))
    if let shape = ONNXArray.broadcast(x.shape, target.map { $0 == samples ? 1 : $0 }),
      shape == x.shape
    {
      return x
    }
    let shape = target.enumerated().map { axis, length in
      ONNXAxes.isBatch(length) ? 1 : length
    }
    guard let count = elementCount(of: shape) else { throw .malformed("\(target) is no shape") }
    try folding.spend(count)
    let zeros = ONNXArray(shape: shape, floats: Array(repeating: 0, count: count))
    return try combine(node, .add, x, zeros, isFirst: false, constantName: "")
  }

  /// `Slice`.
  mutating func slice(_ node: ONNXNode) throws(ONNXProblem) -> ONNXActivation {
    var x = try activation(node, 0)
    var inputs: [ONNXArray?] = [nil]
    for index in 1..<max(1, node.inputs.count) { inputs.append(try constant(node, index)) }
    for cut in try folding.cuts(of: node, inputs, rank: x.rank) {
      let (first, count) = ONNXAxes.cut(
        x.shape[cut.axis], from: cut.start, to: cut.end, by: cut.step)
      x = try sliced(output(node), x, axis: cut.axis, from: first, count: count, step: cut.step)
    }
    return x
  }

  /// Some places of one axis.
  mutating func sliced(
    _ name: String, _ x: ONNXActivation, axis: Int, from first: Int, count: Int, step: Int = 1
  ) throws(ONNXProblem) -> ONNXActivation {
    let length = x.shape[axis]
    if count == length, step == 1 { return x }
    guard count > 0 else { throw .unsupported("it leaves nothing of an axis") }
    guard !ONNXAxes.isBatch(length) else { throw .unsupported("it chooses among samples") }
    if length == 1 { return x }
    let order = x.naturalOrder ?? Array(0..<x.rank)
    let kept = order.filter { x.sampleLength($0) > 1 }
    guard let place = kept.firstIndex(of: axis) else { throw .malformed("it has no axis \(axis)") }
    var shape = x.shape
    shape[axis] = count
    let source = try arranged(x, kept)
    let node: Int
    if place == kept.count - 1, step == 1 {
      node = try emit(name, ChannelSlice(first..<(first + count)), [source])
    } else if kept.count == 2, place == 0, count == 1 {
      node = try emit(name, TokenPooling.token(first), [source])
    } else {
      // What lies behind the last place in the direction of the step; before the first, the least end.
      let end = first + count * step
      node = try emit(
        name, Slice([Slice.Cut(axis: place, from: first, to: end < 0 ? .min : end, by: step)]),
        [source])
    }
    if step == 1 {
      let inner = kept[(place + 1)...].reduce(1) { $0 * x.sampleLength($1) }
      let whole = origin(source)
      if nodes[whole].shape.channels == length * inner {
        facts[node] = .channels(of: whole, offset: first * inner, count: count * inner)
      }
    }
    return ONNXActivation(node: node, shape: shape, order: order)
  }

  /// `Split`: all outputs.
  mutating func split(_ node: ONNXNode) throws(ONNXProblem) -> [ONNXActivation] {
    let x = try activation(node, 0)
    let axis = try ONNXAxes.axis(node.integer("axis") ?? 0, rank: x.rank)
    guard x.batchAxis != axis else { throw .unsupported("it splits samples") }
    let parts = try folding.parts(of: node, try constant(node, 1), length: x.shape[axis])
    var (first, results) = (0, [ONNXActivation]())
    for (index, part) in parts.enumerated() {
      results.append(
        try sliced(node.outputs[index], x, axis: axis, from: first, count: part))
      first += part
    }
    return results
  }

  /// `Gather` with constant indices.
  mutating func gather(_ node: ONNXNode) throws(ONNXProblem) -> ONNXActivation {
    let x = try activation(node, 0)
    let axis = try ONNXAxes.axis(node.integer("axis") ?? 0, rank: x.rank)
    let indices = try needed(node, 1)
    let length = x.shape[axis]
    var places: [Int] = []
    for index in try folding.integers(indices) {
      guard (-length..<length).contains(index) else {
        throw .malformed("index \(index) is outside its \(length) places")
      }
      places.append(index < 0 ? index + length : index)
    }
    guard let first = places.first else { throw .unsupported("it chooses nothing") }
    if ONNXAxes.isBatch(length), places == Array(0..<ONNXAxes.withoutBatch(length)),
      let samples = indices.shape.first
    {
      // All places of the first sample stand for those of each.
      return try reshaped(
        x,
        to: Array(x.shape[..<axis]) + [samples * ONNXAxes.batch] + indices.shape.dropFirst()
          + x.shape[(axis + 1)...])
    }
    let result: ONNXActivation
    if places.indices.allSatisfy({ places[$0] == first + $0 }) {
      result = try sliced(output(node), x, axis: axis, from: first, count: places.count)
    } else {
      result = try gathered(output(node), x, axis: axis, places)
    }
    return try reshaped(
      result, to: Array(result.shape[..<axis]) + indices.shape + result.shape[(axis + 1)...])
  }

  /// Places of one axis by a list.
  private mutating func gathered(
    _ name: String, _ x: ONNXActivation, axis: Int, _ places: [Int]
  ) throws(ONNXProblem) -> ONNXActivation {
    guard x.batchAxis != axis else { throw .unsupported("it chooses among samples") }
    let order = x.naturalOrder ?? Array(0..<x.rank)
    let kept = order.filter { x.sampleLength($0) > 1 || $0 == axis }
    let place = kept.firstIndex(of: axis) ?? 0
    var shape = x.shape
    shape[axis] = places.count
    return ONNXActivation(
      node: try emit(name, Gather(places, axis: place), [try arranged(x, kept)]),
      shape: shape, order: order)
  }

  /// `Concat`.
  mutating func concatenated(_ node: ONNXNode) throws(ONNXProblem) -> ONNXActivation {
    var operands: [ONNXActivation] = []
    var given: [ONNXValue] = []
    for index in node.inputs.indices {
      guard let value = try value(node, index) else { continue }
      given.append(value)
    }
    guard
      case .activation(let model)? = given.first(where: {
        if case .activation = $0 { true } else { false }
      })
    else { throw .malformed("it joins nothing") }
    let axis = try ONNXAxes.axis(node.integer("axis") ?? 0, rank: model.rank)
    guard model.batchAxis != axis else { throw .unsupported("it joins samples") }
    if given.count == 1 { return model }
    if let tokens = try prefixed(node, given, axis: axis) { return tokens }
    for (index, value) in given.enumerated() {
      switch value {
      case .activation(let activation): operands.append(activation)
      case .constant(let array):
        operands.append(try learnt(array, named: node.inputs[index]))
      }
    }
    var shape = model.shape
    shape[axis] = 0
    for operand in operands {
      guard operand.rank == model.rank,
        shape.indices.allSatisfy({
          $0 == axis || operand.sampleLength($0) == model.sampleLength($0)
        }), operand.batchAxis == nil || operand.batchAxis == model.batchAxis
      else { throw .malformed("it joins \(model.shape) and \(operand.shape)") }
      shape[axis] += operand.shape[axis]
    }
    let order = operands.lazy.compactMap(\.naturalOrder).first ?? Array(0..<model.rank)
    let kept = order.filter { model.sampleLength($0) > 1 || $0 == axis }
    let place = kept.firstIndex(of: axis) ?? 0
    var sources: [Int] = []
    for operand in operands { sources.append(try arranged(operand, kept)) }
    let joined = try emit(
      output(node), Concatenation(axis: place == kept.count - 1 ? -1 : place), sources)
    return ONNXActivation(node: joined, shape: shape, order: order)
  }

  /// Constant tokens before those of a map.
  private mutating func prefixed(
    _ node: ONNXNode, _ given: [ONNXValue], axis: Int
  ) throws(ONNXProblem) -> ONNXActivation? {
    guard axis == 1, case .activation(let x)? = given.last, var parts = tokenParts(x),
      parts.prefixes.isEmpty
    else { return nil }
    for (index, value) in given.dropLast().enumerated() {
      guard case .constant(let array) = value, array.shape.count == 3, array.shape[0] == 1,
        array.shape[2] == x.shape[2], array.shape[1] > 0
      else { return nil }
      parts.prefixes.append((node.inputs[index], array))
    }
    return try tokens(node, parts)
  }

  /// `Pad` with a constant value, or with what the array itself holds: mirrored, or its border repeated.
  mutating func padded(_ node: ONNXNode) throws(ONNXProblem) -> ONNXActivation {
    var x = try activation(node, 0)
    let mode = node.text("mode") ?? "constant"
    let pads: [Int]
    if let given = node.integers("pads") ?? node.integers("paddings") {
      pads = given
    } else {
      pads = try folding.integers(try needed(node, 1))
    }
    let axes = try constant(node, 3).map { (array) throws(ONNXProblem) in
      try ONNXAxes.axes(try folding.integers(array), rank: x.rank)
    }
    let named = axes ?? Array(0..<x.rank)
    guard pads.count == 2 * named.count else { throw .malformed("it pads by \(pads)") }
    var (before, after) = (
      Array(repeating: 0, count: x.rank), Array(repeating: 0, count: x.rank)
    )
    for (index, axis) in named.enumerated() {
      (before[axis], after[axis]) = (pads[index], pads[index + named.count])
    }
    guard (before + after).allSatisfy({ abs(max($0, -Int.max)) <= ONNXLowering.largestWindow })
    else {
      throw .unsupported("it pads by \(pads)")
    }
    for axis in 0..<x.rank where min(before[axis], after[axis]) < 0 {
      let (front, back) = (max(0, -before[axis]), max(0, -after[axis]))
      x = try sliced(
        output(node), x, axis: axis, from: front, count: x.shape[axis] - front - back)
      (before[axis], after[axis]) = (max(0, before[axis]), max(0, after[axis]))
    }
    if (before + after).allSatisfy({ $0 == 0 }) { return x }
    if mode == "reflect" || mode == "edge" {
      for axis in 0..<x.rank where before[axis] + after[axis] > 0 {
        let last = x.shape[axis] - 1
        guard mode == "edge" || max(before[axis], after[axis]) <= last else {
          throw .malformed("it mirrors \(max(before[axis], after[axis])) of \(last + 1) places")
        }
        let places = (-before[axis]...(last + after[axis])).map { (place: Int) -> Int in
          if mode == "edge" { return min(max(place, 0), last) }
          return place < 0 ? -place : place > last ? 2 * last - place : place
        }
        x = try gathered(output(node), x, axis: axis, places)
      }
      return x
    }
    guard mode == "constant" else { throw .unsupported("it pads by '\(mode)'") }
    let value = try number(node, "value", input: 2) ?? 0
    let order = x.naturalOrder ?? Array(0..<x.rank)
    guard x.batchAxis.map({ before[$0] == 0 && after[$0] == 0 }) ?? true else {
      throw .unsupported("it pads samples")
    }
    let isMap =
      x.rank == 4
      && order.filter { $0 != 0 && x.sampleLength($0) > 1 }
        == [2, 3, 1].filter { x.sampleLength($0) > 1 }
    let kept =
      isMap
      ? [2, 3, 1] : order.filter { x.sampleLength($0) > 1 || before[$0] + after[$0] > 0 }
    var shape = x.shape
    for axis in 0..<x.rank { shape[axis] += before[axis] + after[axis] }
    try check(size: shape)
    let place = try emit(
      output(node),
      Pad(before: kept.map { before[$0] }, after: kept.map { after[$0] }, value: value),
      [try arranged(x, kept)])
    return ONNXActivation(
      node: place, shape: shape, order: kept + order.filter { !kept.contains($0) })
  }

  /// `DepthToSpace` and `SpaceToDepth`.
  mutating func exchanged(_ node: ONNXNode) throws(ONNXProblem) -> ONNXActivation {
    let x = try activation(node, 0)
    let size = node.integer("blocksize") ?? 0
    guard x.rank == 4, 1...ONNXLowering.largestWindow ~= size else {
      throw .malformed("its blocks are of \(size)")
    }
    let (n, c, h, w) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
    if node.type == "SpaceToDepth" {
      guard h % size == 0, w % size == 0 else { throw .malformed("blocks of \(size) in \(h)×\(w)") }
      let cut = try reshaped(x, to: [n, c, h / size, size, w / size, size])
      return try reshaped(
        cut.transposed([0, 3, 5, 1, 2, 4]), to: [n, c * size * size, h / size, w / size])
    }
    guard c % (size * size) == 0 else { throw .malformed("blocks of \(size) in \(c) channels") }
    let depth = c / (size * size)
    let isCRD = node.text("mode") == "CRD"
    let cut = try reshaped(
      x, to: isCRD ? [n, depth, size, size, h, w] : [n, size, size, depth, h, w])
    return try reshaped(
      cut.transposed(isCRD ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2]),
      to: [n, depth, h * size, w * size])
  }
}
