/// Weighted sums of min–max scaled parts: how ETran and NCTI turn raw numbers into a score.
///
///     score_m = Σ_k w_k (v_mk − min_j v_jk) / (max_j v_jk − min_j v_jk)
///
/// with j over the candidates that have parts. Such a score says nothing about a candidate by itself:
/// another candidate changes it. A part on which all candidates agree, as with a single candidate,
/// gives 0 instead of 0/0.
enum PoolCombination {
  /// The combined score of each candidate, nil where it has no parts or lacks one of the weighted.
  ///
  /// - Parameters:
  ///   - parts: the named parts of each candidate, nil where the score is not defined.
  ///   - weights: the weight of each part.
  static func minMax(_ parts: [[String: Double]?], weights: [(part: String, weight: Double)])
    -> [Double?]
  {
    let rows = parts.map { parts in
      parts.flatMap { parts in
        let values = weights.compactMap { parts[$0.part] }
        return values.count == weights.count ? values : nil
      }
    }
    let present = rows.compactMap { $0 }
    let ranges = weights.indices.map { column in
      let values = present.map { $0[column] }
      return (low: values.min() ?? 0, high: values.max() ?? 0)
    }
    return rows.map { row in
      row.map { row in
        weights.indices.reduce(0) { sum, column in
          let (low, high) = ranges[column]
          guard high > low else { return sum }
          return sum + weights[column].weight * (row[column] - low) / (high - low)
        }
      }
    }
  }
}
