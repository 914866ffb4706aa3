internal import Foundation
internal import Networks
internal import ONNXFormat
internal import Tensors

/// Writes the graph of the engine that computes what an ONNX graph computes.
///
/// Nodes are taken in their order. What depends on constants alone is computed at once
/// (``ONNXFolding``); the rest becomes operators on tensors whose layout is tracked
/// (``ONNXActivation``), so that convolutions, poolings and normalisations work on NHWC memory and
/// transpositions vanish. A step that completes a known pattern (a GELU, an attention) is written as the
/// whole; the parts, which nobody reads any more, are dropped at the end.
struct ONNXLowering {
  var nodes: [LoweredNode] = []
  var folding: ONNXFolding
  var values: [String: ONNXValue] = [:]
  /// How many nodes and outputs read each name.
  var readers: [String: Int]
  /// The names that stand for each lowered node's output.
  private var namesOfNode: [Int: [String]] = [:]
  private var usedNames: Set<String> = []
  private var usedParameters: Set<String> = []
  /// Results of moving memory, by the node and the order.
  private var moved: [Movement: Int] = [:]

  /// The nodes that the patterns know by what they compute.
  var facts: [Int: LoweredFact] = [:]

  /// The constants that training changes.
  var learnt = LearntConstants()

  private struct Movement: Hashable {
    let node: Int
    let factors: [Int]
    let order: [Int]
  }

  /// The number of samples that a file exported for a fixed one has in its shapes; else 1.
  let samples: Int

  init(opset: Int, budget: Int, samples: Int, readers: [String: Int]) {
    folding = ONNXFolding(opset: opset, budget: budget)
    self.samples = samples
    self.readers = readers
  }

  var opset: Int { folding.opset }

  /// The largest number of values of one sample's activation.
  static let largestSample = 1 << 32

  /// Refuses shapes of more places than any network has, before anything multiplies them.
  ///
  /// - Parameter shape: One sample's, or as ONNX sees it.
  func check(size shape: [Int]) throws(ONNXProblem) {
    guard let count = ONNXAxes.product(shape.map(ONNXAxes.withoutBatch)),
      count <= ONNXLowering.largestSample
    else { throw .unsupported("its output \(shape) is too large") }
  }

  // MARK: Writing

  /// Appends a node and returns its position.
  mutating func emit(
    _ name: String, _ operation: any Operator, _ inputs: [Int],
    _ state: [(name: String, tensor: Tensor)] = [], number: Float? = nil
  ) throws(ONNXProblem) -> Int {
    let shapes = inputs.map { nodes[$0].shape }
    let shape: SampleShape
    do throws(ShapeMismatch) { shape = try operation.outputShape(of: shapes) } catch {
      throw .unsupported(
        "it gets \(shapes.map(\.description).joined(separator: " and ")), but \(error.reason)")
    }
    try check(size: shape.dimensions)
    nodes.append(
      LoweredNode(
        name: unused(name, &usedNames), operation: operation, inputs: inputs, shape: shape,
        state: state, number: number))
    return nodes.count - 1
  }

  /// A name for parameters that no other node uses, from that of a weight or what it computes.
  mutating func parameterName(_ name: String) -> String {
    unused(name.isEmpty ? "unnamed" : name, &usedParameters)
  }

  private func unused(_ name: String, _ used: inout Set<String>) -> String {
    var (candidate, count) = (name, 2)
    while !used.insert(candidate).inserted {
      candidate = "\(name)#\(count)"
      count += 1
    }
    return candidate
  }

  /// Says what a name stands for.
  mutating func bind(_ name: String, _ value: ONNXValue) {
    values[name] = value
    if case .activation(let activation) = value {
      namesOfNode[activation.node, default: []].append(name)
    }
  }

  /// The names that stand for a lowered node's output.
  func names(of node: Int) -> [String] { namesOfNode[node] ?? [] }

  /// Whether one node at most reads what a lowered node computes, under all names that it has.
  func hasOneReader(_ node: Int) -> Bool {
    guard let names = namesOfNode[node] else { return true }
    // A further name comes from a reader that moves nothing.
    return names.reduce(0) { $0 + (readers[$1] ?? 0) } - (names.count - 1) <= 1
  }

  // MARK: Memory

  /// The node that has an activation under exactly these dimensions; a view where they differ.
  mutating func viewed(_ node: Int, as dimensions: [Int]) throws(ONNXProblem) -> Int {
    if nodes[node].shape.dimensions == dimensions { return node }
    // A view of a view is one of the original.
    var source = node
    while nodes[source].operation is Reshape { source = nodes[source].inputs[0] }
    if nodes[source].shape.dimensions == dimensions { return source }
    let movement = Movement(node: source, factors: dimensions, order: [])
    if let place = moved[movement] { return place }
    let shape = nodes[source].shape
    let operation: any Operator =
      shape.isMap && dimensions == [shape.pixels, shape.channels]
      ? Tokens() : Reshape(to: dimensions)
    let place = try emit("\(nodes[node].name)/view", operation, [source])
    moved[movement] = place
    return place
  }

  /// The node that has the axes of an activation in an order, each as one dimension of its sample.
  ///
  /// - Parameters:
  ///   - order: The axes, outermost first; those that are left out must have one place.
  ///   - dimensions: The dimensions that the node shall have; nil for one an axis.
  mutating func arranged(
    _ activation: ONNXActivation, _ order: [Int], as dimensions: [Int]? = nil
  ) throws(ONNXProblem) -> Int {
    guard let memory = activation.memory(of: order),
      memory.count == activation.factors.count
    else { throw .unsupported("it needs samples in the outermost axis") }
    let wanted = dimensions ?? order.map { activation.sampleLength($0) }
    let target = wanted.isEmpty ? [1] : wanted
    if memory == Array(memory.indices) { return try viewed(activation.node, as: target) }
    // Neighbours that stay together move as one.
    var runs: [[Int]] = []
    for factor in memory {
      if let last = runs.last?.last, last + 1 == factor {
        runs[runs.count - 1].append(factor)
      } else {
        runs.append([factor])
      }
    }
    let sorted = runs.indices.sorted { runs[$0][0] < runs[$1][0] }
    let lengths = sorted.map { runs[$0].reduce(1) { $0 * activation.factors[$1] } }
    let places = runs.indices.map { run in sorted.firstIndex(of: run) ?? 0 }
    let movement = Movement(node: activation.node, factors: lengths, order: places)
    var place = moved[movement]
    if place == nil {
      let source = try viewed(activation.node, as: lengths)
      place = try emit(
        "\(nodes[activation.node].name)/moved", Transposition(places), [source])
      moved[movement] = place
    }
    return try viewed(place ?? 0, as: target)
  }

  /// An activation with its memory in the order of its axes, as one factor.
  mutating func contiguous(
    _ activation: ONNXActivation
  ) throws(ONNXProblem) -> ONNXActivation {
    let order = Array(0..<activation.rank)
    let samples = activation.shape.map(ONNXAxes.withoutBatch).reduce(1, *)
    guard
      activation.batchAxis.map({ axis in
        order[..<axis].allSatisfy { activation.sampleLength($0) == 1 }
      }) ?? true
    else { throw .unsupported("it needs samples in the outermost axis") }
    let node = try arranged(activation, order, as: [samples])
    return ONNXActivation(node: node, shape: [ONNXAxes.batch, samples])
  }

  /// The same values under axes of other lengths.
  mutating func reshaped(
    _ activation: ONNXActivation, to shape: [Int]
  ) throws(ONNXProblem) -> ONNXActivation {
    if let result = activation.reshaped(to: shape) { return result }
    guard let result = try contiguous(activation).reshaped(to: shape) else {
      throw .unsupported("it makes \(shape) of \(activation.shape), across samples")
    }
    return result
  }

  // MARK: Inputs

  /// What an input stands for; nil where it is left out.
  func value(_ node: ONNXNode, _ index: Int) throws(ONNXProblem) -> ONNXValue? {
    guard let name = node.input(index) else { return nil }
    guard let value = values[name] else {
      throw .malformed("it reads '\(name)' before that is computed")
    }
    return value
  }

  func activation(_ node: ONNXNode, _ index: Int) throws(ONNXProblem) -> ONNXActivation {
    guard case .activation(let activation) = try value(node, index) else {
      throw .unsupported("its input \(index) is a constant")
    }
    return activation
  }

  /// A constant input; nil where it is left out.
  func constant(_ node: ONNXNode, _ index: Int) throws(ONNXProblem) -> ONNXArray? {
    switch try value(node, index) {
    case .constant(let array): return array
    case .activation: throw .unsupported("its input \(index) is computed from the image")
    case nil: return nil
    }
  }

  /// A number that is an attribute in older operator sets and an input in newer ones.
  func number(
    _ node: ONNXNode, _ attribute: String, input: Int
  ) throws(ONNXProblem) -> Float? {
    if let value = node.float(attribute) { return value }
    return try constant(node, input)?.scalar
  }

  /// A constant input that must be there.
  func needed(_ node: ONNXNode, _ index: Int) throws(ONNXProblem) -> ONNXArray {
    guard let array = try constant(node, index) else { throw .malformed("it lacks input \(index)") }
    return array
  }
}
