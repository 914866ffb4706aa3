internal import CKernels
internal import Foundation
internal import Tensors

/// An exponential moving average of a network's weights, as timm's `ModelEmaV3`.
///
/// After step t (from 1), `e ← e + (1 − d_t) (w − e)` for every parameter and, where
/// ``averagesBuffers``, every running statistic; otherwise these are copied. `d_t = 0` for the first
/// `startStep + 1` steps. With the warm-up, k = t − startStep − 1 and `d_t = 1 − (1 + k / γ)^−p`, between
/// `minimumDecay` and `decay`; else `d_t = decay`.
///
/// - Reference: Polyak & Juditsky 1992, doi:10.1137/0330046; timm's `ModelEmaV3`.
public struct WeightAverage: Sendable {
  /// The largest share of the average that stays.
  public var decay: Double
  /// The smallest share that stays in the warm-up.
  public var minimumDecay: Double
  /// Steps after which averaging begins.
  public var startStep: Int
  /// γ and p of the warm-up; nil without one.
  public var warmUp: WarmUp?
  /// Whether running statistics are averaged (timm's default) and not copied.
  public var averagesBuffers: Bool
  /// Steps seen, and the average of each parameter in the engine's order.
  public var state = OptimizerState()

  /// How quickly the decay rises: `1 − (1 + k / gamma)^−power`.
  public struct WarmUp: Sendable, Hashable {
    /// γ.
    public var gamma: Double
    /// p.
    public var power: Double

    /// timm's defaults, good for long trainings; a power of 3/4 suits shorter ones.
    public init(gamma: Double = 1, power: Double = 2.0 / 3) {
      self.gamma = gamma
      self.power = power
    }
  }

  /// An average at its start.
  public init(
    decay: Double = 0.9999, minimumDecay: Double = 0, startStep: Int = 0, warmUp: WarmUp? = nil,
    averagesBuffers: Bool = false
  ) {
    precondition((0...1).contains(decay), "a decay lies in [0, 1]")
    self.decay = decay
    self.minimumDecay = minimumDecay
    self.startStep = startStep
    self.warmUp = warmUp
    self.averagesBuffers = averagesBuffers
  }

  /// `d_t`.
  public func decay(atStep step: Int) -> Double {
    let passed = step - startStep - 1
    guard passed > 0 else { return 0 }
    guard let warmUp else { return decay }
    let risen = 1 - pow(1 + Double(passed) / warmUp.gamma, -warmUp.power)
    return max(min(risen, decay), minimumDecay)
  }

  /// Moves the average of one parameter or buffer.
  mutating func update(
    _ parameter: ParameterSpecification, values: UnsafePointer<Float>
  ) {
    let copies = parameter.role == .buffer && !averagesBuffers
    let kept = copies ? 0 : decay(atStep: state.stepCount)
    let count = parameter.count
    state.tensors.update(parameter.name, count: count) { average in
      if kept == 0 {
        average.update(from: values, count: count)
      } else {
        let share = Float(1 - kept)
        Parallel.ranges(count, grain: elementGrain) { begin, end in
          graft_approach(share, values, average, begin, end)
        }
      }
    }
  }
}
