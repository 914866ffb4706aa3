internal import Tensors

/// Rewrites a list of nodes so that fewer passes over memory compute the same.
///
/// - A normalisation that uses its running statistics is folded into the convolution before it:
///   `w' = w · γ / √(σ² + ε)`, `b' = β + (b − μ) · γ / √(σ² + ε)`.
/// - The addition of a residual and a clamping activation join the epilogue of the convolution or
///   normalisation before them.
/// - Dropout vanishes where it does nothing.
///
/// Only a node whose output has one reader and is not itself wanted is merged into that reader.
package struct Fusion {
  /// The remaining nodes, in topological order.
  package private(set) var nodes: [Node]
  /// The weights of the remaining nodes.
  package private(set) var state: StateDict
  /// For each original node, the remaining node with the same output; nil where it was merged away.
  package private(set) var positions: [Int?]

  /// The rewritten nodes in the places of the original ones.
  private var slots: [Node?]
  /// For each place, the place whose output it passes on.
  private var source: [Int]
  private var readers: [Int]

  /// Fuses a graph.
  ///
  /// - Parameters:
  ///   - wanted: Nodes whose outputs must survive.
  ///   - needed: The nodes that are computed at all; closed under inputs. The others are dropped.
  ///   - isEvaluated: Whether a node runs as in inference, so that normalisation may be folded and
  ///     dropout does nothing.
  ///   - merges: False to leave additions and activations where they are.
  package init(
    graph: Graph, state: StateDict, wanted: Set<Int>, needed: Set<Int>,
    isEvaluated: (Int) -> Bool, merges: Bool = true
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
      case let norm as BatchNorm where isEvaluated(place): fold(norm, node, at: place)
      case is Dropout where isEvaluated(place): pass(node, at: place)
      case is Add where merges: mergeAddition(node, at: place)
      case let activation as Activation where merges: merge(activation, node, at: place)
      default: break
      }
    }
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

  private mutating func fold(_ norm: BatchNorm, _ node: Node, at place: Int) {
    guard let before = absorbable(node.inputs[0]) else { return }
    let operation: any Operator
    let name: String
    switch before.operation {
    case let convolution as Convolution where convolution.epilogue == .none:
      name = convolution.name
      operation = Convolution(
        name, from: convolution.inputChannels, to: convolution.outputChannels,
        window: convolution.window, hasBias: true)
    case let convolution as DepthwiseConvolution where !convolution.clamp.isActive:
      name = convolution.name
      operation = DepthwiseConvolution(
        name, channels: convolution.channels, window: convolution.window, hasBias: true)
    default: return
    }
    foldWeights(of: name, norm)
    replace(
      node.inputs[0], at: place,
      by: Node(name: node.name, operation: operation, inputs: before.inputs))
  }

  private mutating func foldWeights(of name: String, _ norm: BatchNorm) {
    guard let weight = state["\(name).weight"], let scale = state["\(norm.name).weight"],
      let shift = state["\(norm.name).bias"], let mean = state["\(norm.name).running_mean"],
      let variance = state["\(norm.name).running_var"]
    else { preconditionFailure("fusion needs a validated state") }
    let bias = state["\(name).bias"]?.values
    var weights = weight.values
    var offsets = [Float](repeating: 0, count: norm.channels)
    let (scales, shifts, means, variances) =
      (scale.values, shift.values, mean.values, variance.values)
    let row = weights.count / norm.channels
    for channel in 0..<norm.channels {
      let factor =
        Double(scales[channel])
        / (Double(variances[channel]) + Double(norm.epsilon)).squareRoot()
      for i in channel * row..<(channel + 1) * row {
        weights[i] = Float(Double(weights[i]) * factor)
      }
      let centred = Double(bias?[channel] ?? 0) - Double(means[channel])
      offsets[channel] = Float(Double(shifts[channel]) + centred * factor)
    }
    state["\(name).weight"] = Tensor(shape: weight.shape, values: weights)
    state["\(name).bias"] = Tensor(shape: [norm.channels], values: offsets)
  }

  /// Adds in the epilogue of whichever operand comes last and can do it.
  private mutating func mergeAddition(_ node: Node, at place: Int) {
    guard node.inputs[0] != node.inputs[1] else { return }
    for operand in node.inputs.sorted(by: >) {
      guard let before = absorbable(operand) else { continue }
      let other = node.inputs[0] == operand ? node.inputs[1] : node.inputs[0]
      guard !before.inputs.contains(other) else { continue }
      let operation: any Operator
      switch before.operation {
      case let convolution as Convolution where convolution.epilogue == .none:
        operation = convolution.with(Epilogue(addsResidual: true))
      case let norm as BatchNorm where norm.epilogue == .none:
        operation = norm.with(Epilogue(addsResidual: true))
      default: continue
      }
      replace(
        operand, at: place,
        by: Node(name: node.name, operation: operation, inputs: before.inputs + [other]))
      return
    }
  }

  private mutating func merge(_ activation: Activation, _ node: Node, at place: Int) {
    guard let before = absorbable(node.inputs[0]) else { return }
    let operation: any Operator
    switch before.operation {
    case let convolution as Convolution where !convolution.epilogue.clamp.isActive:
      operation = convolution.with(convolution.epilogue.clamped(activation.clamp))
    case let convolution as DepthwiseConvolution where !convolution.clamp.isActive:
      operation = convolution.with(activation.clamp)
    case let norm as BatchNorm where !norm.epilogue.clamp.isActive:
      operation = norm.with(norm.epilogue.clamped(activation.clamp))
    case let add as Add where !add.clamp.isActive:
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

extension Epilogue {
  /// The same with an activation behind.
  package func clamped(_ clamp: Clamp) -> Epilogue {
    Epilogue(addsResidual: addsResidual, clamp: clamp)
  }
}

extension Convolution {
  /// The same with another epilogue.
  package func with(_ epilogue: Epilogue) -> Convolution {
    Convolution(
      name, from: inputChannels, to: outputChannels, window: window, hasBias: hasBias,
      initialization: initialization, epilogue: epilogue)
  }
}

extension DepthwiseConvolution {
  /// The same with an activation behind.
  package func with(_ clamp: Clamp) -> DepthwiseConvolution {
    DepthwiseConvolution(name, channels: channels, window: window, hasBias: hasBias, clamp: clamp)
  }
}

extension BatchNorm {
  /// The same with another epilogue.
  package func with(_ epilogue: Epilogue) -> BatchNorm {
    BatchNorm(
      name, channels: channels, epsilon: epsilon, initialScale: initialScale, epilogue: epilogue)
  }
}
