package import Networks

/// Which architectures the names and shapes of a state dict belong to.
package struct ArchitectureGuess {
  /// Ids of the architectures that the tensors fit exactly, with or without a head.
  package private(set) var exact: [String] = []
  /// The architecture that shares the most names and shapes; nil where none shares any.
  package private(set) var closest: String?
  /// The number of classes of the head; 0 where the tensors hold none.
  package private(set) var classCount = 0

  private let shapes: [String: [Int]]

  /// Compares with every architecture; of those with the same parameters only with those that the
  /// convention of the names speaks for, or else with the best known.
  ///
  /// Cost O(tensors) where an architecture fits; else the graphs of similar size are built.
  package init(_ mapping: NameMapping) {
    shapes = Dictionary(
      mapping.tensors.shapes.filter { !$0.name.hasSuffix("num_batches_tracked") },
      uniquingKeysWith: { first, _ in first })
    let fitting = candidates().filter { compare($0).isExact }
    let likely = mapping.likelyArchitectures.lazy.map { word in
      fitting.filter { $0.id.contains(word) }
    }.first { !$0.isEmpty }
    let chosen = likely ?? fitting.filter { $0.sameParametersAs == nil }
    exact = chosen.map(\.id)
    if let first = chosen.first {
      closest = first.id
      classCount = compare(first).classCount ?? 0
    } else {
      findClosest()
    }
  }

  /// The architectures whose fingerprint is that of the tensors, and those that have none.
  private func candidates() -> [Architecture] {
    var total = ArchitectureFingerprint()
    for (name, shape) in shapes { total.add(name, shape) }
    // What is left when the head's own parameters are taken off, for each kind of head.
    var withoutHead: [[String]: ArchitectureFingerprint] = [[]: total]
    return Architecture.all.filter { architecture in
      guard let listed = ArchitectureFingerprint.listing[architecture.id] else { return true }
      if listed.body == total { return true }
      if withoutHead[listed.headNames] == nil {
        var rest = total
        for name in listed.headNames {
          if let shape = shapes[name] { rest.remove(name, shape) }
        }
        withoutHead[listed.headNames] = rest
      }
      return withoutHead[listed.headNames] == listed.body
    }
  }

  private struct Comparison {
    var isExact: Bool
    /// A Jaccard index, so that a small network is not the closest to everything it is part of.
    var score: Double
    var classCount: Int?
  }

  private func compare(_ architecture: Architecture) -> Comparison {
    let graph = architecture.build(classCount: 1)
    let head = Set(graph.headParameterNames)
    let body = graph.parameters.filter { !head.contains($0.name) }
    let matching = body.filter { shapes[$0.name] == $0.shape }.count
    let classes = ArchitectureGuess.classCount(graph.parameters, head, shapes)
    let needed = body.count + (classes == nil ? 0 : head.count)
    return Comparison(
      isExact: matching == body.count && shapes.count == needed,
      score: Double(matching) / Double(body.count + shapes.count - matching),
      classCount: classes)
  }

  /// Looks for the largest score, from the most similar number of tensors on: no score can be larger
  /// than the ratio of the numbers.
  private mutating func findClosest() {
    let count = Double(shapes.count)
    let bounds = Architecture.all.filter { $0.sameParametersAs == nil }.map { architecture in
      let listed = ArchitectureFingerprint.listing[architecture.id].map { Double($0.body.count) }
      // A head of one to four parameters may be on either side.
      let bound = listed.map { min(1, (min($0, count) + 4) / max($0, count, 1)) } ?? 1
      return (architecture: architecture, bound: bound)
    }
    var best = 0.0
    for (architecture, bound) in bounds.sorted(by: { $0.bound > $1.bound }) where bound > best {
      let comparison = compare(architecture)
      if comparison.score > best {
        best = comparison.score
        closest = architecture.id
        classCount = comparison.classCount ?? 0
      }
    }
  }

  /// The classes of an architecture's head, if all of it is there and of one size.
  package static func classCount(_ mapping: NameMapping, _ architecture: Architecture) -> Int? {
    let graph = architecture.build(classCount: 1)
    return classCount(
      graph.parameters, Set(graph.headParameterNames),
      Dictionary(mapping.tensors.shapes, uniquingKeysWith: { first, _ in first }))
  }

  /// The classes of the head, if all of it is there and of one size.
  private static func classCount(
    _ parameters: [ParameterSpecification], _ head: Set<String>, _ shapes: [String: [Int]]
  ) -> Int? {
    var count: Int?
    for parameter in parameters where head.contains(parameter.name) {
      guard let shape = shapes[parameter.name], let classes = shape.first, classes > 0,
        shape.dropFirst() == parameter.shape.dropFirst(), count == nil || count == classes
      else { return nil }
      count = classes
    }
    return count
  }
}
