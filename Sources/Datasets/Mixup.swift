public import Images
public import Tensors

/// A batch after mixup or cutmix: pictures and soft targets.
public struct MixedBatch: Sendable {
  /// [B, imageSize, imageSize, 3], mixed.
  public let images: Tensor
  /// [B, C]: λ · y + (1 − λ) · y′ of the smoothed labels; each row sums to 1.
  public let targets: Tensor
}

extension Batch {
  /// The batch with each picture mixed with its partner, which is as far from the end as it is from
  /// the beginning.
  ///
  /// What is drawn depends on (seed, epoch, batch) alone.
  ///
  /// - Parameters:
  ///   - classCount: C, more than every label.
  ///   - labelSmoothing: ε in [0, 1): before mixing, the target of a picture's class is 1 − ε + ε/C
  ///     and that of every other ε/C.
  ///   - batch: what tells the batch from the others of its epoch, such as its number.
  /// - Reference: see `Mixup`.
  public func mixed(
    by mixup: Mixup, classCount: Int, labelSmoothing: Double = 0, seed: UInt64, epoch: Int,
    batch: Int
  ) -> MixedBatch {
    precondition(
      labels.allSatisfy { $0 >= 0 && $0 < classCount }, "mixed: labels beyond \(classCount) classes"
    )
    let (count, height, width) = (images.shape[0], images.shape[1], images.shape[2])
    let mixes = mixup.draws(
      count: count, width: width, height: height, seed: seed, epoch: epoch, batch: batch)
    var result = images
    images.withUnsafeBufferPointer { source in
      result.withUnsafeMutableBufferPointer { target in
        let stride = source.count / max(1, count)
        for (index, mix) in mixes.enumerated() {
          guard let mix else { continue }
          let (own, other) = (index * stride, (count - 1 - index) * stride)
          if let box = mix.rectangle {
            for y in box.y..<box.y + box.height {
              for i in 3 * (y * width + box.x)..<3 * (y * width + box.x + box.width) {
                target[own + i] = source[other + i]
              }
            }
          } else {
            let lambda = Float(mix.lambda)
            for i in 0..<stride {
              target[own + i] = source[own + i] * lambda + source[other + i] * (1 - lambda)
            }
          }
        }
      }
    }
    return MixedBatch(images: result, targets: targets(mixes, labelSmoothing, classCount))
  }

  private func targets(_ mixes: [Mixup.Mix?], _ smoothing: Double, _ classCount: Int) -> Tensor {
    var targets = Tensor(shape: [labels.count, classCount])
    targets.withUnsafeMutableBufferPointer { values in
      let off = smoothing / Double(classCount)
      for (index, mix) in mixes.enumerated() {
        let lambda = mix?.lambda ?? 1
        let row = index * classCount
        for i in row..<row + classCount { values[i] = Float(off) }
        values[row + labels[index]] += Float((1 - smoothing) * lambda)
        values[row + labels[labels.count - 1 - index]] += Float((1 - smoothing) * (1 - lambda))
      }
    }
    return targets
  }
}
