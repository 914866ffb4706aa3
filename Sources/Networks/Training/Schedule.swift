internal import Foundation

/// The learning rate as a function of the training step, counted from 0.
public struct Schedule: Sendable {
  private let rate: @Sendable (Int) -> Double

  /// A schedule of any rule.
  public init(_ rate: @escaping @Sendable (_ step: Int) -> Double) { self.rate = rate }

  /// The learning rate of a step.
  public func callAsFunction(_ step: Int) -> Double { rate(step) }

  /// The same rate always.
  public static func constant(_ value: Double) -> Schedule { Schedule { _ in value } }

  /// Half a cosine from `peak` down to `floor` over `steps` steps, after a linear warm-up.
  ///
  /// In the warm-up of W steps, step t has the rate `peak · (t + 1) / W`; afterwards
  /// `floor + (peak − floor) · (1 + cos(π (t − W) / (steps − W))) / 2`, and `floor` from `steps` on.
  ///
  /// - Reference: Loshchilov & Hutter 2017, arXiv:1608.03983, eq. 5, without restarts.
  public static func cosine(
    peak: Double, steps: Int, warmUpSteps: Int = 0, floor: Double = 0
  ) -> Schedule {
    precondition(steps >= warmUpSteps && warmUpSteps >= 0, "a warm-up is part of its schedule")
    return Schedule { step in
      if step < warmUpSteps { return peak * Double(step + 1) / Double(warmUpSteps) }
      guard step < steps else { return floor }
      let progress = Double(step - warmUpSteps) / Double(steps - warmUpSteps)
      return floor + (peak - floor) * (1 + cos(.pi * progress)) / 2
    }
  }

  /// `initial` times `factor` for each boundary that the step has reached.
  public static func steps(initial: Double, boundaries: [Int], factor: Double = 0.1) -> Schedule {
    Schedule { step in
      initial * pow(factor, Double(boundaries.count { $0 <= step }))
    }
  }
}
