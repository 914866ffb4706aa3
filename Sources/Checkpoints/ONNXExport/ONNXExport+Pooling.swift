internal import Networks
internal import ONNXFormat
internal import Tensors

extension ONNXGraphBuilder {
  /// Padding of a pool that makes rounding down give the engine's number of windows: what hangs over
  /// the far edge in ceil mode is padding that counts as nothing.
  fileprivate func pads(_ window: Window, _ input: SampleShape, _ output: SampleShape) -> [Int] {
    func overhang(_ axis: Window.Axis, _ length: Int, _ count: Int) -> Int {
      (count - 1) * axis.stride + axis.reach - length - axis.leading(along: length)
    }
    var result = pads(window, input)
    result[2] = max(result[2], overhang(window.vertical, input.height, output.height))
    result[3] = max(result[3], overhang(window.horizontal, input.width, output.width))
    return result
  }

  fileprivate mutating func pool(
    _ type: String, _ x: ExportedValue, _ window: Window, output: SampleShape,
    pads: [Int], _ more: [ONNXAttributeProto] = []
  ) -> ExportedValue {
    let (v, h) = (window.vertical, window.horizontal)
    let name = emit(
      type, [x.name],
      [
        .integers("kernel_shape", [v.size, h.size]), .integers("strides", [v.stride, h.stride]),
        .integers("pads", pads),
      ] + more)
    return ExportedValue(name: name, shape: output, isChannelsFirst: true)
  }
}

extension MaxPool: ONNXExportable {
  func export(
    _ inputs: [ExportedValue], output: SampleShape, to graph: inout ONNXGraphBuilder
  ) -> ExportedValue {
    let x = graph.channelsFirst(inputs[0])
    let pads = graph.pads(window, x.shape, output)
    return graph.pool(
      "MaxPool", x, window, output: output, pads: pads,
      [.integers("dilations", [window.vertical.dilation, window.horizontal.dilation])])
  }
}

extension AveragePool: ONNXExportable {
  func export(
    _ inputs: [ExportedValue], output: SampleShape, to graph: inout ONNXGraphBuilder
  ) -> ExportedValue {
    var x = graph.channelsFirst(inputs[0])
    var pads = graph.pads(window, x.shape, output)
    if countsPadding {
      // The window's own padding becomes zeros of the map; what hangs over it stays padding.
      let own = graph.pads(window, x.shape)
      if own.contains(where: { $0 > 0 }) {
        let axes = [0, 0, own[0], own[1], 0, 0, own[2], own[3]]
        x = graph.with(x, graph.emit("Pad", [x.name, graph.integers(axes)]))
      }
      pads = zip(pads, own).map { $0 - $1 }
    }
    return graph.pool(
      "AveragePool", x, window, output: output, pads: pads, [.integer("count_include_pad", 0)])
  }
}

extension GlobalAveragePool: ONNXExportable {
  func export(
    _ inputs: [ExportedValue], output: SampleShape, to graph: inout ONNXGraphBuilder
  ) -> ExportedValue {
    let x = inputs[0]
    guard x.isChannelsFirst else {
      let pixels = Array(1..<x.shape.dimensions.count)
      guard !pixels.isEmpty else { return x }
      return ExportedValue(
        name: graph.reduce("ReduceMean", x.name, pixels, keepsAxes: false),
        shape: output)
    }
    let pooled = graph.emit("GlobalAveragePool", [x.name])
    return ExportedValue(
      name: graph.emit("Flatten", [pooled], [.integer("axis", 1)]), shape: output)
  }
}

extension AdaptiveAveragePool: ONNXExportable {
  func export(
    _ inputs: [ExportedValue], output: SampleShape, to graph: inout ONNXGraphBuilder
  ) -> ExportedValue {
    let x = graph.channelsFirst(inputs[0])
    guard x.shape != output else { return x }
    // Rows and columns are means of their own: two products.
    let rows = graph.tensor(
      means(of: x.shape.height, to: output.height), named: "\(graph.scope).rows")
    let columns = graph.tensor(
      means(of: x.shape.width, to: output.width), named: "\(graph.scope).columns")
    let turned = graph.transposed(columns, [1, 0])
    let narrowed = graph.emit("MatMul", [x.name, turned])
    return graph.with(x, graph.emit("MatMul", [rows, narrowed]), shape: output)
  }

  /// `[out, in]`, each row the shares of the input's places in one of the output.
  private func means(of length: Int, to count: Int) -> Tensor {
    var values = [Float](repeating: 0, count: count * length)
    for place in 0..<count {
      let first = place * length / count
      let end = ((place + 1) * length + count - 1) / count
      for source in first..<end { values[place * length + source] = 1 / Float(end - first) }
    }
    return Tensor(shape: [count, length], values: values)
  }
}

extension BlurPool: ONNXExportable {
  func export(
    _ inputs: [ExportedValue], output: SampleShape, to graph: inout ONNXGraphBuilder
  ) -> ExportedValue {
    let x = graph.channelsFirst(inputs[0])
    let channels = x.shape.channels
    let mirrored = graph.emit(
      "Pad", [x.name, graph.integers([0, 0, 1, 1, 0, 0, 1, 1])], [.text("mode", "reflect")])
    let kernel: [Float] = [1, 2, 1, 2, 4, 2, 1, 2, 1].map { $0 / 16 }
    let weight = graph.tensor(
      Tensor(shape: [channels, 1, 3, 3], values: (0..<channels).flatMap { _ in kernel }),
      named: "\(graph.scope).filter")
    let name = graph.emit(
      "Conv", [mirrored, weight],
      [
        .integers("kernel_shape", [3, 3]),
        .integers("strides", [window.vertical.stride, window.horizontal.stride]),
        .integer("group", channels),
      ])
    return ExportedValue(name: name, shape: output, isChannelsFirst: true)
  }
}

extension TokenPooling: ONNXExportable {
  func export(
    _ inputs: [ExportedValue], output: SampleShape, to graph: inout ONNXGraphBuilder
  ) -> ExportedValue {
    let x = inputs[0]
    if count == 1 {
      return ExportedValue(
        name: graph.gathered(x.name, graph.index(first), axis: 1),
        shape: output)
    }
    let end = first + (count ?? x.shape.width - first)
    let tokens =
      first == 0 && end == x.shape.width
      ? x.name : graph.slice(x.name, axis: 1, from: first, to: end)
    return ExportedValue(
      name: graph.reduce("ReduceMean", tokens, [1], keepsAxes: false),
      shape: output)
  }
}
