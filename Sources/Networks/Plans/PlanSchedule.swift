/// The order in which a plan runs its nodes.
///
/// Time runs over forward steps 0 ..< n, one per node in order, the loss at n, and the ``steps`` of the
/// backward pass from n + 1 on. A node that is *dropped* gives its output and what it saves back after
/// the forward pass; the step before somebody's backward needs either, it is computed again, after
/// whatever of its own inputs was dropped. So the order follows from the graph and the dropped nodes
/// alone, and each dropped node runs forward at most twice.
///
/// - Reference: Chen et al. 2016, arXiv:1604.06174, §3.
struct PlanSchedule: Sendable, Equatable {
  /// A step behind the loss.
  enum Step: Hashable, Sendable {
    /// A dropped node's output is computed again.
    case recompute(Int)
    /// A node's gradients are computed.
    case backward(Int)
  }

  /// The number n of nodes and so of forward steps; also the time of the loss.
  let nodeCount: Int
  /// The steps behind the loss.
  let steps: [Step]
  /// When each node's backward runs; nil where its output has no gradient.
  let backwardTime: [Int?]

  /// Orders the steps of a plan.
  ///
  /// - Parameters:
  ///   - hasGradient: For each node, whether the gradient of its output is computed.
  ///   - drops: For each node, whether it is computed again instead of kept; without effect where
  ///     there is no gradient.
  init(
    nodes: [Node], sites: [Site], memory: [OperatorMemory], hasGradient: [Bool], drops: [Bool]
  ) {
    var order = Order(nodes: nodes, isAbsent: zip(drops, hasGradient).map { $0 && $1 })
    var backwardTime = [Int?](repeating: nil, count: nodes.count)
    for place in nodes.indices.reversed() where hasGradient[place] {
      let reads = nodes[place].operation.backwardReads(at: sites[place])
      if reads.output || memory[place].saved > 0 { order.ensure(place) }
      if reads.inputs { for input in nodes[place].inputs { order.ensure(input) } }
      backwardTime[place] = nodes.count + 1 + order.steps.count
      order.steps.append(.backward(place))
    }
    nodeCount = nodes.count
    steps = order.steps
    self.backwardTime = backwardTime
  }

  /// The time of a step behind the loss.
  func time(ofStep index: Int) -> Int { nodeCount + 1 + index }

  /// The number of nodes that are computed a second time.
  var recomputedCount: Int {
    steps.count { if case .recompute = $0 { true } else { false } }
  }
}

/// Steps under construction, and whose output is not there at this point.
private struct Order {
  let nodes: [Node]
  var isAbsent: [Bool]
  var steps: [PlanSchedule.Step] = []

  /// Sees to it that a node's output and what it saves are there.
  mutating func ensure(_ place: Int) {
    guard isAbsent[place] else { return }
    isAbsent[place] = false
    for input in nodes[place].inputs { ensure(input) }
    steps.append(.recompute(place))
  }
}
