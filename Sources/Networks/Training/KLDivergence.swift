internal import CKernels

/// The divergence of a softened student from a softened teacher, for distillation.
///
/// `L = (T²/n) Σ_i Σ_c q_ic (log q_ic − log p_ic)`, `p_i = softmax(z_i / T)`,
/// `∂L/∂z_ic = T (p_ic − q_ic) / n`: `torch.nn.functional.kl_div` with `reduction: batchmean`, times T²,
/// so that gradients keep their size whatever the temperature. q is the target as given or, where the
/// targets are a teacher's scores, `softmax(target / T)`. A class with q = 0 adds nothing.
///
/// - Reference: Hinton, Vinyals & Dean 2015, arXiv:1503.02531, §2.
public struct KLDivergence: Loss {
  /// What the targets are.
  public enum Targets: Sendable, Hashable {
    /// Distributions, softened already. A label stands for its one-hot vector.
    case probabilities
    /// A teacher's scores before softmax. Labels make no sense here.
    case logits
  }

  /// T > 0, which softens both sides.
  public let temperature: Double
  /// What the targets are.
  public let targets: Targets

  /// A loss.
  public init(temperature: Double = 1, targets: Targets = .logits) {
    precondition(temperature > 0, "a temperature is positive")
    self.temperature = temperature
    self.targets = targets
  }

  /// Computes the losses of some rows.
  public func evaluate(_ batch: LossBatch, _ begin: Int, _ end: Int) {
    graft_divergence(
      batch.classCount, batch.logits, batch.targets, targets == .logits ? 1 : 0,
      Float(temperature), batch.gradientScale, batch.losses, batch.gradient, begin, end)
  }
}
