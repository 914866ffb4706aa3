internal import Foundation
internal import Tensors

/// Computes nodes whose inputs are all constants: chains of shapes, indices, masks, dequantised weights.
struct ONNXFolding {
  /// The version of ONNX's own operators.
  let opset: Int
  /// Elements that may still be made; a short file must not fill the memory.
  var budget: Int

  /// The outputs of a node; nil where the operator is none that is folded.
  ///
  /// - Parameter inputs: nil for one that is left out.
  mutating func outputs(
    of node: ONNXNode, _ inputs: [ONNXArray?]
  ) throws(ONNXProblem) -> [ONNXArray]? {
    if node.type == "Split" { return try split(node, inputs) }
    return try single(node, inputs).map { [$0] }
  }

  private mutating func single(
    _ node: ONNXNode, _ inputs: [ONNXArray?]
  ) throws(ONNXProblem) -> ONNXArray? {
    guard let first = inputs.first ?? nil else { return nil }
    func second() throws(ONNXProblem) -> ONNXArray {
      guard inputs.count > 1, let array = inputs[1] else { throw .malformed("it lacks an input") }
      return array
    }
    if let function = ONNXFolding.binary(node.type) {
      return try combine(first, try second(), function)
    }
    if let function = ONNXFolding.unary(node.type) {
      try spend(first.count)
      return ONNXArray(shape: first.shape, floats: map(first.numbers, function))
    }
    switch node.type {
    case "Identity", "Dropout": return first
    case "Shape":
      let bounds = try ONNXAxes.bounds(
        of: first.shape.count, from: node.integer("start"), to: node.integer("end"))
      return ONNXArray(Array(first.shape[bounds]))
    case "Size": return ONNXArray(shape: [], integers: [first.count])
    case "Cast": return try cast(first, to: node.integer("to") ?? 1)
    case "CastLike":
      return try second().isInteger ? try cast(first, to: 7) : first.tensorArray
    case "Neg":
      if case .integers(let values) = first.elements {
        return ONNXArray(shape: first.shape, integers: values.map { 0 &- $0 })
      }
      return ONNXArray(shape: first.shape, floats: map(first.numbers) { -$0 })
    case "Abs":
      if case .integers(let values) = first.elements {
        return ONNXArray(shape: first.shape, integers: values.map { Int(clamping: $0.magnitude) })
      }
      return ONNXArray(shape: first.shape, floats: map(first.numbers, Swift.abs))
    case "Not":
      return ONNXArray(
        shape: first.shape, integers: (first.integers ?? []).map { $0 == 0 ? 1 : 0 })
    case "Reshape":
      return first.reshaped(
        to: try ONNXAxes.reshape(
          first.shape, to: try integers(try second()), keepsZero: node.integer("allowzero") == 1))
    case "Flatten":
      let axis = try ONNXAxes.end(node.integer("axis") ?? 1, rank: first.shape.count)
      return first.reshaped(
        to: [first.shape[..<axis].reduce(1, *), first.shape[axis...].reduce(1, *)])
    case "Squeeze":
      return first.reshaped(
        to: try ONNXAxes.squeezed(
          first.shape, try axes(of: node, inputs.count > 1 ? inputs[1] : nil)))
    case "Unsqueeze":
      return first.reshaped(
        to: try ONNXAxes.unsqueezed(
          first.shape, try axes(of: node, inputs.count > 1 ? inputs[1] : nil) ?? []))
    case "Transpose":
      try spend(first.count)
      return first.transposed(
        try ONNXAxes.permutation(node.integers("perm"), rank: first.shape.count))
    case "Concat": return try concatenated(node, inputs)
    case "Gather": return try gather(first, try second(), axis: node.integer("axis") ?? 0)
    case "Slice": return try slice(node, first, inputs)
    case "Expand":
      let target = try integers(try second())
      guard let shape = ONNXArray.broadcast(first.shape, target.map(ONNXAxes.withoutBatch)) else {
        throw .malformed("\(first.shape) cannot be expanded to \(target)")
      }
      try spend(shape)
      return first.broadcast(to: shape)
    case "Tile":
      return try tile(first, try integers(try second()))
    case "ConstantOfShape":
      return try filled(try integers(first), node)
    case "Range":
      guard inputs.count == 3, let limit = inputs[1], let step = inputs[2] else { return nil }
      return try range(first, limit, step)
    case "Where":
      guard inputs.count == 3, let a = inputs[1], let b = inputs[2] else { return nil }
      return try select(first, a, b)
    case "Clip":
      let low = node.float("min") ?? (inputs.count > 1 ? inputs[1]?.scalar : nil) ?? -.infinity
      let high = node.float("max") ?? (inputs.count > 2 ? inputs[2]?.scalar : nil) ?? .infinity
      return ONNXArray(
        shape: first.shape, floats: map(first.numbers) { Swift.min(Swift.max($0, low), high) })
    case "ReduceProd", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceMean":
      return try reduce(
        node, first, over: try axes(of: node, inputs.count > 1 ? inputs[1] : nil))
    case "Resize": return try resized(node, inputs)
    case "DequantizeLinear":
      return try dequantized(
        first, scale: try second(), zero: inputs.count > 2 ? inputs[2] : nil,
        axis: node.integer("axis") ?? 1)
    default: return nil
    }
  }

  /// Takes elements off the budget.
  mutating func spend(_ count: Int) throws(ONNXProblem) {
    guard count <= budget else {
      throw .unsupported("it makes more constants than the file could justify")
    }
    budget -= count
  }

  /// Takes the elements of a shape off the budget.
  private mutating func spend(_ shape: [Int]) throws(ONNXProblem) {
    guard let count = elementCount(of: shape) else { throw .malformed("\(shape) is no shape") }
    try spend(count)
  }

  func integers(_ array: ONNXArray) throws(ONNXProblem) -> [Int] {
    guard let values = array.integers else { throw .malformed("it needs whole numbers") }
    return values
  }

  /// Axes as an attribute (before opset 13 or 18) or an input; nil where they are left out.
  func axes(of node: ONNXNode, _ input: ONNXArray?) throws(ONNXProblem) -> [Int]? {
    if let axes = node.integers("axes") { return axes }
    return try input.map { (array) throws(ONNXProblem) in try integers(array) }
  }

  private func map(_ values: [Float], _ function: (Float) -> Float) -> FloatStorage {
    let result = FloatStorage(uninitializedCount: values.count)
    for (i, value) in values.enumerated() { result.pointer[i] = function(value) }
    return result
  }
}

extension ONNXArray {
  /// The same numbers as reals.
  var tensorArray: ONNXArray { ONNXArray(shape: shape, floats: floats) }
}

extension ONNXFolding {
  /// A function of two numbers, for whole and for real ones; nil for whole ones that have none.
  struct Binary {
    let whole: (Int, Int) -> Int?
    let real: (Float, Float) -> Float
    var isComparison = false
  }

  private static func comparison(
    _ whole: @escaping (Int, Int) -> Bool, _ real: @escaping (Float, Float) -> Bool
  ) -> Binary {
    Binary(
      whole: { whole($0, $1) ? 1 : 0 }, real: { real($0, $1) ? 1 : 0 }, isComparison: true)
  }

  static func binary(_ type: String) -> Binary? {
    func checked(_ pair: (partialValue: Int, overflow: Bool)) -> Int? {
      pair.overflow ? nil : pair.partialValue
    }
    switch type {
    case "Add": return Binary(whole: { checked($0.addingReportingOverflow($1)) }, real: +)
    case "Sub": return Binary(whole: { checked($0.subtractingReportingOverflow($1)) }, real: -)
    case "Mul": return Binary(whole: { checked($0.multipliedReportingOverflow(by: $1)) }, real: *)
    case "Div": return Binary(whole: { checked($0.dividedReportingOverflow(by: $1)) }, real: /)
    case "Mod":
      return Binary(
        whole: {
          guard let rest = checked($0.remainderReportingOverflow(dividingBy: $1)) else {
            return nil
          }
          return rest != 0 && (rest < 0) != ($1 < 0) ? rest + $1 : rest
        }, real: { fmodf($0, $1) })
    case "Pow":
      return Binary(whole: { Int(exactly: pow(Double($0), Double($1))) }, real: { powf($0, $1) })
    case "Max": return Binary(whole: { max($0, $1) }, real: { max($0, $1) })
    case "Min": return Binary(whole: { min($0, $1) }, real: { min($0, $1) })
    case "Equal": return comparison(==, ==)
    case "Less": return comparison(<, <)
    case "LessOrEqual": return comparison(<=, <=)
    case "Greater": return comparison(>, >)
    case "GreaterOrEqual": return comparison(>=, >=)
    case "And": return comparison({ $0 != 0 && $1 != 0 }, { $0 != 0 && $1 != 0 })
    case "Or": return comparison({ $0 != 0 || $1 != 0 }, { $0 != 0 || $1 != 0 })
    case "Xor": return comparison({ ($0 != 0) != ($1 != 0) }, { ($0 != 0) != ($1 != 0) })
    default: return nil
    }
  }

  static func unary(_ type: String) -> ((Float) -> Float)? {
    switch type {
    case "Sqrt": return { $0.squareRoot() }
    case "Exp": return { expf($0) }
    case "Log": return { logf($0) }
    case "Erf": return { erff($0) }
    case "Tanh": return { tanhf($0) }
    case "Sigmoid": return { 1 / (1 + expf(-$0)) }
    case "Reciprocal": return { 1 / $0 }
    case "Floor": return { $0.rounded(.down) }
    case "Ceil": return { $0.rounded(.up) }
    case "Round": return { $0.rounded(.toNearestOrEven) }
    case "Sin": return { sinf($0) }
    case "Cos": return { cosf($0) }
    case "Relu": return { max($0, 0) }
    default: return nil
    }
  }

  mutating func combine(
    _ a: ONNXArray, _ b: ONNXArray, _ function: Binary
  ) throws(ONNXProblem) -> ONNXArray {
    guard let shape = ONNXArray.broadcast(a.shape, b.shape) else {
      throw .malformed("\(a.shape) and \(b.shape) cannot be broadcast")
    }
    try spend(shape)
    let (x, y) = (a.broadcast(to: shape), b.broadcast(to: shape))
    if case .integers(let left) = x.elements, case .integers(let right) = y.elements {
      var result: [Int] = []
      result.reserveCapacity(left.count)
      for (i, value) in left.enumerated() {
        guard let value = function.whole(value, right[i]) else {
          throw .malformed("its whole numbers overflow or are divided by 0")
        }
        result.append(value)
      }
      return ONNXArray(shape: shape, integers: result)
    }
    let (left, right) = (x.numbers, y.numbers)
    if function.isComparison {
      return ONNXArray(
        shape: shape,
        integers: (0..<left.count).map {
          Int(function.real(left[$0], right[$0]))
        })
    }
    let result = FloatStorage(uninitializedCount: left.count)
    for i in 0..<left.count { result.pointer[i] = function.real(left[i], right[i]) }
    return ONNXArray(shape: shape, floats: result)
  }
}
