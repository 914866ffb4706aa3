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

  /// `initial` times `factor` for each boundary that the step has reached, as PyTorch's `MultiStepLR`.
  public static func steps(initial: Double, boundaries: [Int], factor: Double = 0.1) -> Schedule {
    Schedule { step in
      initial * pow(factor, Double(boundaries.count { $0 <= step }))
    }
  }

  /// `initial · factor^⌊t / period⌋`, as PyTorch's `StepLR`.
  public static func steps(initial: Double, every period: Int, factor: Double = 0.1) -> Schedule {
    precondition(period > 0, "a period has at least one step")
    return Schedule { step in initial * pow(factor, Double(step / period)) }
  }

  /// Half a cosine from `peak` down to `floor` over `steps` steps, as PyTorch's `CosineAnnealingLR`.
  ///
  /// Step t has the rate `floor + (peak − floor) · (1 + cos(π t / steps)) / 2`, and `floor` from `steps`
  /// on.
  ///
  /// - Reference: Loshchilov & Hutter 2017, arXiv:1608.03983, eq. 5, without restarts.
  public static func cosine(peak: Double, steps: Int, floor: Double = 0) -> Schedule {
    Schedule { step in
      step < steps ? Curve.cosine(from: peak, to: floor, at: Double(step) / Double(steps)) : floor
    }
  }

  /// `initial · (1 − t / steps)^power`, and 0 from `steps` on, as PyTorch's `PolynomialLR`.
  public static func polynomial(initial: Double, steps: Int, power: Double = 1) -> Schedule {
    precondition(steps > 0, "a polynomial schedule has at least one step")
    return Schedule { step in initial * pow(1 - Double(min(step, steps)) / Double(steps), power) }
  }

  /// Up to `peak` and down again within `steps` steps, as PyTorch's `OneCycleLR` with two phases.
  ///
  /// The rate goes from `peak / divisor` to `peak` until step `rise · steps − 1`, then to
  /// `peak / divisor / finalDivisor` until step `steps − 1`, where it stays.
  ///
  /// - Reference: Smith & Topin 2018, arXiv:1708.07120.
  public static func oneCycle(
    peak: Double, steps: Int, rise: Double = 0.3, divisor: Double = 25,
    finalDivisor: Double = 1e4, curve: Curve = .cosine
  ) -> Schedule {
    precondition((0...1).contains(rise) && steps > 0, "the rise is a share of the steps")
    let (low, last) = (peak / divisor, Double(steps - 1))
    let top = rise * Double(steps) - 1
    return Schedule { step in
      let time = min(Double(step), last)
      if time <= top { return curve(from: low, to: peak, at: top > 0 ? time / top : 1) }
      return curve(from: peak, to: low / finalDivisor, at: (time - top) / (last - top))
    }
  }

  /// The same schedule behind a linear warm-up to its first rate.
  ///
  /// Step t < W has the rate `r₀ · (t + 1) / W`, r₀ the schedule's at step 0; from step W on the schedule
  /// runs from its beginning. PyTorch: `SequentialLR` of `LinearLR(start_factor: 1/W,
  /// total_iters: W − 1)` and the schedule.
  ///
  /// - Reference: Goyal et al. 2017, arXiv:1706.02677, §2.2.
  public func warmedUp(over steps: Int) -> Schedule {
    precondition(steps >= 0, "a warm-up has no negative length")
    return Schedule { step in
      step < steps ? self(0) * Double(step + 1) / Double(steps) : self(step - steps)
    }
  }

  /// How a rate goes from one value to another.
  public enum Curve: Sendable, Hashable {
    /// Along half a cosine.
    case cosine
    /// In a straight line.
    case linear

    /// The rate at a place between 0 and 1.
    func callAsFunction(from start: Double, to end: Double, at place: Double) -> Double {
      switch self {
      case .cosine: Curve.cosine(from: start, to: end, at: place)
      case .linear: start + (end - start) * place
      }
    }

    static func cosine(from start: Double, to end: Double, at place: Double) -> Double {
      end + (start - end) * (1 + cos(.pi * place)) / 2
    }
  }
}
