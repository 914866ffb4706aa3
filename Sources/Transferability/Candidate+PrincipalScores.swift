import Tensors

extension Candidate {
  /// All principal component scores of `ordered`, [N, k], made once; nil where no column varies.
  ///
  /// They hold what the centred rows hold, in uncorrelated columns, and no more of them than the rank.
  /// - Throws: `LinearAlgebraError` where LAPACK fails.
  /// - Complexity: O(NDk) time once, O(Nk) memory.
  var principalScores: Matrix? {
    get throws {
      guard let principal = try principal else { return nil }
      return try views.scores { principal.scores(principal.count) }
    }
  }
}
