internal import Tensors

/// Constants cut, joined, chosen and summed.
extension ONNXFolding {
  mutating func split(
    _ node: ONNXNode, _ inputs: [ONNXArray?]
  ) throws(ONNXProblem) -> [ONNXArray]? {
    guard let array = inputs.first ?? nil else { return nil }
    let axis = try ONNXAxes.axis(node.integer("axis") ?? 0, rank: array.shape.count)
    let lengths = try parts(of: node, inputs.count > 1 ? inputs[1] : nil, length: array.shape[axis])
    try spend(array.count)
    let strides = ONNXArray.strides(of: array.shape)
    var (start, result) = (0, [ONNXArray]())
    for length in lengths {
      var shape = array.shape
      shape[axis] = length
      result.append(array.strided(shape: shape, strides: strides, offset: start * strides[axis]))
      start += length
    }
    return result
  }

  /// The lengths that `Split` cuts an axis into.
  func parts(
    of node: ONNXNode, _ input: ONNXArray?, length: Int
  ) throws(ONNXProblem) -> [Int] {
    var given = node.integers("split")
    if let input { given = try integers(input) }
    if let parts = given {
      guard parts.allSatisfy({ $0 >= 0 }), parts.count == node.outputs.count,
        ONNXAxes.product(parts) != nil, parts.reduce(0, { $0 &+ $1 }) == length
      else {
        throw .malformed("parts of \(parts) do not make \(length)")
      }
      return parts
    }
    let count = node.integer("num_outputs") ?? node.outputs.count
    guard count == node.outputs.count, count > 0, length >= count else {
      throw .malformed("\(length) places don't make \(count) parts")
    }
    let part = (length + count - 1) / count
    let last = length - part * (count - 1)
    guard last > 0 else { throw .malformed("\(length) places don't make \(count) parts") }
    return Array(repeating: part, count: count - 1) + [last]
  }

  mutating func concatenated(
    _ node: ONNXNode, _ inputs: [ONNXArray?]
  ) throws(ONNXProblem) -> ONNXArray {
    let arrays = inputs.compactMap { $0 }
    guard let first = arrays.first else { throw .malformed("it joins nothing") }
    let axis = try ONNXAxes.axis(node.integer("axis") ?? 0, rank: first.shape.count)
    var shape = first.shape
    shape[axis] = 0
    for array in arrays {
      guard array.shape.count == shape.count,
        shape.indices.allSatisfy({ $0 == axis || array.shape[$0] == shape[$0] })
      else { throw .malformed("it joins \(first.shape) and \(array.shape)") }
      shape[axis] += array.shape[axis]
    }
    let outer = shape[..<axis].reduce(1, *)
    try spend(arrays.reduce(0) { $0 + $1.count })
    if arrays.allSatisfy(\.isInteger) {
      var values: [Int] = []
      for row in 0..<outer {
        for array in arrays {
          let part = array.count / max(outer, 1)
          values += (array.integers ?? [])[row * part..<(row + 1) * part]
        }
      }
      return ONNXArray(shape: shape, integers: values)
    }
    var values: [Float] = []
    let numbers = arrays.map(\.numbers)
    for row in 0..<outer {
      for array in numbers {
        let part = array.count / max(outer, 1)
        values += array[row * part..<(row + 1) * part]
      }
    }
    return ONNXArray(shape: shape, floats: values)
  }

  mutating func gather(
    _ array: ONNXArray, _ indices: ONNXArray, axis: Int
  ) throws(ONNXProblem) -> ONNXArray {
    let axis = try ONNXAxes.axis(axis, rank: array.shape.count)
    let length = array.shape[axis]
    var chosen: [Int] = []
    for index in try integers(indices) {
      guard (-length..<length).contains(index) else {
        throw .malformed("index \(index) is outside its \(length) places")
      }
      chosen.append(index < 0 ? index + length : index)
    }
    let (outer, inner) = (
      array.shape[..<axis].reduce(1, *), array.shape[(axis + 1)...].reduce(1, *)
    )
    let shape = array.shape[..<axis] + indices.shape + array.shape[(axis + 1)...]
    guard let count = ONNXAxes.product(Array(shape)) else {
      throw .malformed("it gathers too much")
    }
    try spend(count)
    var places: [Int] = []
    places.reserveCapacity(count)
    for row in 0..<outer {
      for index in chosen {
        let start = (row * length + index) * inner
        places += start..<(start + inner)
      }
    }
    return array.gathered(places, shape: Array(shape))
  }

  mutating func slice(
    _ node: ONNXNode, _ array: ONNXArray, _ inputs: [ONNXArray?]
  ) throws(ONNXProblem) -> ONNXArray {
    var (shape, strides, offset) = (array.shape, ONNXArray.strides(of: array.shape), 0)
    for cut in try cuts(of: node, inputs, rank: shape.count) {
      let (first, count) = ONNXAxes.cut(
        shape[cut.axis], from: cut.start, to: cut.end, by: cut.step)
      offset += first * strides[cut.axis]
      shape[cut.axis] = count
      strides[cut.axis] = strides[cut.axis] &* cut.step
    }
    if shape.contains(0) {
      return array.isInteger
        ? ONNXArray(shape: shape, integers: []) : ONNXArray(shape: shape, floats: [])
    }
    try spend(shape.reduce(1, *))
    return array.strided(shape: shape, strides: strides, offset: offset)
  }

  /// The cuts of `Slice`, which are attributes before opset 10; each axis once.
  func cuts(
    of node: ONNXNode, _ inputs: [ONNXArray?], rank: Int
  ) throws(ONNXProblem) -> [(axis: Int, start: Int, end: Int, step: Int)] {
    func list(_ index: Int, _ attribute: String) throws(ONNXProblem) -> [Int]? {
      if let values = node.integers(attribute) { return values }
      guard inputs.indices.contains(index), let array = inputs[index] else { return nil }
      return try integers(array)
    }
    let (starts, ends) = (try list(1, "starts") ?? [], try list(2, "ends") ?? [])
    let axes = try ONNXAxes.axes(
      try list(3, "axes") ?? Array(starts.indices), rank: rank)
    let steps = try list(4, "steps") ?? Array(repeating: 1, count: starts.count)
    guard starts.count == ends.count, axes.count == starts.count, steps.count == starts.count,
      steps.allSatisfy({ $0 != 0 && $0 != .min })
    else { throw .malformed("its starts, ends, axes and steps don't fit together") }
    return axes.indices.map { (axes[$0], starts[$0], ends[$0], steps[$0]) }
  }

  mutating func tile(_ array: ONNXArray, _ repeats: [Int]) throws(ONNXProblem) -> ONNXArray {
    guard repeats.count == array.shape.count else {
      throw .malformed("\(repeats) doesn't repeat \(array.shape)")
    }
    // Each axis as two, of which the first is repeated.
    let times = repeats.map(ONNXAxes.withoutBatch)
    guard let count = ONNXAxes.product(times + array.shape), array.shape.count <= 8 else {
      throw .malformed("it repeats \(array.shape) too often")
    }
    try spend(count)
    let strides = ONNXArray.strides(of: array.shape)
    let spread = array.strided(
      shape: zip(times, array.shape).flatMap { [$0, $1] }, strides: strides.flatMap { [0, $0] })
    return spread.reshaped(to: zip(times, array.shape).map { $0 * $1 })
  }

  mutating func filled(_ shape: [Int], _ node: ONNXNode) throws(ONNXProblem) -> ONNXArray {
    let shape = shape.map(ONNXAxes.withoutBatch)
    guard let count = elementCount(of: shape), shape.count <= 16 else {
      throw .malformed("\(shape) is no shape")
    }
    try spend(count)
    var value = ONNXArray(0)
    if let tensor = node.tensor("value") {
      var reader = ONNXTensorReader(model: nil)
      do { value = try reader.array(tensor) } catch { throw .malformed("its value is no number") }
    }
    guard value.count == 1 else { throw .malformed("its value is no number") }
    if case .integers(let values) = value.elements {
      return ONNXArray(shape: shape, integers: Array(repeating: values[0], count: count))
    }
    return ONNXArray(
      shape: shape, floats: Array(repeating: value.scalar ?? 0, count: count))
  }

  mutating func range(
    _ start: ONNXArray, _ limit: ONNXArray, _ step: ONNXArray
  ) throws(ONNXProblem) -> ONNXArray {
    if case .integers(let limits) = limit.elements, limits.count == 1, ONNXAxes.isBatch(limits[0]),
      start.scalar == 0, step.scalar == 1
    {
      // The numbers of all samples: what follows is computed for the first.
      return ONNXArray(Array(0..<ONNXAxes.withoutBatch(limits[0])))
    }
    if case .integers(let a) = start.elements, case .integers(let b) = limit.elements,
      case .integers(let c) = step.elements, a.count == 1, b.count == 1, c.count == 1, c[0] != 0,
      c[0] != .min
    {
      let (distance, overflow) = b[0].subtractingReportingOverflow(a[0])
      guard !overflow, distance != .min else { throw .malformed("its range is too long") }
      let steps =
        distance.magnitude / c[0].magnitude
        + (distance.magnitude % c[0].magnitude == 0 ? 0 : 1)
      let count = (distance < 0) == (c[0] < 0) ? Int(clamping: steps) : 0
      try spend(count)
      return ONNXArray((0..<count).map { a[0] + $0 * c[0] })
    }
    guard let a = start.scalar, let b = limit.scalar, let c = step.scalar,
      let count = Int(exactly: max(0, ((b - a) / c).rounded(.up)))
    else { throw .malformed("its range is none") }
    try spend(count)
    return ONNXArray(shape: [count], floats: (0..<count).map { a + Float($0) * c })
  }

  mutating func select(
    _ condition: ONNXArray, _ a: ONNXArray, _ b: ONNXArray
  ) throws(ONNXProblem) -> ONNXArray {
    guard let pair = ONNXArray.broadcast(a.shape, b.shape),
      let shape = ONNXArray.broadcast(condition.shape, pair),
      let count = elementCount(of: shape)
    else { throw .malformed("its shapes cannot be broadcast") }
    let (spent, overflow) = count.multipliedReportingOverflow(by: 3)
    guard !overflow else { throw .malformed("its shapes are too large") }
    try spend(spent)
    let chosen = condition.broadcast(to: shape).integers ?? []
    let (x, y) = (a.broadcast(to: shape), b.broadcast(to: shape))
    if case .integers(let left) = x.elements, case .integers(let right) = y.elements {
      return ONNXArray(
        shape: shape, integers: chosen.indices.map { chosen[$0] != 0 ? left[$0] : right[$0] })
    }
    let (left, right) = (x.numbers, y.numbers)
    return ONNXArray(
      shape: shape,
      floats: chosen.indices.map { chosen[$0] != 0 ? left[$0] : right[$0] })
  }

  mutating func cast(_ array: ONNXArray, to code: Int) throws(ONNXProblem) -> ONNXArray {
    try spend(array.count)
    switch code {
    case 1, 10, 11, 16: return array.tensorArray
    case 9:
      if case .integers(let values) = array.elements {
        return ONNXArray(shape: array.shape, integers: values.map { $0 != 0 ? 1 : 0 })
      }
      return ONNXArray(shape: array.shape, integers: array.numbers.map { $0 != 0 ? 1 : 0 })
    case 2...7, 12, 13:
      if array.isInteger { return array }
      var values: [Int] = []
      values.reserveCapacity(array.count)
      for value in array.numbers {
        guard let whole = Int(exactly: value.rounded(.towardZero)) else {
          throw .malformed("\(value) is no whole number")
        }
        values.append(whole)
      }
      return ONNXArray(shape: array.shape, integers: values)
    default: throw .unsupported("it casts to the element type \(code)")
    }
  }

  mutating func reduce(
    _ node: ONNXNode, _ array: ONNXArray, over axes: [Int]?
  ) throws(ONNXProblem) -> ONNXArray {
    if axes?.isEmpty ?? true, node.integer("noop_with_empty_axes") == 1 { return array }
    let rank = array.shape.count
    let reduced =
      axes.map { $0.isEmpty } ?? true ? Array(0..<rank) : try ONNXAxes.axes(axes ?? [], rank: rank)
    let kept = (0..<rank).filter { !reduced.contains($0) }
    let (outer, inner) = (kept.map { array.shape[$0] }, reduced.map { array.shape[$0] })
    try spend(array.count)
    let rows = array.transposed(kept + reduced)
    let length = inner.reduce(1, *)
    guard length > 0 else { throw .malformed("it reduces nothing") }
    let keepsAxes = node.integer("keepdims") != 0
    let shape = keepsAxes ? (0..<rank).map { reduced.contains($0) ? 1 : array.shape[$0] } : outer
    if case .integers(let values) = rows.elements, node.type != "ReduceMean" {
      var results: [Int] = []
      for row in stride(from: 0, to: values.count, by: length) {
        let part = values[row..<(row + length)]
        switch node.type {
        case "ReduceMax": results.append(part.max() ?? 0)
        case "ReduceMin": results.append(part.min() ?? 0)
        case "ReduceProd": results.append(part.reduce(1, &*))
        default: results.append(part.reduce(0, &+))
        }
      }
      return ONNXArray(shape: shape, integers: results)
    }
    let storage = rows.numbers
    var results: [Float] = []
    for row in stride(from: 0, to: storage.count, by: length) {
      let part = storage[row..<(row + length)].map(Double.init)
      switch node.type {
      case "ReduceMax": results.append(Float(part.max() ?? 0))
      case "ReduceMin": results.append(Float(part.min() ?? 0))
      case "ReduceProd": results.append(Float(part.reduce(1, *)))
      case "ReduceMean": results.append(Float(part.reduce(0, +) / Double(length)))
      default: results.append(Float(part.reduce(0, +)))
      }
    }
    return ONNXArray(shape: shape, floats: results)
  }

  /// `(x − zero) · scale`, with one scale and zero for all or for each place of an axis.
  ///
  /// - Reference: ONNX's DequantizeLinear (opset 13).
  mutating func dequantized(
    _ array: ONNXArray, scale: ONNXArray, zero: ONNXArray?, axis: Int
  ) throws(ONNXProblem) -> ONNXArray {
    try spend(array.count)
    let (values, scales, zeros) = (array.numbers, scale.numbers, zero?.numbers)
    guard scales.count > 0, zeros == nil || zeros?.count == scales.count else {
      throw .malformed("its scales and zero points differ in number")
    }
    var (inner, length) = (max(array.count, 1), 1)
    if scales.count > 1 {
      let axis = try ONNXAxes.axis(axis, rank: array.shape.count)
      guard array.shape[axis] == scales.count, scale.shape.count == 1 else {
        throw .unsupported("it scales blocks of values")
      }
      inner = array.shape[(axis + 1)...].reduce(1, *)
      length = scales.count
    }
    let result = FloatStorage(uninitializedCount: values.count)
    for i in 0..<values.count {
      let place = i / inner % length
      result.pointer[i] = (values[i] - (zeros?[place] ?? 0)) * scales[place]
    }
    return ONNXArray(shape: array.shape, floats: result)
  }
}
