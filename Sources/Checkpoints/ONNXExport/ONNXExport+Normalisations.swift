internal import Networks
internal import ONNXFormat
internal import Tensors

extension BatchNorm: ONNXExportable {
  func export(
    _ inputs: [ExportedValue], output: SampleShape, to graph: inout ONNXGraphBuilder
  ) -> ExportedValue {
    // ONNX normalises the second axis: the channels of a map or vector.
    let isSequence = inputs[0].shape.dimensions.count == 2
    var x = graph.channelsFirst(inputs[0])
    precondition(
      x.isChannelsFirst || x.shape.dimensions.count < 3, "BatchNorm of more than three axes")
    if isSequence {
      x = graph.with(x, graph.transposed(x.name, [0, 2, 1]))
    }
    let parameters = ["weight", "bias", "running_mean", "running_var"].map {
      graph.parameter("\(name).\($0)")
    }
    var y = graph.emit(
      "BatchNormalization", [x.name] + parameters, [.float("epsilon", epsilon)])
    if isSequence { y = graph.transposed(y, [0, 2, 1]) }
    return graph.finish(graph.with(x, y), epilogue, inputs)
  }
}

extension LayerNorm: ONNXExportable {
  func export(
    _ inputs: [ExportedValue], output: SampleShape, to graph: inout ONNXGraphBuilder
  ) -> ExportedValue {
    let x = graph.channelsLast(inputs[0])
    let scale = graph.parameter("\(name).weight")
    let shift = hasBias ? [graph.parameter("\(name).bias")] : []
    return graph.with(
      x,
      graph.emit(
        "LayerNormalization", [x.name, scale] + shift,
        [.integer("axis", -1), .float("epsilon", epsilon)]))
  }
}

extension GroupNorm: ONNXExportable {
  func export(
    _ inputs: [ExportedValue], output: SampleShape, to graph: inout ONNXGraphBuilder
  ) -> ExportedValue {
    let isSequence = inputs[0].shape.dimensions.count == 2
    var x = graph.channelsFirst(inputs[0])
    precondition(
      x.isChannelsFirst || x.shape.dimensions.count < 3, "GroupNorm of more than three axes")
    var dimensions = x.dimensions
    if isSequence {
      x = graph.with(x, graph.transposed(x.name, [0, 2, 1]))
      dimensions.reverse()
    }
    // Groups as channels of an instance normalisation, whose own factors do nothing.
    let ones = graph.tensor(
      Tensor(shape: [groups], values: Array(repeating: 1, count: groups)), named: "\(name).ones")
    let zeros = graph.tensor(Tensor(shape: [groups]), named: "\(name).zeros")
    let grouped = graph.reshape(x.name, to: [groups, -1])
    let normal = graph.emit(
      "InstanceNormalization", [grouped, ones, zeros], [.float("epsilon", epsilon)])
    var y = graph.reshape(normal, to: dimensions)
    if isSequence { y = graph.transposed(y, [0, 2, 1]) }
    let scaled = graph.emit("Mul", [y, graph.perChannel("\(name).weight", of: x)])
    let shifted = graph.emit("Add", [scaled, graph.perChannel("\(name).bias", of: x)])
    return graph.finish(graph.with(x, shifted), epilogue, inputs)
  }
}

extension LayerScale: ONNXExportable {
  func export(
    _ inputs: [ExportedValue], output: SampleShape, to graph: inout ONNXGraphBuilder
  ) -> ExportedValue {
    let scale = graph.perChannel(name, of: inputs[0])
    return graph.with(inputs[0], graph.emit("Mul", [inputs[0].name, scale]))
  }
}

extension GlobalResponseNorm: ONNXExportable {
  func export(
    _ inputs: [ExportedValue], output: SampleShape, to graph: inout ONNXGraphBuilder
  ) -> ExportedValue {
    let x = graph.channelsLast(inputs[0])
    let pixels = Array(1..<x.shape.dimensions.count)
    let norm =
      pixels.isEmpty
      ? graph.emit("Abs", [x.name])
      : graph.reduce("ReduceL2", x.name, pixels, keepsAxes: true)
    let mean = graph.reduce("ReduceMean", norm, [-1], keepsAxes: true)
    let divisor = graph.emit("Add", [mean, graph.scalar(GlobalResponseNorm.epsilon)])
    let response = graph.emit("Div", [norm, divisor])
    let weighted = graph.emit("Mul", [response, graph.parameter("\(name).weight")])
    let gain = graph.emit("Add", [weighted, graph.scalar(1)])
    let scaled = graph.emit("Mul", [x.name, gain])
    return graph.with(x, graph.emit("Add", [scaled, graph.parameter("\(name).bias")]))
  }
}

extension L2Normalization: ONNXExportable {
  func export(
    _ inputs: [ExportedValue], output: SampleShape, to graph: inout ONNXGraphBuilder
  ) -> ExportedValue {
    let x = inputs[0]
    let norm = graph.reduce("ReduceL2", x.name, [x.axis(-1)], keepsAxes: true)
    let bounded = graph.emit("Max", [norm, graph.scalar(epsilon)])
    return graph.with(x, graph.emit("Div", [x.name, bounded]))
  }
}

extension ChannelGate: ONNXExportable {
  func export(
    _ inputs: [ExportedValue], output: SampleShape, to graph: inout ONNXGraphBuilder
  ) -> ExportedValue {
    let x = inputs[0]
    var axes = Array(repeating: 1, count: x.shape.dimensions.count)
    axes[x.axis(-1) - 1] = x.shape.channels
    let gate = axes.count == 1 ? inputs[1].name : graph.reshape(inputs[1].name, to: axes)
    return graph.with(x, graph.emit("Mul", [x.name, gate]))
  }
}
