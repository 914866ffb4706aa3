/// Uncertainty by deleting blocks of rows.
///
/// The rows are dealt to B blocks, class by class, so that every block has its share of each class.
/// With θ_(b) the score without block b: se² = (B − 1)/B · Σ (θ_(b) − mean)², and the 95 % interval
/// is the score ± t₀.₉₇₅(B − 1) · se.
/// - Reference: Efron & Tibshirani, "An Introduction to the Bootstrap", 1993, eq. 11.5; Shao & Wu,
///   Annals of Statistics 17 (1989), for blocks.
public enum Jackknife {
  /// Number of blocks.
  public static let blocks = 10

  /// 97.5 % quantile of Student's t with 9 degrees of freedom.
  static let quantile = 2.2621571628540993

  /// The block of each row: the i-th row of a class goes to block (i + rank of the class) mod B.
  public static func assignment(_ labels: [Int], blocks: Int = blocks) -> [Int] {
    let rank = Dictionary(
      uniqueKeysWithValues: Set(labels).sorted().enumerated().map { ($1, $0) })
    var seen: [Int: Int] = [:]
    return labels.map { label in
      let index = seen[label, default: 0]
      seen[label] = index + 1
      return (index + (rank[label] ?? 0)) % blocks
    }
  }

  /// Half the width of the 95 % interval, nil where a replicate is missing or none differs in kind.
  static func halfWidth(_ replicates: [Double?]) -> Double? {
    let values = replicates.compactMap { $0 }
    guard values.count == replicates.count, values.count > 1 else { return nil }
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return quantile * ((count - 1) / count * squares).squareRoot()
  }

  /// The bias of a score at its number of rows: (B − 1)(mean of the replicates − the score).
  ///
  /// 0 where a replicate is missing.
  static func bias(_ replicates: [Double?], value: Double) -> Double {
    let values = replicates.compactMap { $0 }
    guard values.count == replicates.count, values.count > 1 else { return 0 }
    let count = Double(values.count)
    return (count - 1) * (values.reduce(0, +) / count - value)
  }
}
