/// What a plan computes and who reads it when: one value each time a node is computed.
struct PlanValues {
  /// The output of a node, computed at one time.
  struct Value {
    let node: Int
    /// When it is computed.
    let birth: Int
    /// The values that it is computed from, one per input of the node.
    let inputs: [Int]
    /// The last time at which it is read.
    var lastRead: Int
    /// The last time at which what the node saved with it is read.
    var lastSavedRead: Int
  }

  /// The values that a call of an operator has to do with.
  struct Uses {
    let inputs: [Int]
    let output: Int
  }

  /// All values in the order of their birth; value i < n is that of node i in the forward pass.
  private(set) var all: [Value] = []
  private(set) var forward: [Uses] = []
  private(set) var steps: [Uses] = []
  /// The newest value of each node.
  private var newest: [Int] = []

  /// Follows a schedule; see ``PlanLayout/init(nodes:sites:memory:wanted:schedule:)``.
  init(
    nodes: [Node], sites: [Site], memory: [OperatorMemory], wanted: Set<Int>,
    schedule: PlanSchedule
  ) {
    for (place, node) in nodes.enumerated() {
      newest.append(place)
      forward.append(compute(place, node, at: place))
    }
    for place in wanted { read(place, at: nodes.count) }
    for (index, step) in schedule.steps.enumerated() {
      let time = schedule.time(ofStep: index)
      switch step {
      case .recompute(let place):
        steps.append(compute(place, nodes[place], at: time))
      case .backward(let place):
        let reads = nodes[place].operation.backwardReads(at: sites[place])
        let uses = Uses(inputs: nodes[place].inputs.map { newest[$0] }, output: newest[place])
        if reads.inputs { for value in uses.inputs { read(value, at: time) } }
        if reads.output { read(uses.output, at: time) }
        if memory[place].saved > 0 { all[uses.output].lastSavedRead = time }
        steps.append(uses)
      }
    }
  }

  private mutating func compute(_ place: Int, _ node: Node, at time: Int) -> Uses {
    let inputs = node.inputs.map { newest[$0] }
    for value in inputs { read(value, at: time) }
    newest[place] = all.count
    all.append(
      Value(node: place, birth: time, inputs: inputs, lastRead: time, lastSavedRead: time))
    return Uses(inputs: inputs, output: newest[place])
  }

  private mutating func read(_ value: Int, at time: Int) {
    all[value].lastRead = max(all[value].lastRead, time)
  }
}
