internal import Networks
internal import Tensors

/// The finished graph: only what is needed, in order, cut into stages.
extension ONNXImporter {
  /// Puts the nodes that the head needs into a graph, with their weights.
  mutating func finished(
    _ head: ONNXHead
  ) throws(CheckpointError.Problem) -> (Graph, StateDict) {
    biasClassifier(head)
    var head = head
    var order = order(of: head)
    var places = [Int](repeating: 0, count: lowering.nodes.count)
    func renumber() { for (place, node) in order.enumerated() { places[node] = place } }
    renumber()
    var graphNodes = nodes(order, places)
    if let logits = head.logits,
      cut(before: places[head.feature], in: graphNodes) == nil || places[logits] != order.count - 1
    {
      head.logits = nil
      order = self.order(of: head)
      renumber()
      graphNodes = nodes(order, places)
    }
    let feature = places[head.feature]
    let logits = head.logits.map { places[$0] }
    let stages = StageCuts(nodes: graphNodes, shapes: order.map { lowering.nodes[$0].shape })
      .stages(feature: feature, logits: logits)
    let state = StateDict(order.flatMap { lowering.nodes[$0].state.map { ($0.name, $0.tensor) } })
    do throws(NetworkError) {
      let graph = try Graph(
        nodes: graphNodes, stages: stages, featureIndex: feature, logitsIndex: logits)
      return (graph, state)
    } catch {
      throw .malformed("its graph does not hold together: \(oneLine(error.description))")
    }
  }

  /// A classifier without a bias gets one of zeros, which a new head may fill.
  private mutating func biasClassifier(_ head: ONNXHead) {
    guard let logits = head.logits else { return }
    let place = lowering.origin(logits)
    guard let layer = lowering.nodes[place].operation as? Linear, !layer.hasBias else { return }
    lowering.nodes[place].operation = layer.withBias()
    lowering.nodes[place].state.append(
      (name: "\(layer.name).bias", tensor: Tensor(shape: [layer.outputs])))
  }

  /// The nodes that the embedding needs, then those that the class scores need besides; arrays that no
  /// input gives come just before what reads them.
  private func order(of head: ONNXHead) -> [Int] {
    var (order, seen) = ([0], Set([0]))
    for end in [head.feature, head.logits].compactMap({ $0 }) {
      var needed = Set([end])
      for index in stride(from: end, through: 0, by: -1) where needed.contains(index) {
        needed.formUnion(lowering.nodes[index].inputs)
      }
      for index in needed.sorted() where lowering.nodes[index].inputs.count > 0 {
        for input in lowering.nodes[index].inputs + [index] where seen.insert(input).inserted {
          order.append(input)
        }
      }
    }
    return order
  }

  private func nodes(_ order: [Int], _ places: [Int]) -> [Node] {
    order.map { index in
      let node = lowering.nodes[index]
      return Node(
        name: node.name, operation: node.operation, inputs: node.inputs.map { places[$0] })
    }
  }

  /// The last cut at or before the embedding between which and the embedding there are no parameters.
  private func cut(before feature: Int, in nodes: [Node]) -> Int? {
    StageCuts(nodes: nodes, shapes: []).end(before: feature)
  }
}
