/// Parameters that share a learning rate and a weight decay of their own.
///
/// A parameter belongs to the first group that contains it; one that no group contains has the
/// optimiser's rate and decay.
public struct ParameterGroup: Sendable {
  /// The factor on the learning rate.
  public let rateScale: Double
  /// λ of the group's parameters, biases included; nil for the optimiser's.
  public let weightDecay: Double?
  /// Whether a parameter belongs to the group.
  public let contains: @Sendable (TrainableParameter) -> Bool

  /// The parameters of which a condition is true.
  public init(
    rateScale: Double = 1, weightDecay: Double? = nil,
    where contains: @escaping @Sendable (TrainableParameter) -> Bool
  ) {
    self.rateScale = rateScale
    self.weightDecay = weightDecay
    self.contains = contains
  }

  /// The parameters of one stage.
  public init(stage: String, rateScale: Double = 1, weightDecay: Double? = nil) {
    self.init(rateScale: rateScale, weightDecay: weightDecay) { $0.stage == stage }
  }

  /// A group per stage whose rate falls by a factor from stage to stage, from the last (1) down.
  ///
  /// Stage i of n has the scale `factor^(n − 1 − i)`, as timm's `layer_decay` over stages.
  ///
  /// - Reference: Clark et al. 2020, arXiv:2003.10555, §A; Bao et al. 2021, arXiv:2106.08254, table 9.
  public static func layerDecay(_ factor: Double, stages: [String]) -> [ParameterGroup] {
    var scale = 1.0
    var groups: [ParameterGroup] = []
    for stage in stages.reversed() {
      groups.append(ParameterGroup(stage: stage, rateScale: scale))
      scale *= factor
    }
    return groups.reversed()
  }
}
