internal import CKernels

/// Softmax cross-entropy with label smoothing, as `torch.nn.CrossEntropyLoss`.
///
/// `L = −(1/n) Σ_i Σ_c q_ic log softmax(z_i)_c`, `∂L/∂z_ic = (softmax(z_i)_c − q_ic) / n`, where q is
/// the one-hot label, smoothed to `(1 − s) · onehot + s / C`, or a given distribution.
///
/// - Reference: Szegedy et al. 2016, arXiv:1512.00567, §7 (label smoothing).
public struct CrossEntropy: Loss {
  /// s in [0, 1).
  public let labelSmoothing: Double

  /// A cross-entropy; 0 for labels as they are.
  public init(labelSmoothing: Double = 0) {
    precondition((0..<1).contains(labelSmoothing), "label smoothing lies in [0, 1)")
    self.labelSmoothing = labelSmoothing
  }

  /// Computes the losses of some rows.
  public func evaluate(_ batch: LossBatch, _ begin: Int, _ end: Int) {
    graft_cross_entropy(
      batch.classCount, batch.logits, batch.targets, batch.gradientScale, batch.losses,
      batch.gradient, begin, end)
  }
}
