package import Networks

/// Where a graph that no architecture describes can be cut into stages.
package struct StageCuts {
  private let nodes: [Node]
  private let shapes: [SampleShape]
  /// For each node, whether its output alone passes to what follows it.
  private let isCut: [Bool]

  /// The fewest stages that are made by the size of the map alone.
  private static let fewest = 4
  /// How many stages are made where the size tells little, as in a transformer.
  private static let many = 12

  package init(nodes: [Node], shapes: [SampleShape]) {
    self.nodes = nodes
    self.shapes = shapes
    var isCut = [Bool](repeating: true, count: nodes.count)
    var least = Int.max
    for place in nodes.indices.reversed() {
      isCut[place] = least >= place
      least = min(least, nodes[place].inputs.min() ?? Int.max)
    }
    self.isCut = isCut
  }

  /// The last cut at or before a node between which and the node there are no parameters.
  package func end(before node: Int) -> Int? {
    var place = node
    while place > 0 {
      if isCut[place] { return place }
      guard nodes[place].operation.parameters.isEmpty else { return nil }
      place -= 1
    }
    return nil
  }

  /// Stages: where maps change their size, or evenly where they seldom do; then what is left to the
  /// embedding, then the classifier.
  package func stages(feature: Int, logits: Int?) -> [(name: String, end: Int)] {
    let last = logits == nil ? nodes.count - 1 : end(before: feature) ?? feature
    let cuts = (1..<max(1, last)).filter { isCut[$0] && nodes[$0].operation.parameters.isEmpty }
    // The last cut of each size of the map.
    var ends = zip(cuts, cuts.dropFirst()).compactMap { cut, next in
      shapes[cut].pixels == shapes[next].pixels ? nil : cut
    }
    if ends.count < StageCuts.fewest, cuts.count > ends.count {
      let count = min(StageCuts.many, cuts.count)
      ends = (1...count).map { cuts[$0 * cuts.count / count - 1] }
    }
    var stages = ends.enumerated().map { (name: "stage\($0 + 1)", end: $1) }
    stages.append(("features", last))
    if let logits { stages.append(("head", logits)) }
    return stages
  }
}
