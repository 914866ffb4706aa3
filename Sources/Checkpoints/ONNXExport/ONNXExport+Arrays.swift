internal import Networks
internal import ONNXFormat
internal import Tensors

extension ONNXGraphBuilder {
  /// The sum or another function of two arrays of one shape.
  fileprivate mutating func joined(
    _ type: String, _ a: ExportedValue, _ b: ExportedValue
  ) -> ExportedValue {
    with(a, emit(type, [a.name, alike(a, b).name]))
  }
}

extension Add: ONNXExportable {
  func export(
    _ inputs: [ExportedValue], output: SampleShape, to graph: inout ONNXGraphBuilder
  ) -> ExportedValue {
    let sum = graph.joined("Add", inputs[0], inputs[1])
    return graph.with(sum, graph.activate(sum.name, .clamp(clamp)))
  }
}

extension Average: ONNXExportable {
  func export(
    _ inputs: [ExportedValue], output: SampleShape, to graph: inout ONNXGraphBuilder
  ) -> ExportedValue {
    let sum = graph.joined("Add", inputs[0], inputs[1])
    return graph.with(sum, graph.emit("Mul", [sum.name, graph.scalar(0.5)]))
  }
}

extension Arithmetic: ONNXExportable {
  func export(
    _ inputs: [ExportedValue], output: SampleShape, to graph: inout ONNXGraphBuilder
  ) -> ExportedValue {
    let rank = output.dimensions.count
    var operands = inputs.map { graph.extended($0, toRank: rank) }
    if let constant {
      operands.insert(graph.parameter(constant.name), at: constant.isFirst ? 0 : 1)
    }
    let type =
      switch function {
      case .add: "Add"
      case .subtract: "Sub"
      case .multiply: "Mul"
      case .divide: "Div"
      case .minimum: "Min"
      case .maximum: "Max"
      }
    return ExportedValue(name: graph.emit(type, operands), shape: output)
  }
}

extension Power: ONNXExportable {
  func export(
    _ inputs: [ExportedValue], output: SampleShape, to graph: inout ONNXGraphBuilder
  ) -> ExportedValue {
    let x = inputs[0].name
    let y =
      switch exponent {
      case 0.5: graph.emit("Sqrt", [x])
      case -1: graph.emit("Reciprocal", [x])
      case -0.5: graph.emit("Reciprocal", [graph.emit("Sqrt", [x])])
      default: graph.emit("Pow", [x, graph.scalar(exponent)])
      }
    return graph.with(inputs[0], y)
  }
}

extension Reduction: ONNXExportable {
  func export(
    _ inputs: [ExportedValue], output: SampleShape, to graph: inout ONNXGraphBuilder
  ) -> ExportedValue {
    let x = graph.channelsLast(inputs[0])
    let places = (axes ?? Array(x.shape.dimensions.indices)).map { x.axis($0) }.sorted()
    var y: String
    switch function {
    // The sum alone has its axes as an input in operator set 17.
    case .sum:
      y = graph.emit(
        "ReduceSum", [x.name, graph.integers(places)], [.integer("keepdims", keepsAxes ? 1 : 0)])
    case .mean: y = graph.reduce("ReduceMean", x.name, places, keepsAxes: keepsAxes)
    case .maximum: y = graph.reduce("ReduceMax", x.name, places, keepsAxes: keepsAxes)
    case .minimum: y = graph.reduce("ReduceMin", x.name, places, keepsAxes: keepsAxes)
    }
    if !keepsAxes && places.count == x.shape.dimensions.count {
      y = graph.emit("Reshape", [y, graph.integers([-1, 1])])
    }
    return ExportedValue(name: y, shape: output)
  }
}

extension Transposition: ONNXExportable {
  func export(
    _ inputs: [ExportedValue], output: SampleShape, to graph: inout ONNXGraphBuilder
  ) -> ExportedValue {
    let x = graph.channelsLast(inputs[0])
    return ExportedValue(name: graph.transposed(x.name, [0] + order.map { $0 + 1 }), shape: output)
  }
}

extension Slice: ONNXExportable {
  func export(
    _ inputs: [ExportedValue], output: SampleShape, to graph: inout ONNXGraphBuilder
  ) -> ExportedValue {
    let x = inputs[0]
    let name = graph.emit(
      "Slice",
      [
        x.name, graph.integers(cuts.map(\.start)), graph.integers(cuts.map(\.end)),
        graph.integers(cuts.map { x.axis($0.axis) }), graph.integers(cuts.map(\.step)),
      ])
    return graph.with(x, name, shape: output)
  }
}

extension Gather: ONNXExportable {
  func export(
    _ inputs: [ExportedValue], output: SampleShape, to graph: inout ONNXGraphBuilder
  ) -> ExportedValue {
    let x = graph.channelsLast(inputs[0])
    // A sample of one axis keeps it, so that something is left.
    let keeps = keepsAxis || x.shape.dimensions.count == 1
    let places = keeps ? graph.integers(indices) : graph.index(indices[0])
    return ExportedValue(name: graph.gathered(x.name, places, axis: x.axis(axis)), shape: output)
  }
}

extension Pad: ONNXExportable {
  func export(
    _ inputs: [ExportedValue], output: SampleShape, to graph: inout ONNXGraphBuilder
  ) -> ExportedValue {
    let x = inputs[0]
    var pads = Array(repeating: 0, count: 2 * (before.count + 1))
    for axis in before.indices {
      pads[x.axis(axis)] = before[axis]
      pads[before.count + 1 + x.axis(axis)] = after[axis]
    }
    let name = graph.emit("Pad", [x.name, graph.integers(pads), graph.scalar(value)])
    return graph.with(x, name, shape: output)
  }
}

extension Concatenation: ONNXExportable {
  func export(
    _ inputs: [ExportedValue], output: SampleShape, to graph: inout ONNXGraphBuilder
  ) -> ExportedValue {
    let first = inputs[0]
    var parts: [String] = []
    for input in inputs { parts.append(graph.alike(first, input).name) }
    return graph.with(first, graph.concatenated(parts, axis: first.axis(axis)), shape: output)
  }
}

extension Reshape: ONNXExportable {
  func export(
    _ inputs: [ExportedValue], output: SampleShape, to graph: inout ONNXGraphBuilder
  ) -> ExportedValue {
    let x = graph.channelsLast(inputs[0])
    return ExportedValue(name: graph.reshape(x.name, to: output.dimensions), shape: output)
  }
}

extension Resize: ONNXExportable {
  func export(
    _ inputs: [ExportedValue], output: SampleShape, to graph: inout ONNXGraphBuilder
  ) -> ExportedValue {
    let x = graph.channelsFirst(inputs[0])
    let name: String
    switch size {
    case .scaled(let height, let width):
      let scales = graph.tensor(
        Tensor(shape: [4], values: [1, 1, Float(height), Float(width)]),
        named: "\(graph.scope).scales")
      name = graph.emit("Resize", [x.name, "", scales], attributes)
    case .exactly:
      // All four lengths must be given, so the batch's is read from the input.
      let kept = graph.shape(of: x.name, from: 0, to: 2)
      let sizes = graph.concatenated(
        [kept, graph.integers([output.height, output.width])], axis: 0)
      name = graph.emit("Resize", [x.name, "", "", sizes], attributes)
    }
    return ExportedValue(name: name, shape: output, isChannelsFirst: true)
  }

  private var attributes: [ONNXAttributeProto] {
    let place =
      switch coordinates {
      case .halfPixel: "half_pixel"
      case .pytorchHalfPixel: "pytorch_half_pixel"
      case .alignCorners: "align_corners"
      case .asymmetric: "asymmetric"
      }
    let how = ONNXAttributeProto.text("coordinate_transformation_mode", place)
    switch mode {
    case .linear: return [how, .text("mode", "linear")]
    case .nearest(let rounding):
      let name =
        switch rounding {
        case .floor: "floor"
        case .ceil: "ceil"
        case .preferFloor: "round_prefer_floor"
        case .preferCeil: "round_prefer_ceil"
        }
      return [how, .text("mode", "nearest"), .text("nearest_mode", name)]
    }
  }
}
