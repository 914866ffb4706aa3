import Tensors

/// One network's evidence, cut into the jackknife's blocks.
public struct Candidate: Sendable {
  /// The features, labels and source probabilities.
  public let table: FeatureTable
  /// The block of each row.
  public let blockOfRow: [Int]
  /// Statistics of the blocks.
  public let blocks: [FeatureStatistics]
  /// Statistics of all rows.
  public let statistics: FeatureStatistics
  /// What scores share, made at its first use.
  let views = CandidateViews()

  /// Gathers the statistics of a network's features.
  ///
  /// - Complexity: O(N·D²) time, O(B·D²) memory for B blocks.
  public init(_ table: FeatureTable) {
    let assignment = Jackknife.assignment(table.labels)
    let width = table.features.rowLength
    self.blocks = (0..<Jackknife.blocks).map { block in
      let rows = assignment.indices.filter { assignment[$0] == block }
      var part = FeatureStatistics(dimension: width)
      var gathered = Tensor(shape: [rows.count, width])
      gathered.withUnsafeMutableBufferPointer { target in
        table.features.withUnsafeBufferPointer { source in
          for (index, row) in rows.enumerated() {
            for column in 0..<width {
              target[index * width + column] = source[row * width + column]
            }
          }
        }
      }
      part.add(gathered, labels: rows.map { table.labels[$0] })
      return part
    }
    var whole = FeatureStatistics(dimension: width)
    for block in blocks { whole.merge(block) }
    self.statistics = whole
    self.table = table
    self.blockOfRow = assignment
  }

  /// A number for each block, computed from the statistics without it, over all processors.
  func withoutEachBlock(_ body: (FeatureStatistics) -> Double?) -> [Double?] {
    var results = [Double?](repeating: nil, count: blocks.count)
    results.withUnsafeMutableBufferPointer { results in
      Parallel.forEach(blocks.count) { results[$0] = body(statistics.removing(blocks[$0])) }
    }
    return results
  }
}
