internal import Foundation
internal import Networks
internal import ONNXFormat
internal import Tensors

/// Takes an ONNX graph over node by node and finds what it ends in.
struct ONNXImporter {
  private(set) var reader: ONNXGraphReader
  var lowering: ONNXLowering
  let inputName: String
  let layout: ONNXModel.InputLayout
  let height: Int
  let width: Int
  let hasOpenSize: Bool
  /// The tensor that the user named as the embedding.
  let wantedFeature: String?
  /// Why a tensor could not be computed, by its name.
  private var failures: [String: CheckpointError.Problem] = [:]

  /// The largest side of an image.
  private static let largestSide = 4096

  init(
    _ reader: ONNXGraphReader, featureNode: String?, imageSize: Int?
  ) throws(CheckpointError.Problem) {
    let (name, declared) = try reader.inputShape()
    func isColour(_ length: Int?) -> Bool { length == 3 || length == 1 || length == 4 }
    let isLast = !isColour(declared[1]) && isColour(declared[3])
    guard isLast || declared[1] != nil else {
      throw .unsupported("its input '\(name)' does not say how many channels it has")
    }
    let (channels, rows, columns) =
      isLast ? (declared[3], declared[1], declared[2]) : (declared[1], declared[2], declared[3])
    inputName = name
    layout = isLast ? .nhwc : .nchw
    hasOpenSize = rows == nil || columns == nil
    height = rows ?? imageSize ?? columns ?? 224
    width = columns ?? imageSize ?? rows ?? 224
    guard let channels, channels <= 1024, max(height, width) <= ONNXImporter.largestSide,
      min(height, width) > 0
    else {
      throw .unsupported("its input '\(name)' is \(channels ?? 0) channels of \(height)×\(width)")
    }
    wantedFeature = try featureNode.map { (name) throws(CheckpointError.Problem) in
      try ONNXImporter.tensor(named: name, in: reader)
    }
    self.reader = reader
    let samples = declared[0] ?? 1
    var readers: [String: Int] = [:]
    for node in reader.nodes {
      for input in node.reads { readers[input, default: 0] += 1 }
    }
    for output in reader.outputs + [wantedFeature].compactMap({ $0 }) {
      readers[output, default: 0] += 1
    }
    lowering = ONNXLowering(
      opset: reader.opset, budget: (4 << 20) + 4 * reader.byteCount, samples: samples,
      readers: readers)
    do throws(ONNXProblem) {
      let shape = SampleShape(height: height, width: width, channels: channels)
      let place = try lowering.emit(name, Input(shape: shape), [])
      let axes = [ONNXAxes.batch, height, width, channels]
      lowering.bind(
        name,
        .activation(
          isLast
            ? ONNXActivation(node: place, shape: axes)
            : ONNXActivation(
              node: place, shape: [axes[0], axes[3], axes[1], axes[2]], order: [0, 2, 3, 1])))
    } catch { throw .unsupported("its input '\(name)' cannot be that of a network") }
  }

  /// The tensor that a user means by a name: a tensor's, or that of the node that computes it.
  private static func tensor(
    named name: String, in reader: ONNXGraphReader
  ) throws(CheckpointError.Problem) -> String {
    if reader.producers[name] != nil { return name }
    if let node = reader.nodes.first(where: { $0.name == name }), let output = node.outputs.first {
      return output
    }
    let names = reader.nodes.flatMap { [$0.name] + $0.outputs }.filter { !$0.isEmpty }
    let near = nearestNames(to: name, among: names)
    throw .unsupported(
      "it has no node '\(name)'"
        + (near.isEmpty ? "" : "; the nearest are \(near.joined(separator: ", "))"))
  }

  /// Writes all nodes that an output needs; what cannot be taken over is remembered for those who ask.
  mutating func lower() throws(CheckpointError.Problem) {
    let wanted = wantedFeature.map { [$0] } ?? []
    for index in reader.nodes(for: reader.outputs + wanted) { try take(reader.nodes[index]) }
  }

  /// Writes a node, or that branch of it which its condition chooses.
  private mutating func take(_ node: ONNXNode) throws(CheckpointError.Problem) {
    var failure: CheckpointError.Problem?
    for name in node.reads where !name.isEmpty && lowering.values[name] == nil {
      if let array = try reader.takeInitializer(name) {
        lowering.bind(name, .constant(array))
        if array.type?.isFloatingPoint == true { lowering.learnt.names.insert(name) }
      } else if failure == nil, node.inputs.contains(name) {
        failure = failures[name]
      }
    }
    if failure == nil, node.type == "If", let branch = lowering.chosenBranch(of: node) {
      return try inline(branch, as: node)
    }
    if failure == nil {
      do throws(ONNXProblem) { try lowering.lower(node) } catch {
        failure = problem(error, node)
      }
    }
    if let failure { for name in node.outputs { failures[name] = failure } }
  }

  /// Writes the nodes of a branch where the node stands that it belongs to.
  private mutating func inline(
    _ branch: ONNXBranch, as node: ONNXNode
  ) throws(CheckpointError.Problem) {
    for proto in branch.initializers {
      lowering.bind(proto.name, .constant(try reader.array(proto)))
    }
    for inner in branch.nodes { try take(inner) }
    for (name, inner) in zip(node.outputs, branch.outputs) {
      if let value = lowering.values[inner] {
        lowering.bind(name, value)
      } else {
        failures[name] =
          failures[inner] ?? problem(.malformed("its branch does not compute '\(inner)'"), node)
      }
    }
  }

  /// What a name stands for.
  ///
  /// - Throws: why it could not be computed.
  mutating func activation(_ name: String) throws(CheckpointError.Problem) -> ONNXActivation {
    if let failure = failures[name] { throw failure }
    guard case .activation(let activation) = lowering.values[name] else {
      throw .unsupported("its tensor '\(name)' does not depend on the image")
    }
    return activation
  }

  /// A sentence's part that names operator, node and operator set.
  private func problem(_ problem: ONNXProblem, _ node: ONNXNode) -> CheckpointError.Problem {
    let place =
      "operator \(node.type.isEmpty ? "without a name" : node.type) of node '\(node.label)' (opset "
      + "\(reader.opset)): "
    guard case .unsupported(let why) = problem else { return problem.of(place) }
    return .unsupported(
      "\(place)\(why); name a tensor before it as the embedding with --feature-node, or export the model "
        + "without it")
  }

  /// Writes further nodes.
  mutating func write<R>(
    _ body: (inout ONNXLowering) throws(ONNXProblem) -> R
  ) throws(CheckpointError.Problem) -> R {
    do throws(ONNXProblem) { return try body(&lowering) } catch { throw error.of() }
  }
}
