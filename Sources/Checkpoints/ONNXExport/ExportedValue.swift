internal import Networks

/// An activation of an ONNX graph under construction.
struct ExportedValue {
  /// The name of the array, the batch its first axis.
  let name: String
  /// The axes of a sample as the engine has them, channels last.
  let shape: SampleShape
  /// Whether the array is `[N, C, H, W]`, as ONNX's convolutions want maps, and not `[N, H, W, C]`.
  var isChannelsFirst = false

  /// Where an axis of the sample, counted from the last where negative, is in the array.
  func axis(_ sampleAxis: Int) -> Int {
    let rank = shape.dimensions.count
    let place = sampleAxis < 0 ? sampleAxis + rank : sampleAxis
    guard isChannelsFirst else { return place + 1 }
    return place == rank - 1 ? 1 : place + 2
  }

  /// The array's axes without the batch.
  var dimensions: [Int] {
    isChannelsFirst ? [shape.channels, shape.dimensions[0], shape.dimensions[1]] : shape.dimensions
  }

  /// A shape for an array of one number per channel that broadcasts against this one.
  var channelShape: [Int] { isChannelsFirst ? [shape.channels, 1, 1] : [shape.channels] }
}

/// An operator that can be written as nodes of ONNX's operator set 17.
///
/// One extension per operator; a network with an operator that lacks it cannot be exported.
protocol ONNXExportable: Operator {
  /// Adds the operator's nodes and returns its output, in evaluation mode.
  ///
  /// - Parameter output: The output's shape.
  func export(
    _ inputs: [ExportedValue], output: SampleShape, to graph: inout ONNXGraphBuilder
  ) -> ExportedValue
}
