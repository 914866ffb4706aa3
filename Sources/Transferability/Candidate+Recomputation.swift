import Tensors

extension Candidate {
  /// What a score says that is too dear to be computed again without each block.
  static let noReplicates = "no interval: computing it again without each block of rows is too slow"

  /// Multiplications that one recomputation may take, so that all scores' take less than a second.
  private static let affordable = 2e8

  /// A score of the rows without each block, from nothing; empty where that would take long.
  ///
  /// Whether it does follows from the sizes alone: one pass of N·D·min(N, D), the principal
  /// components' min(N, D)³, and `passes` of N·min(N, D)·C.
  func recomputedWithoutEachBlock(
    passes: Double = 4, _ value: (Candidate) throws -> Double?
  ) -> [Double?] {
    let (rows, width) = (Double(table.labels.count), Double(table.features.rowLength))
    let rank = min(rows, width)
    let operations =
      rows * width * rank + 9 * rank * rank * rank
      + passes * rows * rank * Double(statistics.classCount)
    guard operations <= Self.affordable else { return [] }
    var results = [Double?](repeating: nil, count: deletions.count)
    results.withUnsafeMutableBufferPointer { results in
      Parallel.forEach(deletions.count) { block in
        let kept = blockOfRow.indices.filter { blockOfRow[$0] != block }
        guard let part = try? table.rows(kept) else { return }
        let candidate = Candidate(part)
        guard candidate.statistics.classCount >= 2 else { return }
        results[block] = (try? value(candidate)) ?? nil
      }
    }
    return results
  }
}

extension FeatureTable {
  /// Some of the rows, in the order given.
  ///
  /// - Throws: `.empty` where none is named.
  public func rows(_ chosen: [Int]) throws(TransferabilityError) -> FeatureTable {
    try FeatureTable(
      model: model, features: Self.rows(chosen, of: features), labels: chosen.map { labels[$0] },
      sourceProbabilities: sourceProbabilities.map { Self.rows(chosen, of: $0) })
  }

  private static func rows(_ chosen: [Int], of tensor: Tensor) -> Tensor {
    let width = tensor.rowLength
    var result = Tensor(shape: [chosen.count, width])
    result.withUnsafeMutableBufferPointer { target in
      tensor.withUnsafeBufferPointer { source in
        for (place, row) in chosen.enumerated() {
          for column in 0..<width {
            target[place * width + column] = source[row * width + column]
          }
        }
      }
    }
    return result
  }
}
