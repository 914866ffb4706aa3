package import Datasets
import Foundation
package import Images
package import Networks
import Tensors

extension Evaluation {
  /// Evaluates a network on the pictures of a data set.
  ///
  /// - Returns: the evaluation, nil where no picture could be read; and the pictures that could not.
  /// - Throws: `CancellationError`; errors of the network.
  package static func of(
    _ network: Network, on dataset: Dataset, preprocessing: Preprocessing, batchSize: Int,
    cache: ImageCache? = nil, events: RunEventHandler, cancellation: Cancellation
  ) throws -> (evaluation: Evaluation?, unreadable: [String]) {
    let inference = ImageInference(
      network: network, preprocessing: preprocessing, batchSize: batchSize, outputs: [.logits],
      cache: cache)
    var probabilities: [[Float]] = []
    var labels: [Int] = []
    let unreadable = try inference.run(over: dataset, events: events, cancellation: cancellation) {
      batch, outputs in
      probabilities += softmaxRows(outputs[0])
      labels += batch.labels
    }
    let evaluation =
      labels.isEmpty
      ? nil
      : Evaluation(
        probabilities: probabilities, labels: labels, classCount: dataset.classNames.count)
    return (evaluation, unreadable.map { ImageInference.sentence($0) })
  }
}

/// The softmax of each row of `[N, C]`.
func softmaxRows(_ logits: Tensor) -> [[Float]] {
  let columns = logits.shape[1]
  return logits.withUnsafeBufferPointer { values in
    (0..<logits.shape[0]).map { row in
      let scores = values[(row * columns)..<((row + 1) * columns)]
      let peak = scores.max() ?? 0
      let powers = scores.map { exp($0 - peak) }
      let sum = powers.reduce(0, +)
      return powers.map { $0 / sum }
    }
  }
}
