internal import CKernels
public import Tensors

/// Gradients between a step and its update.
extension TrainingPlan {
  /// The gradient of a trainable parameter after the last step, in the state dict's layout; nil for
  /// any other name.
  public func gradient(_ name: String) -> Tensor? {
    engine.store.trainable.first { $0.name == name }.flatMap(engine.store.gradientTensor)
  }

  /// The Euclidean norm of all gradients together after the last step.
  public var gradientNorm: Double {
    let gradients = engine.store.gradientBuffer
    guard let base = gradients.baseAddress else { return 0 }
    return graft_dot(base, base, 0, gradients.count).squareRoot()
  }

  /// Scales all gradients down so that their norm is at most `limit`; returns the norm before.
  ///
  /// As `torch.nn.utils.clip_grad_norm_`, without the 10⁻⁶ that it adds to the norm.
  ///
  /// - Reference: Pascanu et al. 2013, arXiv:1211.5063, algorithm 1.
  @discardableResult
  public func clipGradients(toNorm limit: Double) -> Double {
    let norm = gradientNorm
    let gradients = engine.store.gradientBuffer
    if norm > limit, let base = gradients.baseAddress {
      let factor = Float(limit / norm)
      Parallel.ranges(gradients.count, grain: elementGrain) { begin, end in
        graft_scale(factor, base, base, begin, end)
      }
    }
    return norm
  }

  /// Cuts every number of every gradient at ± `limit`, as `torch.nn.utils.clip_grad_value_`.
  public func clipGradients(toValue limit: Double) {
    let gradients = engine.store.gradientBuffer
    guard let base = gradients.baseAddress else { return }
    let bound = Float(limit)
    Parallel.ranges(gradients.count, grain: elementGrain) { begin, end in
      graft_clamp(base, -bound, bound, base, begin, end)
    }
  }
}
