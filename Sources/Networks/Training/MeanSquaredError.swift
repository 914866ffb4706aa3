internal import CKernels

/// The mean squared difference between scores and targets, as `torch.nn.MSELoss`.
///
/// `L = 1/(n C) Σ_i Σ_c (z_ic − q_ic)²`, `∂L/∂z_ic = 2 (z_ic − q_ic) / (n C)`. A label stands for its
/// one-hot vector.
public struct MeanSquaredError: Loss {
  /// A loss.
  public init() {}

  /// Computes the losses of some rows.
  public func evaluate(_ batch: LossBatch, _ begin: Int, _ end: Int) {
    graft_squared_error(
      batch.classCount, batch.logits, batch.targets, batch.gradientScale, batch.losses,
      batch.gradient, begin, end)
  }
}
