package import Networks
internal import Tensors

/// Which architectures the names and shapes of a state dict belong to.
package struct ArchitectureGuess {
  /// Ids of the architectures that the tensors fit exactly, with or without a head.
  package var exact: [String]
  /// The architecture that shares the most names and shapes; nil where none shares any.
  package var closest: String?
  /// The number of classes of the head; 0 where the tensors hold none.
  package var classCount: Int

  /// Compares with every architecture; of those with the same parameters only with the best known.
  ///
  /// Cost O(architectures × tensors).
  package init(_ state: StateDict) {
    let shapes = Dictionary(
      state.entries.filter { !$0.name.hasSuffix("num_batches_tracked") }
        .map { ($0.name, $0.tensor.shape) }, uniquingKeysWith: { first, _ in first })
    exact = []
    classCount = 0
    var best = 0.0
    for architecture in Architecture.all where architecture.sameParametersAs == nil {
      let graph = architecture.build(classCount: 1)
      let head = Set(graph.headParameterNames)
      let body = graph.parameters.filter { !head.contains($0.name) }
      let matching = body.filter { shapes[$0.name] == $0.shape }.count
      let classes = ArchitectureGuess.classCount(graph.parameters, head, shapes)
      let needed = body.count + (classes == nil ? 0 : head.count)
      if matching == body.count, shapes.count == needed { exact.append(architecture.id) }
      // A Jaccard index, so that a small network is not the closest to everything it is part of.
      let score = Double(matching) / Double(body.count + shapes.count - matching)
      if score > best {
        best = score
        closest = architecture.id
        classCount = classes ?? 0
      }
    }
  }

  /// The classes of an architecture's head, if all of it is there and of one size.
  package static func classCount(_ state: StateDict, _ architecture: Architecture) -> Int? {
    let graph = architecture.build(classCount: 1)
    return classCount(
      graph.parameters, Set(graph.headParameterNames),
      Dictionary(
        state.entries.map { ($0.name, $0.tensor.shape) }, uniquingKeysWith: { first, _ in first }))
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
