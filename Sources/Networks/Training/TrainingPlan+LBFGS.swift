internal import CKernels
public import Tensors

extension TrainingPlan {
  /// Minimises the loss of a whole set of samples by L-BFGS; returns the value reached.
  ///
  /// The function is `L(w) + λ/2 Σ w²`, L the mean loss over all samples, computed in batches of
  /// ``batchSize``, the sum over the parameters that decay: convolution and linear weights. It has to
  /// be the same whenever it is evaluated: use it without dropout and with ``BatchNormMode/frozen``
  /// statistics. Good for convex problems such as a head on frozen features, and for small sets.
  ///
  /// - Parameters:
  ///   - minimizer: Memory and stopping rules.
  ///   - images: `[n, H, W, C]` (or `[n, D]` for a suffix), any n ≥ 1.
  ///   - labels: The class of each sample.
  ///   - weightDecay: λ.
  /// - Throws: As ``step(images:labels:)``, but a value that is not finite only makes the line search
  ///   step back.
  /// - Complexity: one pass over the samples per evaluation; `minimizer.memory` pairs of vectors of
  ///   all trainable parameters in double precision.
  /// - Reference: Nocedal & Wright, "Numerical Optimization", 2nd ed., algorithm 7.5.
  public func minimize(
    _ minimizer: LBFGS = LBFGS(), images: Tensor, labels: [Int], weightDecay: Double = 0
  ) throws(NetworkError) -> LBFGS.Result {
    var start: [Double] = []
    for parameter in parameters {
      let values = engine.store.pointer(parameter.name)
      for i in 0..<parameter.count { start.append(Double(values[i])) }
    }
    let result = try minimizer.minimize(from: start) {
      (point, gradient) throws(NetworkError) -> Double in
      write(point)
      do throws(NetworkError) {
        var value = try meanLoss(images, labels, gradient: &gradient)
        if weightDecay > 0 { value += addDecay(weightDecay, at: point, to: &gradient) }
        return value
      } catch .nonFinite, .nonFiniteGradient {
        return .infinity
      }
    }
    write(result.point)
    return result
  }

  /// The parameters at a point.
  private func write(_ point: [Double]) {
    var offset = 0
    for parameter in parameters {
      let values = engine.store.pointer(parameter.name)
      for i in 0..<parameter.count { values[i] = Float(point[offset + i]) }
      offset += parameter.count
    }
    needsPacking = true
  }

  /// The mean loss of all samples and its gradient.
  private func meanLoss(
    _ images: Tensor, _ labels: [Int], gradient: inout [Double]
  ) throws(NetworkError) -> Double {
    for i in gradient.indices { gradient[i] = 0 }
    var loss = 0.0
    for begin in stride(from: 0, to: labels.count, by: batchSize) {
      let range = begin..<min(begin + batchSize, labels.count)
      let share = Double(range.count) / Double(labels.count)
      let result = try step(images: images.rows(range), labels: Array(labels[range]))
      loss += share * result.loss
      var offset = 0
      for parameter in parameters {
        if let values = engine.store.gradientPointer(parameter.name) {
          for i in 0..<parameter.count { gradient[offset + i] += share * Double(values[i]) }
        }
        offset += parameter.count
      }
    }
    return loss
  }

  /// Adds the gradient of the penalty; returns its value.
  private func addDecay(
    _ decay: Double, at point: [Double], to gradient: inout [Double]
  ) -> Double {
    var offset = 0
    var sum = 0.0
    for parameter in parameters {
      if parameter.role == .weight {
        for i in offset..<offset + parameter.count {
          sum += point[i] * point[i]
          gradient[i] += decay * point[i]
        }
      }
      offset += parameter.count
    }
    return decay / 2 * sum
  }
}
