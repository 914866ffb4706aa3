internal import CKernels

/// Binary cross-entropy of each class on its own, as timm's `BinaryCrossEntropy`.
///
/// `L = −(1/n) Σ_i w Σ_c (q_ic log σ(z_ic) + (1 − q_ic) log(1 − σ(z_ic)))`, with w = 1/C or, where
/// ``sumsClasses``, 1; `∂L/∂z_ic = w (σ(z_ic) − q_ic) / n`. A label stands for
/// `(1 − s) · onehot + s / C`; with a threshold a target counts as 1 above it and as 0 else.
///
/// - Reference: Wightman, Touvron & Jégou 2021, arXiv:2110.00476, §2.
public struct BinaryCrossEntropy: Loss {
  /// s in [0, 1).
  public let labelSmoothing: Double
  /// The bound above which a target counts as 1; nil to take targets as they are.
  public let targetThreshold: Double?
  /// Whether the loss of a sample is the sum over its classes and not their mean.
  public let sumsClasses: Bool

  /// A loss; the defaults are timm's.
  public init(
    labelSmoothing: Double = 0.1, targetThreshold: Double? = nil, sumsClasses: Bool = false
  ) {
    precondition((0..<1).contains(labelSmoothing), "label smoothing lies in [0, 1)")
    precondition(targetThreshold.map { $0 >= 0 } ?? true, "a target threshold is not negative")
    self.labelSmoothing = labelSmoothing
    self.targetThreshold = targetThreshold
    self.sumsClasses = sumsClasses
  }

  /// Computes the losses of some rows.
  public func evaluate(_ batch: LossBatch, _ begin: Int, _ end: Int) {
    graft_binary_cross_entropy(
      batch.classCount, batch.logits, batch.targets, targetThreshold.map { Float($0) } ?? -1,
      sumsClasses ? 1 : 1 / Float(batch.classCount), batch.gradientScale, batch.losses,
      batch.gradient, begin, end)
  }
}
