internal import Networks
internal import Tensors

/// Convolutions and poolings: operators with a window over height and width.
extension ONNXLowering {
  /// `Conv` with a constant weight.
  mutating func convolution(_ node: ONNXNode) throws(ONNXProblem) -> ONNXActivation {
    try convolution(
      node, try activation(node, 0), weight: try needed(node, 1), bias: try constant(node, 2),
      weightInput: 1)
  }

  /// A convolution with these weights, `[O, C / groups, height, width]`.
  mutating func convolution(
    _ node: ONNXNode, _ x: ONNXActivation, weight: ONNXArray, bias: ONNXArray?, weightInput: Int
  ) throws(ONNXProblem) -> ONNXActivation {
    var (x, weight) = (x, weight)
    let axes = weight.shape.count - 2
    guard axes == 1 || axes == 2, x.rank == axes + 2 else {
      throw .unsupported("a convolution of \(x.rank - 2) axes with a weight \(weight.shape)")
    }
    if axes == 1 {
      // A sequence is a map of one row.
      x = try reshaped(x, to: [x.shape[0], x.shape[1], 1, x.shape[2]])
      weight = weight.reshaped(to: [weight.shape[0], weight.shape[1], 1, weight.shape[2]])
    }
    let groups = node.integer("group") ?? 1
    let (outputs, inputs) = (weight.shape[0], x.sampleLength(1))
    guard groups > 0, outputs > 0, outputs % groups == 0, inputs % groups == 0,
      weight.shape[1] == inputs / groups, !weight.shape.contains(0)
    else {
      throw .malformed(
        "a weight \(weight.shape) in \(groups) groups does not fit \(inputs) channels")
    }
    guard x.batchAxis == 0, x.sampleLength(0) == 1 else {
      throw .unsupported("a convolution of several images a sample")
    }
    return try convolve(node, x, weight, bias, groups: groups, axes: axes, weightInput)
  }

  private mutating func convolve(
    _ node: ONNXNode, _ x: ONNXActivation, _ weight: ONNXArray, _ bias: ONNXArray?, groups: Int,
    axes: Int, _ weightInput: Int
  ) throws(ONNXProblem) -> ONNXActivation {
    let (outputs, inputs) = (weight.shape[0], x.sampleLength(1))
    let (height, width) = (x.sampleLength(2), x.sampleLength(3))
    if let bias, bias.count != outputs {
      throw .malformed("a bias of \(bias.count) values for \(outputs) channels")
    }
    let name = layerName(node, weight: weightInput)
    var state = [(name: "\(name).weight", tensor: weight.tensor())]
    if let bias { state.append(("\(name).bias", bias.tensor(shape: [outputs]))) }
    let pads = try pads(of: node, axes: axes)
    let kernel = (weight.shape[2], weight.shape[3])
    let place: Int
    if height == 1, width == 1, kernel == (1, 1), groups == 1, pads.isNone {
      let source = try arranged(x, [2, 3, 1], as: [inputs])
      place = try emit(
        output(node),
        Linear(
          name, from: inputs, to: outputs, hasBias: bias != nil, asConvolution: true), [source],
        state)
    } else {
      var source = try arranged(x, [2, 3, 1])
      var pads = pads
      // Zeros around a map are what a window's padding is.
      if let pad = nodes[source].operation as? Pad, pad.value == 0, pad.before.count == 3,
        pad.before[2] == 0, pad.after[2] == 0, !pads.isSame
      {
        pads.add(before: pad.before, after: pad.after)
        source = nodes[source].inputs[0]
      }
      let map = nodes[source].shape
      let window = try window(
        node, kernel: kernel, pads: pads, axes: axes, map: map, outputs: outputs, ceilMode: false)
      let operation: any Operator =
        groups == inputs && outputs == inputs && groups > 1
        ? DepthwiseConvolution(name, channels: inputs, window: window, hasBias: bias != nil)
        : Convolution(
          name, from: inputs, to: outputs, window: window, groups: groups, hasBias: bias != nil)
      place = try emit(output(node), operation, [source], state)
    }
    return mapActivation(place, channels: outputs, axes: axes)
  }

  /// `MaxPool` and `AveragePool`.
  mutating func pooling(_ node: ONNXNode) throws(ONNXProblem) -> ONNXActivation {
    var x = try activation(node, 0)
    guard let sizes = node.integers("kernel_shape"), sizes.count == x.rank - 2,
      sizes.count == 1 || sizes.count == 2, x.batchAxis == 0, x.sampleLength(0) == 1
    else { throw .unsupported("a pooling of \(x.rank - 2) axes") }
    let axes = sizes.count
    if axes == 1 { x = try reshaped(x, to: [x.shape[0], x.shape[1], 1, x.shape[2]]) }
    let kernel = axes == 1 ? (1, sizes[0]) : (sizes[0], sizes[1])
    var pads = try pads(of: node, axes: axes)
    let ceilMode = node.integer("ceil_mode") == 1
    var (source, channels) = (try arranged(x, [2, 3, 1]), x.sampleLength(1))
    let isMean = node.type == "AveragePool"
    if isMean, pads.isNone, kernel == (x.sampleLength(2), x.sampleLength(3)) {
      return try globalMean(node, x, axes: axes)
    }
    var countsPadding = node.integer("count_include_pad") == 1
    if isMean, let pad = nodes[source].operation as? Pad, pad.value == 0, pad.before.count == 3,
      pad.before[2] == 0, pad.after[2] == 0, !pads.isSame, pads.isNone || countsPadding, !ceilMode
    {
      pads.add(before: pad.before, after: pad.after)
      source = nodes[source].inputs[0]
      countsPadding = true
    }
    let map = nodes[source].shape
    channels = map.channels
    let window = try window(
      node, kernel: kernel, pads: pads, axes: axes, map: map, outputs: channels, ceilMode: ceilMode)
    if isMean, window.vertical.dilation != 1 || window.horizontal.dilation != 1 {
      throw .unsupported("a mean over a dilated window")
    }
    let operation: any Operator =
      isMean
      ? AveragePool(window, countsPadding: countsPadding) : MaxPool(window)
    let place = try emit(output(node), operation, [source])
    return mapActivation(place, channels: channels, axes: axes)
  }

  /// The mean over all pixels, with axes of one place left in their stead.
  mutating func globalMean(
    _ node: ONNXNode, _ x: ONNXActivation, axes: Int
  ) throws(ONNXProblem) -> ONNXActivation {
    let source = try arranged(x, Array(2..<x.rank) + [1])
    let place = try emit(output(node), GlobalAveragePool(), [source])
    return ONNXActivation(
      node: place,
      shape: [ONNXAxes.batch, x.sampleLength(1)] + Array(repeating: 1, count: axes))
  }

  /// A node's map as ONNX sees it, NCHW.
  private func mapActivation(_ place: Int, channels: Int, axes: Int) -> ONNXActivation {
    let map = nodes[place].shape
    let (height, width) = map.dimensions.count == 1 ? (1, 1) : (map.height, map.width)
    if axes == 1 {
      return ONNXActivation(
        node: place, shape: [ONNXAxes.batch, channels, width], order: [0, 2, 1])
    }
    return ONNXActivation(
      node: place, shape: [ONNXAxes.batch, channels, height, width], order: [0, 2, 3, 1])
  }

  /// The name of what a node computes.
  func output(_ node: ONNXNode) -> String { node.outputs.first ?? node.label }
}

/// Padding of a window as ONNX says it.
struct WindowPads {
  var top = 0
  var left = 0
  var bottom = 0
  var right = 0
  /// TensorFlow's "same", the odd pixel behind or before the map; nil for numbers.
  var same: Same?

  enum Same { case upper, lower }

  var isSame: Bool { same != nil }
  var isNone: Bool { same == nil && top == 0 && left == 0 && bottom == 0 && right == 0 }

  mutating func add(before: [Int], after: [Int]) {
    top += before[0]
    left += before[1]
    bottom += after[0]
    right += after[1]
  }
}

extension ONNXLowering {
  /// The largest padding, stride, dilation or window that is believed.
  static let largestWindow = 1 << 16

  private func pads(of node: ONNXNode, axes: Int) throws(ONNXProblem) -> WindowPads {
    switch node.text("auto_pad") ?? "NOTSET" {
    case "SAME_UPPER": return WindowPads(same: .upper)
    case "SAME_LOWER": return WindowPads(same: .lower)
    case "VALID": return WindowPads()
    case "NOTSET", "": break
    case let other: throw .malformed("it pads by '\(other)'")
    }
    let pads = node.integers("pads") ?? Array(repeating: 0, count: 2 * axes)
    guard pads.count == 2 * axes, pads.allSatisfy({ 0...ONNXLowering.largestWindow ~= $0 }) else {
      throw .unsupported("it pads by \(pads)")
    }
    return axes == 1
      ? WindowPads(left: pads[0], right: pads[1])
      : WindowPads(top: pads[0], left: pads[1], bottom: pads[2], right: pads[3])
  }

  private func window(
    _ node: ONNXNode, kernel: (Int, Int), pads: WindowPads, axes: Int, map: SampleShape,
    outputs: Int, ceilMode: Bool
  ) throws(ONNXProblem) -> Window {
    try check(
      size: [map.height + pads.top + pads.bottom, map.width + pads.left + pads.right, outputs])
    func pair(_ attribute: String) throws(ONNXProblem) -> (Int, Int) {
      let values = node.integers(attribute) ?? Array(repeating: 1, count: axes)
      guard values.count == axes, values.allSatisfy({ 1...ONNXLowering.largestWindow ~= $0 }) else {
        throw .malformed("its \(attribute) are \(values)")
      }
      return axes == 1 ? (1, values[0]) : (values[0], values[1])
    }
    let (strides, dilations) = (try pair("strides"), try pair("dilations"))
    guard 1...ONNXLowering.largestWindow ~= kernel.0, 1...ONNXLowering.largestWindow ~= kernel.1
    else { throw .malformed("its window is \(kernel.0)×\(kernel.1)") }
    let padding: Window.Padding
    switch pads.same {
    case .upper: padding = .same
    case .lower:
      let upper = Window(
        height: kernel.0, width: kernel.1, strides: strides, padding: .same, dilations: dilations)
      padding = .explicit(
        top: upper.vertical.trailing(along: map.height),
        left: upper.horizontal.trailing(along: map.width),
        bottom: upper.vertical.leading(along: map.height),
        right: upper.horizontal.leading(along: map.width))
    case nil:
      padding = .explicit(
        top: pads.top, left: pads.left, bottom: pads.bottom, right: pads.right)
    }
    return Window(
      height: kernel.0, width: kernel.1, strides: strides, padding: padding, dilations: dilations,
      ceilMode: ceilMode)
  }
}
