/// What training makes small: the mean over a batch of one number per sample.
///
/// A loss is a value that holds its hyper-parameters; a ``TrainingPlan`` brings the memory and splits
/// the rows over threads. Labels become distributions before a loss sees them, so there is one way
/// for both.
public protocol Loss: Sendable {
  /// s in [0, 1): a label stands for the target `(1 − s) · onehot + s / C`. Targets that are given as
  /// distributions stay as they are.
  var labelSmoothing: Double { get }

  /// Computes ``LossBatch/losses`` and ``LossBatch/gradient`` of some rows.
  func evaluate(_ batch: LossBatch, _ begin: Int, _ end: Int)
}

extension Loss {
  /// 0: a label is all of the target.
  public var labelSmoothing: Double { 0 }
}

/// The scores of a batch, what they should be, and where their loss goes.
public struct LossBatch {
  /// Samples n.
  public let count: Int
  /// Classes C.
  public let classCount: Int
  /// The class scores, `[n, C]`.
  public let logits: UnsafePointer<Float>
  /// What the scores should lead to, `[n, C]`.
  public let targets: UnsafePointer<Float>
  /// The loss of each sample, `[n]`.
  public let losses: UnsafeMutablePointer<Float>
  /// The gradient of the mean loss by the scores, `[n, C]`; nil if it is not wanted.
  public let gradient: UnsafeMutablePointer<Float>?

  /// The weight 1/n of a sample in the mean.
  public var gradientScale: Float { 1 / Float(count) }
}
