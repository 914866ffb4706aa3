/// Where everything that a plan computes lies in its arena.
///
/// Time runs over forward steps 0 ..< n, the loss at n, and the backward of node i at 2n − i. A value
/// lives from its node's forward to its last reader in either direction, a gradient from its first
/// writer to its node's backward. ``ArenaLayout`` lets what lives at different times share memory.
struct PlanLayout {
  /// Offset of each node's output; nil for the input, which is the caller's memory.
  private(set) var values: [Int?]
  /// Offset of the gradient of each node's output; nil where there is none.
  private(set) var gradients: [Int?]
  private(set) var saved: [Int]
  private(set) var forwardScratch: [Int]
  private(set) var backwardScratch: [Int]
  /// For each node and input, whether another reader writes that input's gradient before it.
  private(set) var accumulates: [[Bool]]
  /// Floats of the arena.
  private(set) var count: Int

  private var buffers: [ArenaLayout.Buffer] = []

  /// Lays out a plan.
  ///
  /// - Parameters:
  ///   - wanted: Nodes whose outputs are read at the end of the forward pass.
  ///   - hasGradient: For each node, whether the gradient of its output is computed.
  init(
    nodes: [Node], sites: [Site], memory: [OperatorMemory], wanted: Set<Int>, hasGradient: [Bool]
  ) {
    let n = nodes.count
    var lastUse = Array(0..<n)
    for place in wanted { lastUse[place] = n }
    for (place, node) in nodes.enumerated() {
      let reads =
        hasGradient[place]
        ? node.operation.backwardReads(at: sites[place]) : BackwardReads()
      if reads.output { lastUse[place] = max(lastUse[place], 2 * n - place) }
      for input in node.inputs {
        lastUse[input] = max(lastUse[input], reads.inputs ? 2 * n - place : place)
      }
    }

    let valueBuffers = PlanLayout.shareValues(nodes, sites, lastUse, into: &buffers)
    let (gradientBuffers, accumulates) = PlanLayout.shareGradients(
      nodes, sites, hasGradient, into: &buffers)
    self.accumulates = accumulates

    var savedBuffers: [Int] = []
    var forwardBuffers: [Int] = []
    var backwardBuffers: [Int] = []
    for place in nodes.indices {
      let end = hasGradient[place] ? 2 * n - place : place
      savedBuffers.append(buffers.adding(memory[place].saved, place...end))
      forwardBuffers.append(buffers.adding(memory[place].forwardScratch, place...place))
      backwardBuffers.append(buffers.adding(memory[place].backwardScratch, end...end))
    }

    let arena = ArenaLayout(buffers)
    count = arena.count
    values = valueBuffers.map { $0.map { arena.offsets[$0] } }
    gradients = gradientBuffers.map { $0.map { arena.offsets[$0] } }
    saved = savedBuffers.map { arena.offsets[$0] }
    forwardScratch = forwardBuffers.map { arena.offsets[$0] }
    backwardScratch = backwardBuffers.map { arena.offsets[$0] }
  }

  /// A buffer for each output, taken over from an input that nobody reads any more where the
  /// operator can do that.
  private static func shareValues(
    _ nodes: [Node], _ sites: [Site], _ lastUse: [Int], into buffers: inout [ArenaLayout.Buffer]
  ) -> [Int?] {
    var result = [Int?](repeating: nil, count: nodes.count)
    for (place, node) in nodes.enumerated().dropFirst() {
      let count = sites[place].batchSize * sites[place].output.count
      let free = node.operation.inputsOutputMayReplace.first { operand in
        let input = node.inputs[operand]
        let others = node.inputs.enumerated().filter { $0.offset != operand }.map(\.element)
        return result[input] != nil && lastUse[input] == place && !others.contains(input)
          && sites[place].inputs[operand].count == sites[place].output.count
      }
      if let free, let buffer = result[node.inputs[free]] {
        result[place] = buffer
        buffers[buffer] = ArenaLayout.Buffer(
          count: count, life: buffers[buffer].life.lowerBound...lastUse[place])
      } else {
        result[place] = buffers.adding(count, place...lastUse[place])
      }
    }
    return result
  }

  /// A buffer for each gradient, taken over from the gradient of the first reader's output where the
  /// operator can do that.
  private static func shareGradients(
    _ nodes: [Node], _ sites: [Site], _ hasGradient: [Bool],
    into buffers: inout [ArenaLayout.Buffer]
  ) -> ([Int?], [[Bool]]) {
    let n = nodes.count
    var result = [Int?](repeating: nil, count: n)
    var accumulates = nodes.map { Array(repeating: false, count: $0.inputs.count) }
    for (place, node) in nodes.enumerated().reversed() where hasGradient[place] {
      // The output that nobody reads is the loss's; its gradient is written at step n.
      let own =
        result[place]
        ?? buffers.adding(sites[place].batchSize * sites[place].output.count, n...(2 * n - place))
      result[place] = own
      let replaceable = node.operation.inputsGradientMayReplace
      for operand in node.inputs.indices.reversed() where hasGradient[node.inputs[operand]] {
        let input = node.inputs[operand]
        if result[input] != nil {
          accumulates[place][operand] = true
        } else if replaceable.contains(operand),
          sites[place].inputs[operand].count == sites[place].output.count,
          buffers[own].life.upperBound == 2 * n - place
        {
          result[input] = own
          buffers[own] = ArenaLayout.Buffer(
            count: buffers[own].count, life: buffers[own].life.lowerBound...(2 * n - input))
        } else {
          let count = sites[input].batchSize * sites[input].output.count
          result[input] = buffers.adding(count, (2 * n - place)...(2 * n - input))
        }
      }
    }
    return (result, accumulates)
  }
}

extension [ArenaLayout.Buffer] {
  /// Appends a buffer and returns its place.
  fileprivate mutating func adding(_ count: Int, _ life: ClosedRange<Int>) -> Int {
    append(ArenaLayout.Buffer(count: count, life: life))
    return self.count - 1
  }
}
