internal import Datasets
internal import Foundation

/// Findings about class sizes.
enum BalanceFindings {
  /// Ratio of the largest to the smallest class from which unevenness is mentioned.
  private static let notableRatio = 3.0
  /// And from which it calls for a measure against it; the mildest setting of the long-tail
  /// benchmarks (Cao et al., NeurIPS 2019, §4).
  private static let strongRatio = 10.0

  static func findings(
    _ balance: ClassBalance, counts: [Int], fewShot: [Int], in dataset: Dataset
  ) -> [DataFinding] {
    var result: [DataFinding] = []
    if let ratio = balance.ratio, ratio >= notableRatio,
      let largest = counts.indices.max(by: { counts[$0] < counts[$1] }),
      let smallest = counts.indices.min(by: { counts[$0] < counts[$1] })
    {
      let strong = ratio >= strongRatio
      let advice =
        strong
        ? "; judge by per-class accuracy and weight the classes or collect more of the small ones."
        : "; look at per-class accuracy as well."
      result.append(
        DataFinding(
          code: .imbalance, severity: strong ? .warning : .info,
          message: "The largest class (\(dataset.classNames[largest]), \(counts[largest])) has"
            + " \(String(format: "%.1f", ratio)) times the pictures of the smallest"
            + " (\(dataset.classNames[smallest]), \(counts[smallest]))" + advice))
    }
    if !fewShot.isEmpty {
      let names = fewShot.prefix(5).map { "\(dataset.classNames[$0]) (\(counts[$0]))" }
      result.append(
        DataFinding(
          code: .fewShotClass, severity: .warning,
          message: "\(fewShot.count) of \(counts.count) classes have fewer than"
            + " \(ClassBalance.fewShotLimit) training pictures:"
            + " \(names.joined(separator: ", "))\(fewShot.count > 5 ? ", …" : "");"
            + " results on them are uncertain."))
    }
    return result
  }
}
