/// Which parameters a training plan changes; the others stay as they are.
///
/// What lies wholly below the lowest trainable parameter runs as in inference: its normalisations use
/// and keep their running statistics, and no gradient is computed there.
public enum TrainableSet: Sendable {
  /// Every parameter.
  case all
  /// Those of the classifier.
  case head
  /// Those of the named stage and of all stages above it.
  case from(stage: String)
  /// Those of which the condition is true.
  case matching(@Sendable (ParameterSpecification) -> Bool)

  /// The names of the trainable parameters of a graph; buffers never are.
  ///
  /// - Throws: ``NetworkError/unknownStage(name:stages:)``, ``NetworkError/nothingToTrain``.
  package func names(in graph: Graph) throws(NetworkError) -> Set<String> {
    let candidates = graph.parameters.filter(\.isTrainable)
    let names: Set<String>
    switch self {
    case .all:
      names = Set(candidates.map(\.name))
    case .head:
      let head = Set(graph.headParameterNames)
      names = Set(candidates.map(\.name).filter(head.contains))
    case .from(let stage):
      let above = Set(graph.stages.dropFirst(try graph.index(ofStage: stage)).map(\.name))
      let stageOf = graph.stageOfParameter
      names = Set(
        candidates.map(\.name).filter { name in stageOf[name].map(above.contains) ?? false })
    case .matching(let condition):
      names = Set(candidates.filter(condition).map(\.name))
    }
    guard !names.isEmpty else { throw .nothingToTrain }
    return names
  }
}
