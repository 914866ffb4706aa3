/// One graph from another: what transfer learning does to networks.
extension Graph {
  /// The part through the end of a stage; its output is the stage's output.
  ///
  /// - Throws: ``NetworkError/unknownStage(name:stages:)``.
  public func prefix(through stage: String) throws(NetworkError) -> Graph {
    let place = try index(ofStage: stage)
    let end = stageEnds[place]
    return try Graph(
      nodes: Array(nodes[...end]),
      stages: zip(stages, stageEnds).prefix(place + 1).map { ($0.name, $1) },
      featureIndex: featureIndex.flatMap { $0 <= end ? $0 : nil },
      logitsIndex: logitsIndex.flatMap { $0 <= end ? $0 : nil })
  }

  /// The part behind the end of a stage, an ordinary graph whose input is that stage's output.
  ///
  /// `prefix(through: s)` followed by `suffix(after: s)` computes what the whole graph computes.
  ///
  /// - Parameter input: The shape of one sample that the prefix gives, where images are not of the
  ///   nominal size; nil for the nominal shape.
  /// - Throws: ``NetworkError/unknownStage(name:stages:)``, or ``NetworkError/shape(node:inputs:reason:)``
  ///   if nothing follows the stage.
  public func suffix(
    after stage: String, input: SampleShape? = nil
  ) throws(NetworkError) -> Graph {
    let place = try index(ofStage: stage)
    let end = stageEnds[place]
    guard end < outputIndex else {
      throw .shape(node: nodes[end].name, inputs: [shapes[end]], reason: "no stage follows it")
    }
    let inputNode = Node(
      name: "input", operation: Input(shape: input ?? shapes[end]), inputs: [])
    let rest = nodes[(end + 1)...].map { node in
      Node(name: node.name, operation: node.operation, inputs: node.inputs.map { $0 - end })
    }
    return try Graph(
      nodes: [inputNode] + rest,
      stages: zip(stages, stageEnds).dropFirst(place + 1).map { ($0.name, $1 - end) },
      featureIndex: featureIndex.flatMap { $0 >= end ? $0 - end : nil },
      logitsIndex: logitsIndex.map { $0 - end })
  }

  /// The nodes that a named node needs, that node last.
  ///
  /// - Throws: ``NetworkError/unknownNode(name:nearest:)``.
  public func truncated(to nodeName: String) throws(NetworkError) -> Graph {
    let end = try index(ofNode: nodeName)
    var needed = Set([0, end])
    for position in stride(from: end, through: 0, by: -1) where needed.contains(position) {
      needed.formUnion(nodes[position].inputs)
    }
    let kept = needed.sorted()
    let place = Dictionary(uniqueKeysWithValues: kept.enumerated().map { ($1, $0) })
    let keptNodes = kept.map { position in
      Node(
        name: nodes[position].name, operation: nodes[position].operation,
        inputs: nodes[position].inputs.compactMap { place[$0] })
    }
    var keptStages = zip(stages, stageEnds).compactMap { stage, stageEnd in
      stageEnd < end ? place[stageEnd].map { (name: stage.name, end: $0) } : nil
    }
    if let cut = zip(stages, stageEnds).first(where: { $1 >= end }) {
      keptStages.append((name: cut.0.name, end: kept.count - 1))
    }
    return try Graph(
      nodes: keptNodes, stages: keptStages, featureIndex: featureIndex.flatMap { place[$0] },
      logitsIndex: logitsIndex.flatMap { place[$0] })
  }

  /// The graph with a classifier for another number of classes; all else is the same.
  ///
  /// - Precondition: the graph has a head and `classCount` is positive.
  public func replacingHead(classCount: Int) throws(NetworkError) -> Graph {
    precondition(classCount > 0, "a head needs at least one class")
    let classifiers = classifierIndices
    precondition(!classifiers.isEmpty, "replacingHead: the graph has no classifier")
    var resized = nodes
    for position in classifiers {
      let node = nodes[position]
      guard let operation = node.operation.resized(outputs: classCount) else {
        preconditionFailure("replacingHead: '\(node.name)' cannot have another number of outputs")
      }
      resized[position] = Node(name: node.name, operation: operation, inputs: node.inputs)
    }
    return try Graph(
      nodes: resized, stages: zip(stages, stageEnds).map { ($0.name, $1) },
      featureIndex: featureIndex, logitsIndex: logitsIndex)
  }

  /// The graph through its embedding, with a linear classifier `head` behind it.
  ///
  /// - Precondition: the graph has an embedding and `classCount` is positive.
  package func appendingHead(classCount: Int) throws(NetworkError) -> Graph {
    precondition(classCount > 0, "a head needs at least one class")
    guard let featureNode else { preconditionFailure("appendingHead: the graph has no embedding") }
    let body = try truncated(to: featureNode)
    let features = body.nodes.count - 1
    func unused(_ name: String, _ names: [String]) -> String {
      names.contains(where: { $0 == name || $0.hasPrefix("\(name).") })
        ? unused("\(name)_", names) : name
    }
    let name = unused("head", body.nodeNames + body.parameters.map(\.name))
    let classifier = Linear(name, from: featureCount, to: classCount)
    return try Graph(
      nodes: body.nodes + [
        Node(name: "\(name).drop", operation: Dropout(), inputs: [features]),
        Node(name: name, operation: classifier, inputs: [features + 1]),
      ],
      stages: zip(body.stages, body.stageEnds).map { ($0.name, $1) } + [(name, features + 2)],
      featureIndex: features, logitsIndex: features + 2)
  }

  /// Where a ReLU follows the classifier: the number of places in an image of this size over which
  /// the rectified scores are averaged; nil where nothing cuts the scores.
  package func rectifiedHeadPositions(imageSize: Int) throws(NetworkError) -> Int? {
    let head = Set(headParameterNames)
    guard
      let classifier = nodes.lastIndex(where: { node in
        node.operation.parameters.contains { head.contains($0.name) }
      }),
      nodes.contains(where: {
        ($0.operation as? Activation)?.function.clamp.low == 0 && $0.inputs == [classifier]
      })
    else { return nil }
    let shape = try shapes(
      input: SampleShape(height: imageSize, width: imageSize, channels: 3))[classifier]
    return shape.height * shape.width
  }

  /// The positions of the nodes whose parameters give the class scores: one, or two where the scores
  /// of two classifiers are averaged.
  private var classifierIndices: Set<Int> {
    guard var open = logitsIndex.map({ [$0] }) else { return [] }
    let head = Set(headParameterNames)
    var found: Set<Int> = []
    while let position = open.popLast() {
      let names = nodes[position].operation.parameters.map(\.name)
      if names.isEmpty {
        open += nodes[position].inputs
      } else if names.contains(where: head.contains) {
        found.insert(position)
      }
    }
    return found
  }
}
