internal import Networks
internal import ONNXFormat
internal import Tensors

extension ONNXGraphBuilder {
  /// An array whose channels are its second axis, where ONNX's normalisations look for them; a sequence
  /// is turned until it is ``restored(_:as:)``.
  fileprivate mutating func channelsSecond(_ value: ExportedValue) -> ExportedValue {
    let x = channelsFirst(value)
    precondition(
      x.isChannelsFirst || x.shape.dimensions.count < 3, "a normalisation of more than three axes")
    return with(x, turnedSequence(x.name, x.shape))
  }

  /// An array in the order of axes that it had before ``channelsSecond(_:)``.
  fileprivate mutating func restored(_ name: String, as value: ExportedValue) -> String {
    turnedSequence(name, value.shape)
  }

  private mutating func turnedSequence(_ name: String, _ shape: SampleShape) -> String {
    shape.dimensions.count == 2 ? transposed(name, [0, 2, 1]) : name
  }
}

extension BatchNorm: ONNXExportable {
  func export(
    _ inputs: [ExportedValue], output: SampleShape, to graph: inout ONNXGraphBuilder
  ) -> ExportedValue {
    let x = graph.channelsSecond(inputs[0])
    let parameters = ["weight", "bias", "running_mean", "running_var"].map {
      graph.parameter("\(name).\($0)")
    }
    let y = graph.emit(
      "BatchNormalization", [x.name] + parameters, [.float("epsilon", epsilon)])
    return graph.finish(graph.with(x, graph.restored(y, as: x)), epilogue, inputs)
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
    let x = graph.channelsSecond(inputs[0])
    // Groups as channels of an instance normalisation, whose own factors do nothing.
    let ones = graph.tensor(
      Tensor(shape: [groups], values: Array(repeating: 1, count: groups)), named: "\(name).ones")
    let zeros = graph.tensor(Tensor(shape: [groups]), named: "\(name).zeros")
    let grouped = graph.reshape(x.name, to: [groups, -1])
    let normal = graph.emit(
      "InstanceNormalization", [grouped, ones, zeros], [.float("epsilon", epsilon)])
    let isSequence = x.shape.dimensions.count == 2
    let grown = graph.reshape(normal, to: isSequence ? x.dimensions.reversed() : x.dimensions)
    let y = graph.restored(grown, as: x)
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
