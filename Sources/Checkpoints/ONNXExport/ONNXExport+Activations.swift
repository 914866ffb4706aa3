internal import Networks
internal import ONNXFormat

extension ONNXGraphBuilder {
  /// A function of each value.
  mutating func activate(_ x: String, _ function: ActivationFunction) -> String {
    switch function {
    case .clamp(let clamp) where !clamp.isActive: return x
    case .clamp(.relu): return emit("Relu", [x])
    case .clamp(let clamp):
      let low = clamp.low == -.infinity ? "" : scalar(clamp.low)
      return emit("Clip", clamp.high == .infinity ? [x, low] : [x, low, scalar(clamp.high)])
    case .sigmoid: return emit("Sigmoid", [x])
    case .hardSigmoid(let slope, let offset):
      return emit("HardSigmoid", [x], [.float("alpha", slope), .float("beta", offset)])
    case .silu: return emit("Mul", [x, emit("Sigmoid", [x])])
    case .hardSwish: return emit("HardSwish", [x])
    case .gelu:
      let scaled = emit("Div", [x, scalar(Float(2).squareRoot())])
      let raised = emit("Add", [emit("Erf", [scaled]), scalar(1)])
      return emit("Mul", [emit("Mul", [x, raised]), scalar(0.5)])
    case .geluTanh:
      let cubic = emit("Mul", [emit("Pow", [x, scalar(3)]), scalar(0.044715)])
      let inner = emit("Mul", [emit("Add", [x, cubic]), scalar(0.7978845608)])
      let raised = emit("Add", [emit("Tanh", [inner]), scalar(1)])
      return emit("Mul", [emit("Mul", [x, raised]), scalar(0.5)])
    case .quickGELU:
      return emit("Mul", [x, emit("Sigmoid", [emit("Mul", [x, scalar(1.702)])])])
    case .tanh: return emit("Tanh", [x])
    case .erf: return emit("Erf", [x])
    case .elu(let alpha): return emit("Elu", [x], [.float("alpha", alpha)])
    case .celu(let alpha): return emit("Celu", [x], [.float("alpha", alpha)])
    case .selu: return emit("Selu", [x])
    case .leakyReLU(let slope): return emit("LeakyRelu", [x], [.float("alpha", slope)])
    case .softplus: return emit("Softplus", [x])
    case .mish: return emit("Mul", [x, emit("Tanh", [emit("Softplus", [x])])])
    }
  }
}

extension Activation: ONNXExportable {
  func export(
    _ inputs: [ExportedValue], output: SampleShape, to graph: inout ONNXGraphBuilder
  ) -> ExportedValue {
    graph.with(inputs[0], graph.activate(inputs[0].name, function))
  }
}

extension GatedUnit: ONNXExportable {
  func export(
    _ inputs: [ExportedValue], output: SampleShape, to graph: inout ONNXGraphBuilder
  ) -> ExportedValue {
    let (x, half) = (inputs[0], output.channels)
    let gate = graph.slice(x.name, axis: x.axis(-1), from: 0, to: half)
    let rest = graph.slice(x.name, axis: x.axis(-1), from: half, to: 2 * half)
    let opened = graph.activate(gate, function)
    return graph.with(x, graph.emit("Mul", [opened, rest]), shape: output)
  }
}

extension Softmax: ONNXExportable {
  func export(
    _ inputs: [ExportedValue], output: SampleShape, to graph: inout ONNXGraphBuilder
  ) -> ExportedValue {
    graph.with(
      inputs[0],
      graph.emit(
        isLogarithm ? "LogSoftmax" : "Softmax", [inputs[0].name],
        [.integer("axis", inputs[0].axis(axis))]))
  }
}

// Nothing happens in evaluation mode.

extension Dropout: ONNXExportable {
  func export(
    _ inputs: [ExportedValue], output: SampleShape, to graph: inout ONNXGraphBuilder
  ) -> ExportedValue { inputs[0] }
}

extension StochasticDepth: ONNXExportable {
  func export(
    _ inputs: [ExportedValue], output: SampleShape, to graph: inout ONNXGraphBuilder
  ) -> ExportedValue { inputs[0] }
}
