import Tensors

/// What the scores of one network share, each made when a score first asks for it.
final class CandidateViews: Sendable {
  let ordered = Once<OrderedFeatures?>()
  let principal = Once<PrincipalComponents?>()
  let reduced = Once<ReducedMoments?>()
  let reducedWithout = Once<[ReducedMoments?]>()
  let scores = Once<Matrix>()
  let sourceHistograms = Once<[SourceHistogram]>()
}

extension Candidate {
  /// The rows of `table` in class order, Float64, scaled, without constant columns; nil where none
  /// varies.
  var ordered: OrderedFeatures? {
    get throws {
      try views.ordered {
        OrderedFeatures(table, statistics: statistics, blockOfRow: blockOfRow)
      }
    }
  }

  /// The principal components of `ordered`; nil where no column varies.
  ///
  /// - Throws: `LinearAlgebraError` where LAPACK fails.
  var principal: PrincipalComponents? {
    get throws {
      guard let ordered = try ordered else { return nil }
      return try views.principal { try PrincipalComponents(ordered, statistics: statistics) }
    }
  }

  /// The statistics of all rows as a band; nil for fewer than two classes or no column that varies.
  ///
  /// - Throws: `LinearAlgebraError.notFinite`.
  var reducedMoments: ReducedMoments? {
    get throws {
      try views.reduced { try ReducedMoments(statistics, columns: statistics.varyingColumns) }
    }
  }

  /// The statistics without each block as a band, in the columns of the whole.
  ///
  /// - Complexity: O(B·D³).
  var reducedMomentsWithoutEachBlock: [ReducedMoments?] {
    get throws {
      try views.reducedWithout {
        let columns = statistics.varyingColumns
        var results = [ReducedMoments?](repeating: nil, count: deletions.count)
        results.withUnsafeMutableBufferPointer { results in
          Parallel.forEach(deletions.count) { block in
            results[block] =
              (try? ReducedMoments(statistics.removing(blocks[block]), columns: columns)) ?? nil
          }
        }
        return results
      }
    }
  }

  /// The source histogram of all rows and of each block, from one pass over them.
  ///
  /// - Throws: what a reader throws; `TransferabilityError` for numbers that are no probabilities.
  func sourceHistograms(
    _ theta: FeatureRows
  ) throws -> (whole: SourceHistogram, blocks: [SourceHistogram]) {
    let histograms = try views.sourceHistograms {
      let width = theta.width
      var blocks = self.blocks.map { _ in SourceHistogram(sourceClassCount: width) }
      try theta.forEachRun(of: theta.comfortableRun) { rows, values in
        try FeatureTable.check(
          probabilities: values, width: width, firstRow: rows.lowerBound, model: source.model)
        for (place, row) in rows.enumerated() {
          blocks[blockOfSourceRow[row]].add(
            row: UnsafeBufferPointer(rebasing: values[place * width..<(place + 1) * width]),
            label: source.labels[row])
        }
      }
      return blocks
    }
    var whole = SourceHistogram(sourceClassCount: theta.width)
    for block in histograms { whole.merge(block) }
    return (whole, histograms)
  }
}
