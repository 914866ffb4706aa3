internal import Foundation

/// The middle of some numbers and how far they usually lie from it, both untouched by outliers.
///
/// - Reference: Iglewicz & Hoaglin, How to detect and handle outliers, 1993: the modified z-score
///   (x − median) / (1.4826 · MAD), where MAD is the median of |x − median|.
struct RobustLimits {
  let median: Double
  let deviation: Double

  /// The limits of some numbers, nil of none.
  ///
  /// Cost: two sorts.
  ///
  /// - Parameter least: the least deviation, for numbers of which most are nearly equal.
  init?(_ values: [Double], least: Double) {
    guard let middle = Spread(values)?.median,
      let spread = Spread(values.map { abs($0 - middle) })?.median
    else { return nil }
    median = middle
    deviation = max(least, 1.4826 * spread)
  }

  /// The modified z-score.
  func score(_ value: Double) -> Double { (value - median) / deviation }
}
