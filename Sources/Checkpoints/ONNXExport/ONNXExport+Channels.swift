internal import Networks
internal import ONNXFormat

extension ChannelSlice: ONNXExportable {
  func export(
    _ inputs: [ExportedValue], output: SampleShape, to graph: inout ONNXGraphBuilder
  ) -> ExportedValue {
    let x = inputs[0]
    let name = graph.slice(
      x.name, axis: x.axis(-1), from: range.lowerBound, to: range.upperBound)
    return graph.with(x, name, shape: output)
  }
}

extension ChannelShuffle: ONNXExportable {
  func export(
    _ inputs: [ExportedValue], output: SampleShape, to graph: inout ONNXGraphBuilder
  ) -> ExportedValue {
    let x = inputs[0]
    let (axes, place) = (x.dimensions, x.axis(-1) - 1)
    let split = [groups, x.shape.channels / groups]
    let grouped = graph.reshape(
      x.name, to: Array(axes[..<place]) + split + Array(axes[(place + 1)...]))
    var order = Array(0..<(axes.count + 2))
    order.swapAt(place + 1, place + 2)
    return graph.with(x, graph.reshape(graph.transposed(grouped, order), to: axes))
  }
}

extension PaddedShortcut: ONNXExportable {
  func export(
    _ inputs: [ExportedValue], output: SampleShape, to graph: inout ONNXGraphBuilder
  ) -> ExportedValue {
    let x = graph.channelsFirst(inputs[0])
    var name = x.name
    if stride > 1 {
      for axis in [2, 3] {
        name = graph.slice(name, axis: axis, from: 0, to: .max, by: stride)
      }
    }
    let pads = graph.integers([0, before, 0, 0, 0, after, 0, 0])
    return graph.with(x, graph.emit("Pad", [name, pads]), shape: output)
  }
}

extension PatchMerging: ONNXExportable {
  func export(
    _ inputs: [ExportedValue], output: SampleShape, to graph: inout ONNXGraphBuilder
  ) -> ExportedValue {
    let x = graph.channelsLast(inputs[0])
    var name = x.name
    let (below, right) = (x.shape.height % 2, x.shape.width % 2)
    if below + right > 0 {
      name = graph.emit("Pad", [name, graph.integers([0, 0, 0, 0, 0, below, right, 0])])
    }
    var parts: [String] = []
    for (row, column) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
      let rows = graph.slice(name, axis: 1, from: row, to: .max, by: 2)
      parts.append(graph.slice(rows, axis: 2, from: column, to: .max, by: 2))
    }
    return ExportedValue(name: graph.concatenated(parts, axis: 3), shape: output)
  }
}
