internal import Foundation
internal import Networks
internal import ONNXFormat
internal import Tensors

/// Collects the nodes and initializers of an ONNX graph.
struct ONNXGraphBuilder {
  private(set) var nodes: [ONNXNodeProto] = []
  /// Small constants; parameters are in ``parameters``.
  private(set) var constants: [ONNXTensorProto] = []
  /// The tensors that go by their own names, in the order of their first use.
  private(set) var parameters: [(name: String, tensor: Tensor)] = []
  private let state: StateDict
  private var taken: Set<String> = []
  /// The arrays that hold a map in the other order of axes.
  private var turned: [String: String] = [:]
  /// The constants by their contents.
  private var known: [[Int]: String] = [:]
  private var knownScalars: [Float: String] = [:]
  /// The name of the node that is being written, which those of its parts begin with.
  var scope = ""

  /// The name of the graph's input.
  let input: String

  /// A graph without nodes.
  init(state: StateDict, input: String, outputs: [String]) {
    self.state = state
    self.input = input
    taken = Set(state.names + [input] + outputs)
  }

  /// Adds a node and returns the name of its output.
  mutating func emit(
    _ type: String, _ inputs: [String], _ attributes: [ONNXAttributeProto] = []
  ) -> String {
    var node = ONNXNodeProto()
    node.opType = type
    node.input = inputs
    node.attribute = attributes
    node.name = unused("\(scope)/\(type)")
    node.output = ["\(node.name)_output"]
    nodes.append(node)
    return node.output[0]
  }

  /// Gives an array a name of its own.
  mutating func name(_ value: String, as name: String) {
    var node = ONNXNodeProto()
    node.opType = "Identity"
    node.input = [value]
    node.output = [name]
    node.name = "/\(name)"
    nodes.append(node)
  }

  private mutating func unused(_ name: String) -> String {
    if taken.insert(name).inserted { return name }
    var number = 1
    while !taken.insert("\(name)_\(number)").inserted { number += 1 }
    return "\(name)_\(number)"
  }

  /// A parameter or buffer under its own name.
  mutating func parameter(_ name: String) -> String {
    let tensor = values(name)
    if !parameters.contains(where: { $0.name == name }) { parameters.append((name, tensor)) }
    return name
  }

  /// The values of a parameter, for those that change on the way out.
  func values(_ name: String) -> Tensor {
    guard let tensor = state[name] else { preconditionFailure("the network has no '\(name)'") }
    return tensor
  }

  /// A tensor that is no parameter of the network, or a changed one.
  mutating func tensor(_ tensor: Tensor, named name: String) -> String {
    let name = unused(name)
    parameters.append((name, tensor))
    return name
  }

  /// A vector of integers, such as a shape.
  mutating func integers(_ values: [Int]) -> String {
    if let name = known[values] { return name }
    let name = unused("shape.\(values.map(String.init).joined(separator: "x"))")
    constants.append(.integers(values, dims: [values.count], named: name))
    known[values] = name
    return name
  }

  /// An integer without axes.
  mutating func index(_ value: Int) -> String {
    if let name = known[[.min, value]] { return name }
    let name = unused("index.\(value)")
    constants.append(.integers([value], dims: [], named: name))
    known[[.min, value]] = name
    return name
  }

  /// A number without axes.
  mutating func scalar(_ value: Float) -> String {
    if let name = knownScalars[value] { return name }
    let name = unused("number.\(value)")
    constants.append(.floats(Tensor(shape: [], values: [value]), named: name))
    knownScalars[value] = name
    return name
  }

  /// A map in ONNX's order of axes; anything else as it is.
  mutating func channelsFirst(_ value: ExportedValue) -> ExportedValue {
    guard value.shape.isMap, !value.isChannelsFirst else { return value }
    return ExportedValue(
      name: turn(value.name, [0, 3, 1, 2]), shape: value.shape, isChannelsFirst: true)
  }

  /// An array in the engine's order of axes.
  mutating func channelsLast(_ value: ExportedValue) -> ExportedValue {
    guard value.isChannelsFirst else { return value }
    return ExportedValue(name: turn(value.name, [0, 2, 3, 1]), shape: value.shape)
  }

  private mutating func turn(_ name: String, _ order: [Int]) -> String {
    if let other = turned[name] { return other }
    let other = transposed(name, order)
    turned[name] = other
    turned[other] = name
    return other
  }

  /// Two arrays in the same order of axes, that of the first.
  mutating func alike(_ a: ExportedValue, _ b: ExportedValue) -> ExportedValue {
    a.isChannelsFirst ? channelsFirst(b) : channelsLast(b)
  }

  /// An array with its axes, the batch's included, in another order.
  mutating func transposed(_ name: String, _ order: [Int]) -> String {
    emit("Transpose", [name], [.integers("perm", order)])
  }

  /// Places of an axis, the batch's included, by a list of indices or a single one.
  mutating func gathered(_ name: String, _ indices: String, axis: Int) -> String {
    emit("Gather", [name, indices], [.integer("axis", axis)])
  }

  /// Arrays one after another along an axis, the batch's included.
  mutating func concatenated(_ names: [String], axis: Int) -> String {
    emit("Concat", names, [.integer("axis", axis)])
  }

  /// The lengths of some axes of an array.
  mutating func shape(of name: String, from start: Int, to end: Int) -> String {
    emit("Shape", [name], [.integer("start", start), .integer("end", end)])
  }

  /// A reduction that has its axes as an attribute.
  mutating func reduce(
    _ type: String, _ name: String, _ axes: [Int], keepsAxes: Bool
  ) -> String {
    emit(type, [name], [.integers("axes", axes), .integer("keepdims", keepsAxes ? 1 : 0)])
  }

  /// An array under other axes (without the batch), which follows all that came before.
  mutating func reshape(_ name: String, to dimensions: [Int]) -> String {
    emit("Reshape", [name, integers([0] + dimensions)])
  }

  /// A parameter of one number per channel, ready to broadcast against an array.
  mutating func perChannel(_ parameter: String, of value: ExportedValue) -> String {
    let name = self.parameter(parameter)
    return value.isChannelsFirst
      ? emit("Reshape", [name, integers(value.channelShape)]) : name
  }

  /// Some places of one axis, as Slice takes them.
  mutating func slice(
    _ name: String, axis: Int, from start: Int, to end: Int, by step: Int = 1
  ) -> String {
    emit(
      "Slice", [name, integers([start]), integers([end]), integers([axis]), integers([step])])
  }

  /// A constant `[…]` once for each sample of the batch of another array.
  mutating func repeated(_ constant: String, axes: Int, forBatchOf array: String) -> String {
    let batch = shape(of: array, from: 0, to: 1)
    let ones = integers(Array(repeating: 1, count: axes))
    return emit("Expand", [constant, concatenated([batch, ones], axis: 0)])
  }
}

extension ONNXAttributeProto {
  static func integer(_ name: String, _ value: Int) -> ONNXAttributeProto {
    var attribute = ONNXAttributeProto()
    attribute.name = name
    attribute.type = .int
    attribute.i = Int64(value)
    return attribute
  }

  static func integers(_ name: String, _ values: [Int]) -> ONNXAttributeProto {
    var attribute = ONNXAttributeProto()
    attribute.name = name
    attribute.type = .ints
    attribute.ints = values.map(Int64.init)
    return attribute
  }

  static func float(_ name: String, _ value: Float) -> ONNXAttributeProto {
    var attribute = ONNXAttributeProto()
    attribute.name = name
    attribute.type = .float
    attribute.f = value
    return attribute
  }

  static func text(_ name: String, _ value: String) -> ONNXAttributeProto {
    var attribute = ONNXAttributeProto()
    attribute.name = name
    attribute.type = .string
    attribute.s = Data(value.utf8)
    return attribute
  }
}

extension ONNXTensorProto {
  /// ONNX's numbers of element types.
  static let float32 = Int32(1)
  static let int64 = Int32(7)

  /// A tensor without its values.
  static func described(_ name: String, _ type: Int32, dims: [Int]) -> ONNXTensorProto {
    var tensor = ONNXTensorProto()
    tensor.name = name
    tensor.dataType = type
    tensor.dims = dims.map(Int64.init)
    return tensor
  }

  static func integers(_ values: [Int], dims: [Int], named name: String) -> ONNXTensorProto {
    var tensor = described(name, int64, dims: dims)
    tensor.rawData = values.map { Int64($0).littleEndian }.withUnsafeBytes { Data($0) }
    return tensor
  }

  static func floats(_ tensor: Tensor, named name: String) -> ONNXTensorProto {
    var result = described(name, float32, dims: tensor.shape)
    tensor.withUnsafeBufferPointer { result.rawData = Data(buffer: $0) }
    return result
  }
}
