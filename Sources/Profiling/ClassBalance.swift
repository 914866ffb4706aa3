internal import Foundation

/// How evenly samples are spread over classes.
///
/// With n_c samples of class c, p_c = n_c / Σ n and H = −Σ p_c ln p_c.
public struct ClassBalance: Codable, Sendable, Hashable {
  /// A class with fewer training images than this counts as few-shot.
  ///
  /// - Reference: Liu et al., Large-scale long-tailed recognition in an open world, CVPR 2019, §4.1.
  public static let fewShotLimit = 20

  /// Samples per class; nil without classes.
  public var imagesPerClass: Spread?
  /// Largest class / smallest class; nil when a class is empty.
  public var ratio: Double?
  /// H / ln C: 1 when all classes are equal, 0 when one has everything; nil below two classes.
  public var normalisedEntropy: Double?
  /// exp H: the number of equal classes with the same entropy; nil without samples.
  public var effectiveClassCount: Double?

  /// The balance of these class sizes.
  public init(counts: [Int]) {
    imagesPerClass = Spread(counts.map(Double.init))
    let total = counts.reduce(0, +)
    if let smallest = counts.min(), let largest = counts.max(), smallest > 0 {
      ratio = Double(largest) / Double(smallest)
    }
    guard total > 0 else { return }
    let entropy = counts.reduce(0.0) { sum, count in
      let share = Double(count) / Double(total)
      return count > 0 ? sum - share * log(share) : sum
    }
    effectiveClassCount = exp(entropy)
    if counts.count > 1 { normalisedEntropy = entropy / log(Double(counts.count)) }
  }
}
