import Tensors

/// What the scores of one network share, each made when a score first asks for it.
final class CandidateViews: Sendable {
  let rowwise = Once<Candidate>()
  let ordered = Once<OrderedFeatures?>()
  let principal = Once<PrincipalComponents?>()
  let sourceHistograms = Once<[SourceHistogram]>()
}

extension Candidate {
  /// The candidate of the rows in `table` alone: itself, unless the statistics are of more rows.
  var rowwise: Candidate {
    get throws {
      guard statistics.count != table.labels.count else { return self }
      return try views.rowwise { Candidate(table) }
    }
  }

  /// The rows of `table` in class order, Float64, scaled, without constant columns; nil where none
  /// varies.
  var ordered: OrderedFeatures? {
    get throws {
      let rowwise = try rowwise
      return try rowwise.views.ordered {
        OrderedFeatures(
          rowwise.table, statistics: rowwise.statistics, blockOfRow: rowwise.blockOfRow)
      }
    }
  }

  /// The principal components of `ordered`; nil where no column varies.
  ///
  /// - Throws: `LinearAlgebraError` where LAPACK fails.
  var principal: PrincipalComponents? {
    get throws {
      guard let ordered = try ordered else { return nil }
      let rowwise = try rowwise
      return try rowwise.views.principal {
        try PrincipalComponents(ordered, statistics: rowwise.statistics)
      }
    }
  }

  /// The source histogram of all rows of `table` and of each block.
  func sourceHistograms(
    _ theta: Tensor
  ) throws -> (whole: SourceHistogram, blocks: [SourceHistogram]) {
    let histograms = try views.sourceHistograms {
      let width = theta.rowLength
      var blocks = self.blocks.map { _ in SourceHistogram(sourceClassCount: width) }
      theta.withUnsafeBufferPointer { theta in
        for (row, label) in table.labels.enumerated() {
          let values = UnsafeBufferPointer(rebasing: theta[row * width..<(row + 1) * width])
          blocks[blockOfRow[row]].add(row: values, label: label)
        }
      }
      return blocks
    }
    var whole = SourceHistogram(sourceClassCount: theta.rowLength)
    for block in histograms { whole.merge(block) }
    return (whole, histograms)
  }
}
