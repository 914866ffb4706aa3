internal import Networks
internal import ONNXFormat
internal import Tensors

extension ONNXGraphBuilder {
  /// What follows a product or normalisation: the residual, then the activation.
  mutating func finish(
    _ value: ExportedValue, _ epilogue: Epilogue, _ inputs: [ExportedValue]
  ) -> ExportedValue {
    var result = value
    if epilogue.addsResidual {
      let residual = alike(value, inputs[inputs.count - 1])
      result = with(value, emit("Add", [value.name, residual.name]))
    }
    return with(result, activate(result.name, epilogue.activation))
  }

  /// The same kind of array under another name.
  func with(_ value: ExportedValue, _ name: String, shape: SampleShape? = nil) -> ExportedValue {
    ExportedValue(name: name, shape: shape ?? value.shape, isChannelsFirst: value.isChannelsFirst)
  }

  /// The padding of a window on a map: top, left, bottom, right.
  func pads(_ window: Window, _ map: SampleShape) -> [Int] {
    let (v, h) = (window.vertical, window.horizontal)
    return [
      v.leading(along: map.height), h.leading(along: map.width), v.trailing(along: map.height),
      h.trailing(along: map.width),
    ]
  }

  /// A convolution of a map in ONNX's order, with the bias and weight that go by the name of its layer.
  ///
  /// - Parameter weight: Other weights than the layer's own.
  mutating func convolve(
    _ input: ExportedValue, _ layer: String, weight: String? = nil, hasBias: Bool, window: Window,
    groups: Int, output: SampleShape
  ) -> ExportedValue {
    let x = channelsFirst(input)
    let (v, h) = (window.vertical, window.horizontal)
    let weights = weight ?? parameter("\(layer).weight")
    let name = emit(
      "Conv", [x.name, weights] + (hasBias ? [parameter("\(layer).bias")] : []),
      [
        .integers("kernel_shape", [v.size, h.size]), .integers("strides", [v.stride, h.stride]),
        .integers("dilations", [v.dilation, h.dilation]), .integer("group", groups),
        .integers("pads", pads(window, x.shape)),
      ])
    return ExportedValue(name: name, shape: output, isChannelsFirst: true)
  }
}

extension Convolution: ONNXExportable {
  func export(
    _ inputs: [ExportedValue], output: SampleShape, to graph: inout ONNXGraphBuilder
  ) -> ExportedValue {
    let y = graph.convolve(
      inputs[0], name, hasBias: hasBias, window: window, groups: groups, output: output)
    return graph.finish(y, epilogue, inputs)
  }
}

extension StandardizedConvolution: ONNXExportable {
  func export(
    _ inputs: [ExportedValue], output: SampleShape, to graph: inout ONNXGraphBuilder
  ) -> ExportedValue {
    let name = convolution.name
    let weight = graph.tensor(
      standardized(graph.values("\(name).weight")), named: "\(name).weight.standardized")
    let y = graph.convolve(
      inputs[0], name, weight: weight, hasBias: convolution.hasBias, window: convolution.window,
      groups: convolution.groups, output: output)
    return graph.finish(y, epilogue, inputs)
  }
}

extension DepthwiseConvolution: ONNXExportable {
  func export(
    _ inputs: [ExportedValue], output: SampleShape, to graph: inout ONNXGraphBuilder
  ) -> ExportedValue {
    let y = graph.convolve(
      inputs[0], name, hasBias: hasBias, window: window, groups: channels, output: output)
    return graph.finish(y, epilogue, inputs)
  }
}

extension Linear: ONNXExportable {
  func export(
    _ inputs: [ExportedValue], output: SampleShape, to graph: inout ONNXGraphBuilder
  ) -> ExportedValue {
    if isConvolution && inputs[0].shape.isMap {
      let y = graph.convolve(
        inputs[0], name, hasBias: hasBias, window: Window(size: 1), groups: 1, output: output)
      return graph.finish(y, epilogue, inputs)
    }
    let weight = graph.parameter("\(name).weight")
    let bias = hasBias ? graph.parameter("\(name).bias") : nil
    let x = graph.channelsLast(inputs[0])
    // A convolution of a vector: its taps are the columns of a matrix.
    let matrix =
      isConvolution ? graph.emit("Flatten", [weight], [.integer("axis", 1)]) : weight
    var name: String
    if x.shape.dimensions.count == 1 {
      name = graph.emit(
        "Gemm", [x.name, matrix] + (bias.map { [$0] } ?? []), [.integer("transB", 1)])
    } else {
      let turned = graph.transposed(matrix, [1, 0])
      name = graph.emit("MatMul", [x.name, turned])
      if let bias { name = graph.emit("Add", [name, bias]) }
    }
    return graph.finish(ExportedValue(name: name, shape: output), epilogue, inputs)
  }
}

extension MatrixProduct: ONNXExportable {
  func export(
    _ inputs: [ExportedValue], output: SampleShape, to graph: inout ONNXGraphBuilder
  ) -> ExportedValue {
    let rank = output.dimensions.count
    let a = graph.extended(inputs[0], toRank: rank)
    var b = graph.extended(inputs[1], toRank: rank)
    if transposesSecond {
      b = graph.transposed(b, Array(0..<(rank - 1)) + [rank, rank - 1])
    }
    return ExportedValue(name: graph.emit("MatMul", [a, b]), shape: output)
  }
}

extension ONNXGraphBuilder {
  /// An array with axes of one place behind the batch, so that it broadcasts against a sample of more
  /// axes.
  mutating func extended(_ value: ExportedValue, toRank rank: Int) -> String {
    let x = channelsLast(value)
    let missing = rank - x.shape.dimensions.count
    guard missing > 0 else { return x.name }
    // The batch alone is copied by position, so the axes are all written out.
    return reshape(x.name, to: Array(repeating: 1, count: missing) + x.shape.dimensions)
  }
}
