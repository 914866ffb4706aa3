internal import Networks
internal import ONNXFormat
internal import Tensors

extension Tokens: ONNXExportable {
  func export(
    _ inputs: [ExportedValue], output: SampleShape, to graph: inout ONNXGraphBuilder
  ) -> ExportedValue {
    let x = inputs[0]
    guard x.isChannelsFirst else {
      return ExportedValue(name: graph.reshape(x.name, to: output.dimensions), shape: output)
    }
    let pixels = graph.reshape(x.name, to: [x.shape.channels, x.shape.pixels])
    return ExportedValue(name: graph.transposed(pixels, [0, 2, 1]), shape: output)
  }
}

extension TokenEmbedding: ONNXExportable {
  func export(
    _ inputs: [ExportedValue], output: SampleShape, to graph: inout ONNXGraphBuilder
  ) -> ExportedValue {
    let patches = SampleShape(tokens: inputs[0].shape.pixels, channels: channels)
    var tokens = Tokens().export([inputs[0]], output: patches, to: &graph).name
    // Positions resampled for this image size, and learnt tokens with theirs.
    let table = table(
      parameters.map { graph.values($0.name) },
      grid: Grid(rows: inputs[0].shape.height, columns: inputs[0].shape.width))
    let prefix = output.width - patches.width
    if positions != nil {
      let own = table.rows(prefix..<output.width).reshaped(to: [1, patches.width, channels])
      tokens = graph.emit("Add", [tokens, graph.tensor(own, named: "\(graph.scope).positions")])
    }
    if prefix > 0 {
      let learnt = graph.tensor(
        table.rows(0..<prefix).reshaped(to: [1, prefix, channels]), named: "\(graph.scope).tokens")
      tokens = graph.concatenated(
        [graph.repeated(learnt, axes: 2, forBatchOf: tokens), tokens], axis: 1)
    }
    return ExportedValue(name: tokens, shape: output)
  }
}

extension LearntArray: ONNXExportable {
  func export(
    _ inputs: [ExportedValue], output: SampleShape, to graph: inout ONNXGraphBuilder
  ) -> ExportedValue {
    let values = graph.tensor(
      graph.values(name).reshaped(to: [1] + shape.dimensions), named: "\(name).row")
    return ExportedValue(
      name: graph.repeated(values, axes: shape.dimensions.count, forBatchOf: graph.input),
      shape: output)
  }
}

extension Attention: ONNXExportable {
  func export(
    _ inputs: [ExportedValue], output: SampleShape, to graph: inout ONNXGraphBuilder
  ) -> ExportedValue {
    let x = graph.channelsLast(inputs[0])
    let (tokens, width) = (x.shape.width, output.channels / heads)
    // [3, sequences, heads, tokens, channels of a head]
    let parted = graph.emit(
      "Reshape", [x.name, graph.integers([-1, tokens, 3, heads, width])])
    let stacked = graph.transposed(parted, [2, 0, 3, 1, 4])
    var parts: [String] = []
    for part in 0..<3 { parts.append(graph.gathered(stacked, graph.index(part), axis: 0)) }
    let keys = graph.transposed(parts[1], [0, 1, 3, 2])
    let scaled = graph.emit(
      "Mul", [parts[0], graph.scalar(Float(1 / Double(width).squareRoot()))])
    var scores = graph.emit("MatMul", [scaled, keys])
    if let positions {
      let bias = graph.tensor(
        positions.bias(graph.values(positions.name), heads: heads), named: "\(positions.name).bias")
      scores = graph.emit("Add", [scores, bias])
      let (rows, columns) = (x.shape.dimensions[0], x.shape.dimensions[1])
      if let mask = positions.mask(rows: rows, columns: columns) {
        let windows = rows * columns
        let byWindow = graph.emit(
          "Reshape", [scores, graph.integers([-1, windows, heads, tokens, tokens])])
        let masked = graph.emit(
          "Add", [byWindow, graph.tensor(mask, named: "\(positions.name).mask")])
        scores = graph.emit("Reshape", [masked, graph.integers([-1, heads, tokens, tokens])])
      }
    }
    let shares = graph.emit("Softmax", [scores], [.integer("axis", -1)])
    let mixed = graph.transposed(graph.emit("MatMul", [shares, parts[2]]), [0, 2, 1, 3])
    return ExportedValue(
      name: graph.emit("Reshape", [mixed, graph.integers([-1] + output.dimensions)]),
      shape: output)
  }
}

extension WindowPartition: ONNXExportable {
  func export(
    _ inputs: [ExportedValue], output: SampleShape, to graph: inout ONNXGraphBuilder
  ) -> ExportedValue {
    let x = graph.channelsLast(inputs[0])
    let (rows, columns) = (output.dimensions[0], output.dimensions[1])
    var name = graph.rolled(x.name, x.shape, down: shift.down, right: shift.right)
    let (below, right) = (rows * height - x.shape.height, columns * width - x.shape.width)
    if below + right > 0 {
      name = graph.emit("Pad", [name, graph.integers([0, 0, 0, 0, 0, below, right, 0])])
    }
    let cut = graph.reshape(name, to: [rows, height, columns, width, x.shape.channels])
    return ExportedValue(
      name: graph.reshape(graph.transposed(cut, [0, 1, 3, 2, 4, 5]), to: output.dimensions),
      shape: output)
  }
}

extension WindowReversal: ONNXExportable {
  func export(
    _ inputs: [ExportedValue], output: SampleShape, to graph: inout ONNXGraphBuilder
  ) -> ExportedValue {
    let windows = inputs[0].shape.dimensions
    let (rows, columns) = (windows[0], windows[1])
    let cut = graph.reshape(inputs[0].name, to: [rows, columns, height, width, output.channels])
    var map = graph.reshape(
      graph.transposed(cut, [0, 1, 3, 2, 4, 5]),
      to: [rows * height, columns * width, output.channels])
    if rows * height > output.height {
      map = graph.slice(map, axis: 1, from: 0, to: output.height)
    }
    if columns * width > output.width {
      map = graph.slice(map, axis: 2, from: 0, to: output.width)
    }
    map = graph.rolled(map, output, down: -shift.down, right: -shift.right)
    let residual = graph.channelsLast(inputs[1])
    return ExportedValue(name: graph.emit("Add", [map, residual.name]), shape: output)
  }
}

extension ONNXGraphBuilder {
  /// A map `[N, H, W, C]` rolled up and to the left.
  fileprivate mutating func rolled(
    _ name: String, _ shape: SampleShape, down: Int, right: Int
  ) -> String {
    var result = name
    for (axis, shift, length) in [(1, down, shape.height), (2, right, shape.width)]
    where shift != 0 {
      let order = (0..<length).map { ($0 + shift + length) % length }
      result = gathered(result, integers(order), axis: axis)
    }
    return result
  }
}
