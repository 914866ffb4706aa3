internal import Tensors

/// Rewrites a list of nodes so that fewer passes over memory compute the same.
///
/// - A normalisation that uses its running statistics is folded into the product before it:
///   `w' = w · γ / √(σ² + ε)`, `b' = β + (b − μ) · γ / √(σ² + ε)`; a layer scale likewise.
/// - A convolution that standardises its weights and does not train becomes one with such weights.
/// - The addition of a residual and an activation join the epilogue of the product or normalisation
///   before them; in training, clamping activations only, but any activation joins a batch
///   normalisation.
/// - In training a layer scale joins the linear layer before it, and the derivative of an activation the
///   gradient of the linear layer behind it.
/// - Dropout and stochastic depth vanish where they do nothing.
///
/// Only a node whose output has one reader and is not itself wanted is merged into that reader.
package struct Fusion {
  /// The remaining nodes, in topological order.
  package private(set) var nodes: [Node]
  /// The weights of the remaining nodes, before ``scales``.
  package private(set) var state: StateDict
  /// The factor of each output channel of a weight that took over what followed it.
  ///
  /// Weights are scaled when they are copied: a scaled copy of all would be in memory beside the
  /// original.
  private var scales: [String: [Double]] = [:]
  /// For each original node, the remaining node with the same output; nil where it was merged away.
  package private(set) var positions: [Int?]

  /// The rewritten nodes in the places of the original ones.
  private var slots: [Node?]
  /// For each place, the place whose output it passes on.
  private var source: [Int]
  private var readers: [Int]

  /// The shape of each remaining node's output, given those of the original nodes.
  package func shapes(of original: [SampleShape]) -> [SampleShape] {
    // A fused node keeps the output of the last node that was merged into it.
    var shapes = Array(repeating: original[0], count: nodes.count)
    for (place, fused) in positions.enumerated() {
      if let fused { shapes[fused] = original[place] }
    }
    return shapes
  }

  /// Fuses a graph.
  ///
  /// - Parameters:
  ///   - wanted: Nodes whose outputs must survive.
  ///   - needed: The nodes that are computed at all; closed under inputs. The others are dropped.
  ///   - isEvaluated: Whether a node runs as in inference, so that normalisation may be folded and
  ///     dropout does nothing.
  ///   - trainable: The names of the parameters that are trained.
  ///   - merges: False to leave additions and activations where they are.
  package init(
    graph: Graph, state: StateDict, wanted: Set<Int>, needed: Set<Int>,
    isEvaluated: (Int) -> Bool, trainable: Set<String> = [], merges: Bool = true
  ) {
    self.nodes = []
    self.state = state
    self.positions = []
    self.slots = graph.nodes
    self.source = Array(graph.nodes.indices)
    self.readers = Array(repeating: 0, count: graph.nodes.count)
    for place in needed { for input in graph.nodes[place].inputs { readers[input] += 1 } }
    for place in wanted { readers[place] += 2 }

    for (place, node) in graph.nodes.enumerated() {
      guard needed.contains(place) else {
        slots[place] = nil
        continue
      }
      let node = Node(
        name: node.name, operation: node.operation, inputs: node.inputs.map { source[$0] })
      slots[place] = node
      switch node.operation {
      case let norm as BatchNorm where isEvaluated(place) && norm.epilogue == .none:
        fold(affine(of: norm), node, at: place)
      case let scale as LayerScale where isEvaluated(place):
        fold(affine(of: scale), node, at: place)
      case let scale as LayerScale: join(scale, node, at: place, trainable)
      case let convolution as StandardizedConvolution where isEvaluated(place):
        standardize(convolution, node, at: place)
      case is any RandomOperator where isEvaluated(place): pass(node, at: place)
      case is Add where merges: mergeAddition(node, at: place)
      case let activation as Activation where merges:
        merge(activation.function, node, at: place, isEvaluated: isEvaluated(place))
      default: break
      }
    }
    for place in slots.indices { takeSlope(at: place, trainable) }
    compact()
  }

  /// The node at a place if its only reader may absorb it.
  private func absorbable(_ place: Int) -> Node? {
    readers[place] == 1 ? slots[place] : nil
  }

  private mutating func replace(_ absorbed: Int, at place: Int, by node: Node) {
    slots[absorbed] = nil
    slots[place] = node
  }

  private mutating func pass(_ node: Node, at place: Int) {
    // The input inherits the readers of this place; one of its own readers was this place.
    source[place] = node.inputs[0]
    readers[node.inputs[0]] += readers[place] - 1
    slots[place] = nil
  }

  /// What is done to each channel: `y = scale · x + shift`.
  private typealias Affine = (scale: [Double], shift: [Double])

  private func affine(of norm: BatchNorm) -> Affine {
    let (scales, shifts) = (values("\(norm.name).weight"), values("\(norm.name).bias"))
    let (means, variances) = (
      values("\(norm.name).running_mean"), values("\(norm.name).running_var")
    )
    let scale = (0..<norm.channels).map {
      Double(scales[$0]) / (Double(variances[$0]) + Double(norm.epsilon)).squareRoot()
    }
    return (scale, scale.indices.map { Double(shifts[$0]) - Double(means[$0]) * scale[$0] })
  }

  private func affine(of scale: LayerScale) -> Affine {
    (values(scale.name).map(Double.init), Array(repeating: 0, count: scale.channels))
  }

  private func values(_ name: String) -> [Float] {
    guard let tensor = state[name] else {
      preconditionFailure("fusion needs a validated state; '\(name)' is missing")
    }
    return tensor.values
  }

  /// Lets the product before a node do what the node does to its channels.
  private mutating func fold(_ affine: Affine, _ node: Node, at place: Int) {
    guard let before = absorbable(node.inputs[0]),
      let product = before.operation as? any ChannelScalable, product.epilogue == .none
    else { return }
    let bias = product.hasBias ? values("\(product.name).bias") : nil
    let channels = affine.scale.count
    scales["\(product.name).weight"] =
      scales["\(product.name).weight"].map { zip($0, affine.scale).map { $0 * $1 } }
      ?? affine.scale
    let offsets = (0..<channels).map {
      Float(affine.shift[$0] + Double(bias?[$0] ?? 0) * affine.scale[$0])
    }
    state["\(product.name).bias"] = Tensor(shape: [channels], values: offsets)
    replace(
      node.inputs[0], at: place,
      by: Node(name: node.name, operation: product.withBias(), inputs: before.inputs))
  }

  /// Makes one product of a trained linear layer and the layer scale behind it.
  private mutating func join(
    _ scale: LayerScale, _ node: Node, at place: Int, _ trainable: Set<String>
  ) {
    guard let before = absorbable(node.inputs[0]), let linear = before.operation as? Linear,
      linear.epilogue == .none, trainable.contains("\(linear.name).weight")
    else { return }
    replace(
      node.inputs[0], at: place,
      by: Node(name: node.name, operation: ScaledLinear(linear, scale), inputs: before.inputs))
  }

  /// Outputs of a linear layer from which on its gradient takes a derivative along: shorter sums leave no time
  /// to fetch the derivative's argument meanwhile, and a pass of its own is as fast.
  static let leastSlopeOutputs = 256

  /// Lets a trained linear layer multiply its input's gradient by the derivative of the activation before it.
  private mutating func takeSlope(at place: Int, _ trainable: Set<String>) {
    guard let node = slots[place], let before = absorbable(node.inputs.first ?? place),
      let activation = before.operation as? Activation, !activation.function.isClamp
    else { return }
    let operation: any Operator
    switch node.operation {
    case var linear as Linear where takesSlope(linear, trainable):
      linear.slope = activation.function
      operation = linear
    case var scaled as ScaledLinear where takesSlope(scaled.linear, trainable):
      scaled.slope = activation.function
      operation = scaled
    default: return
    }
    slots[node.inputs[0]] = Node(
      name: before.name, operation: Activation(activation.function, passesGradient: true),
      inputs: before.inputs)
    slots[place] = Node(
      name: node.name, operation: operation, inputs: node.inputs + [before.inputs[0]])
  }

  private func takesSlope(_ linear: Linear, _ trainable: Set<String>) -> Bool {
    linear.outputs >= Fusion.leastSlopeOutputs && trainable.contains("\(linear.name).weight")
  }

  private mutating func standardize(
    _ operation: StandardizedConvolution, _ node: Node, at place: Int
  ) {
    let name = "\(operation.convolution.name).weight"
    guard let weight = state[name] else { return }
    state[name] = operation.standardized(weight)
    slots[place] = Node(name: node.name, operation: operation.convolution, inputs: node.inputs)
  }

  /// Copies a parameter in the engine's layout, scaled where something was folded into it.
  ///
  /// - Precondition: the state has it.
  func copy(_ parameter: ParameterSpecification, to target: UnsafeMutablePointer<Float>) {
    guard let tensor = state[parameter.name] else {
      preconditionFailure("the state lacks '\(parameter.name)'")
    }
    tensor.withUnsafeBufferPointer { source in
      parameter.layout.toEngine(source, shape: parameter.shape, into: target)
    }
    guard let scale = scales[parameter.name] else { return }
    // Output channels are outermost in every layout.
    let row = parameter.count / scale.count
    for (channel, factor) in scale.enumerated() {
      for i in channel * row..<(channel + 1) * row { target[i] = Float(Double(target[i]) * factor) }
    }
  }

  /// Adds in the epilogue of whichever operand comes last and can do it.
  private mutating func mergeAddition(_ node: Node, at place: Int) {
    guard node.inputs[0] != node.inputs[1] else { return }
    for operand in node.inputs.sorted(by: >) {
      guard let before = absorbable(operand),
        let target = before.operation as? any EpilogueOperator, target.epilogue == .none
      else { continue }
      let other = node.inputs[0] == operand ? node.inputs[1] : node.inputs[0]
      guard !before.inputs.contains(other) else { continue }
      let operation = target.with(Epilogue(addsResidual: true))
      replace(
        operand, at: place,
        by: Node(name: node.name, operation: operation, inputs: before.inputs + [other]))
      return
    }
  }

  private mutating func merge(
    _ activation: ActivationFunction, _ node: Node, at place: Int, isEvaluated: Bool
  ) {
    guard let before = absorbable(node.inputs[0]) else { return }
    let operation: any Operator
    switch before.operation {
    case let target as any EpilogueOperator where !target.epilogue.activation.isActive:
      guard target.canActivate(activation, isEvaluated: isEvaluated) else { return }
      operation = target.with(
        Epilogue(addsResidual: target.epilogue.addsResidual, activation: activation))
    case let add as Add where !add.clamp.isActive && activation.isClamp:
      operation = Add(clamp: activation.clamp)
    default: return
    }
    replace(
      node.inputs[0], at: place,
      by: Node(name: node.name, operation: operation, inputs: before.inputs))
  }

  /// Drops the empty places, renumbers, and keeps the weights that are still used.
  private mutating func compact() {
    var number = [Int?](repeating: nil, count: slots.count)
    for (place, slot) in slots.enumerated() {
      guard let node = slot else { continue }
      number[place] = nodes.count
      nodes.append(
        Node(
          name: node.name, operation: node.operation, inputs: node.inputs.compactMap { number[$0] })
      )
    }
    positions = source.map { number[$0] }
    let used = Set(nodes.flatMap { $0.operation.parameters.map(\.name) })
    state = state.filter { used.contains($0) }
  }
}
