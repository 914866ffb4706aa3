internal import Networks
internal import ONNXFormat
internal import Tensors

/// Which operator of ONNX is written how.
extension ONNXLowering {
  /// Domains whose operators have one meaning with ONNX's own.
  static let domains: Set<String> = ["", "ai.onnx", "com.microsoft"]

  /// Takes a node over.
  mutating func lower(_ node: ONNXNode) throws(ONNXProblem) {
    guard ONNXLowering.domains.contains(node.domain) else {
      throw .unsupported("operators of '\(node.domain)' are not known")
    }
    var inputs: [ONNXArray?] = []
    var isConstant = true
    for index in node.inputs.indices {
      switch try value(node, index) {
      case .constant(let array): inputs.append(array)
      case .activation: isConstant = false
      case nil: inputs.append(nil)
      }
    }
    if node.type == "Constant" {
      return bind(output(node), .constant(try constant(of: node)))
    }
    if isConstant, let arrays = try folding.outputs(of: node, inputs) {
      guard arrays.count >= node.outputs.count || arrays.count == 1 else {
        throw .malformed("it has \(node.outputs.count) outputs")
      }
      for (name, array) in zip(node.outputs, arrays) { bind(name, .constant(array)) }
      return try follow(node, inputs)
    }
    switch node.type {
    case "Shape", "Size":
      let shape = try activation(node, 0).shape
      if node.type == "Size" {
        throw .unsupported("it counts the values of all samples")
      }
      let bounds = try ONNXAxes.bounds(
        of: shape.count, from: node.integer("start"), to: node.integer("end"))
      bind(output(node), .constant(ONNXArray(Array(shape[bounds]))))
    case "Split":
      for (name, part) in zip(node.outputs, try split(node)) { bind(name, .activation(part)) }
    case "DynamicQuantizeLinear":
      // The scale and zero point follow from the values, which are not rounded here.
      bind(output(node), .activation(try activation(node, 0)))
      if node.outputs.count > 1 { bind(node.outputs[1], .constant(ONNXArray(1))) }
      if node.outputs.count > 2 { bind(node.outputs[2], .constant(ONNXArray(0))) }
    default:
      bind(output(node), .activation(try single(node)))
    }
  }

  /// The branch of `If` that a constant condition chooses; nil where the condition is none.
  func chosenBranch(of node: ONNXNode) -> ONNXBranch? {
    guard let name = node.input(0), case .constant(let array) = values[name],
      let condition = array.scalar
    else { return nil }
    return node.branch(condition != 0 ? "then_branch" : "else_branch")
  }

  private mutating func single(_ node: ONNXNode) throws(ONNXProblem) -> ONNXActivation {
    if let function = try activationFunction(node) {
      return try apply(function, node, try activation(node, 0))
    }
    switch node.type {
    case "Conv": return try convolution(node)
    case "MaxPool", "AveragePool": return try pooling(node)
    case "GlobalAveragePool", "GlobalMaxPool": return try globalPooling(node)
    case "Gemm": return try gemm(node)
    case "MatMul": return try matrixProduct(node)
    case "BatchNormalization": return try batchNorm(node)
    case "LayerNormalization": return try layerNorm(node)
    case "InstanceNormalization", "GroupNormalization": return try groupNorm(node)
    case "LpNormalization": return try lengthNormalised(node)
    case "Add", "Sum": return try combination(node, .add)
    case "Sub": return try combination(node, .subtract)
    case "Mul": return try combination(node, .multiply)
    case "Div": return try combination(node, .divide)
    case "Min": return try combination(node, .minimum)
    case "Max": return try combination(node, .maximum)
    case "Pow": return try power(node)
    case "Sqrt": return try elementwise(node, try activation(node, 0), Power(0.5))
    case "Reciprocal": return try elementwise(node, try activation(node, 0), Power(-1))
    case "Neg":
      return try combine(node, .multiply, try activation(node, 0), number: -1, isFirst: false)
    case "Abs":
      let x = try activation(node, 0)
      let negative = try combine(node, .multiply, x, number: -1, isFirst: false)
      return try combine(node, .maximum, x, negative)
    case "PRelu": return try parametricReLU(node)
    case "Softmax", "LogSoftmax": return try softmax(node)
    case "ReduceMean": return try reduced(node, try activation(node, 0), .mean)
    case "ReduceSum": return try reduced(node, try activation(node, 0), .sum)
    case "ReduceMax": return try reduced(node, try activation(node, 0), .maximum)
    case "ReduceMin": return try reduced(node, try activation(node, 0), .minimum)
    case "ReduceL2": return try lengths(node)
    case "Identity", "Dropout", "DequantizeLinear": return try activation(node, 0)
    case "Cast", "CastLike": return try cast(node)
    case "Reshape", "Flatten", "Squeeze", "Unsqueeze": return try reshape(node)
    case "Transpose": return try transposed(node)
    case "Expand": return try expanded(node)
    case "Slice": return try slice(node)
    case "Gather": return try gather(node)
    case "Concat": return try concatenated(node)
    case "Pad": return try padded(node)
    case "DepthToSpace", "SpaceToDepth": return try exchanged(node)
    case "Resize", "Upsample": return try resized(node)
    case "QuantizeLinear": return try quantized(node)
    case "QLinearConv", "ConvInteger": return try quantizedConvolution(node)
    case "QLinearMatMul", "MatMulInteger", "QGemm": return try quantizedProduct(node)
    case "QLinearAdd": return try quantizedCombination(node, .add)
    case "QLinearMul": return try quantizedCombination(node, .multiply)
    case "QLinearGlobalAveragePool", "QLinearSigmoid", "QLinearLeakyRelu":
      return try quantizedUnary(node)
    case "If":
      throw .unsupported(
        "which of its branches is taken depends on the image, and the engine runs no control flow")
    case "Loop", "Scan":
      throw .unsupported(
        "the engine runs no control flow, which onnxsim can often fold into constants")
    default: throw .unsupported("the engine has no such operator")
    }
  }

  /// `Cast` of an activation: real numbers of any width are Float32 here.
  private mutating func cast(_ node: ONNXNode) throws(ONNXProblem) -> ONNXActivation {
    let real = [1, 10, 11, 16]
    guard node.type == "CastLike" || real.contains(node.integer("to") ?? 1) else {
      throw .unsupported("it casts what is computed from the image to whole numbers")
    }
    return try activation(node, 0)
  }

  /// The value of a `Constant` node.
  private func constant(of node: ONNXNode) throws(ONNXProblem) -> ONNXArray {
    if let proto = node.tensor("value") {
      var reader = ONNXTensorReader(model: nil)
      do { return try reader.array(proto) } catch { throw error.asONNXProblem }
    }
    if let value = node.float("value_float") { return ONNXArray(value) }
    if let values = node.floats("value_floats") {
      return ONNXArray(shape: [values.count], floats: values)
    }
    if let value = node.integer("value_int") { return ONNXArray(shape: [], integers: [value]) }
    if let values = node.integers("value_ints") { return ONNXArray(values) }
    throw .unsupported("its value is no tensor of numbers")
  }
}

extension CheckpointError.Problem {
  /// A problem of a tensor inside a node.
  var asONNXProblem: ONNXProblem {
    switch self {
    case .malformed(let what), .truncated(let what): .malformed(what)
    case .unsupported(let what), .unreadable(let what), .unwritable(let what),
      .refused(let what), .mismatched(let what), .unrecognised(let what):
      .unsupported(what)
    }
  }
}
