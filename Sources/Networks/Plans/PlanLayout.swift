/// Where everything that a plan computes lies in its arena.
///
/// Times are those of ``PlanSchedule``. Each time a node is computed a *value* is born, which lives until
/// its last reader in either direction before the node is computed again; a gradient lives from its
/// first writer to its node's backward. ``ArenaLayout`` lets what lives at different times share memory.
struct PlanLayout: Sendable {
  /// The memory of one call of an operator, in floats from the arena's beginning.
  struct Call: Sendable {
    /// Where each input's value lies; nil for the graph's input, which is the caller's memory.
    var inputs: [Int?]
    /// Where the output's value lies; nil for the graph's input.
    var output: Int?
    var saved: Int
    var scratch: Int
  }

  /// The call of each node in the forward pass.
  private(set) var forward: [Call]
  /// The call of each step behind the loss.
  private(set) var steps: [Call]
  /// Where the gradient of each node's output lies; nil where there is none.
  private(set) var gradients: [Int?]
  /// For each node and input, whether another reader writes that input's gradient before it.
  private(set) var accumulates: [[Bool]]
  /// Floats of the arena.
  private(set) var count: Int

  /// Lays out a plan.
  ///
  /// - Parameter wanted: Nodes whose outputs are read at the end of the forward pass.
  init(
    nodes: [Node], sites: [Site], memory: [OperatorMemory], wanted: Set<Int>,
    schedule: PlanSchedule
  ) {
    var buffers = Buffers()
    let values = PlanValues(
      nodes: nodes, sites: sites, memory: memory, wanted: wanted, schedule: schedule)
    let outputs = PlanLayout.shareValues(nodes, sites, values, into: &buffers)
    let saved = values.all.map { value in
      buffers.add(memory[value.node].saved, value.birth...value.lastSavedRead)
    }
    let (gradientBuffers, accumulates) = PlanLayout.shareGradients(
      nodes, sites, schedule, into: &buffers)
    let forwardScratch = nodes.indices.map { buffers.add(memory[$0].forwardScratch, $0...$0) }
    let stepScratch = schedule.steps.enumerated().map { index, step in
      let time = schedule.time(ofStep: index)
      return switch step {
      case .recompute(let place): buffers.add(memory[place].forwardScratch, time...time)
      case .backward(let place): buffers.add(memory[place].backwardScratch, time...time)
      }
    }

    let arena = ArenaLayout(buffers.all)
    func call(_ uses: PlanValues.Uses, scratch: Int) -> Call {
      Call(
        inputs: uses.inputs.map { outputs[$0].map { arena.offsets[$0] } },
        output: outputs[uses.output].map { arena.offsets[$0] },
        saved: arena.offsets[saved[uses.output]], scratch: arena.offsets[scratch])
    }
    forward = zip(values.forward, forwardScratch).map { call($0, scratch: $1) }
    steps = zip(values.steps, stepScratch).map { call($0, scratch: $1) }
    gradients = gradientBuffers.map { $0.map { arena.offsets[$0] } }
    self.accumulates = accumulates
    count = arena.count
  }

  /// A buffer for each value, taken over from an input that nobody reads any more where the operator
  /// can do that.
  private static func shareValues(
    _ nodes: [Node], _ sites: [Site], _ values: PlanValues, into buffers: inout Buffers
  ) -> [Int?] {
    var result = [Int?](repeating: nil, count: values.all.count)
    for (index, value) in values.all.enumerated() where value.node > 0 {
      let (node, site) = (nodes[value.node], sites[value.node])
      let free = node.operation.inputsOutputMayReplace.first { operand in
        let input = value.inputs[operand]
        let others = value.inputs.enumerated().filter { $0.offset != operand }.map(\.element)
        return result[input] != nil && values.all[input].lastRead == value.birth
          && !others.contains(input) && site.inputs[operand].count == site.output.count
      }
      if let free, let buffer = result[value.inputs[free]] {
        result[index] = buffer
        buffers.extend(buffer, to: value.lastRead)
      } else {
        result[index] = buffers.add(
          site.batchSize * site.output.count, value.birth...value.lastRead)
      }
    }
    return result
  }

  /// A buffer for each gradient, taken over from the gradient of the first reader's output where the
  /// operator can do that.
  private static func shareGradients(
    _ nodes: [Node], _ sites: [Site], _ schedule: PlanSchedule, into buffers: inout Buffers
  ) -> ([Int?], [[Bool]]) {
    var result = [Int?](repeating: nil, count: nodes.count)
    var accumulates = nodes.map { Array(repeating: false, count: $0.inputs.count) }
    for (place, node) in nodes.enumerated().reversed() {
      guard let time = schedule.backwardTime[place] else { continue }
      // The output that nobody reads is the loss's; its gradient is written at the loss.
      let own =
        result[place]
        ?? buffers.add(
          sites[place].batchSize * sites[place].output.count, schedule.nodeCount...time)
      result[place] = own
      let replaceable = node.operation.inputsGradientMayReplace
      for operand in node.inputs.indices.reversed() {
        let input = node.inputs[operand]
        guard let end = schedule.backwardTime[input],
          !node.operation.inputsWithoutGradient.contains(operand)
        else { continue }
        if result[input] != nil {
          accumulates[place][operand] = true
        } else if replaceable.contains(operand),
          sites[place].inputs[operand].count == sites[place].output.count,
          buffers.all[own].life.upperBound == time
        {
          result[input] = own
          buffers.extend(own, to: end)
        } else {
          let count = sites[input].batchSize * sites[input].output.count
          result[input] = buffers.add(count, time...end)
        }
      }
    }
    return (result, accumulates)
  }
}

/// Requests for memory under construction.
private struct Buffers {
  private(set) var all: [ArenaLayout.Buffer] = []

  /// Appends a request and returns its place.
  mutating func add(_ count: Int, _ life: ClosedRange<Int>) -> Int {
    all.append(ArenaLayout.Buffer(count: count, life: life))
    return all.count - 1
  }

  /// Lets a buffer live on.
  mutating func extend(_ index: Int, to end: Int) {
    all[index] = ArenaLayout.Buffer(
      count: all[index].count, life: all[index].life.lowerBound...end)
  }
}
