package import FineTuning

/// A recipe's values for the terminal.
package enum RecipeText {
  /// The values that are set, in one line.
  package static func values(_ values: Hyperparameters) -> String {
    var parts: [String] = []
    if let from = values.trainableFrom { parts.append("trained from stage \(from) on") }
    if let epochs = values.epochs { parts.append("\(epochs) epochs") }
    if let batch = values.batchSize { parts.append("batches of \(batch)") }
    if let rate = values.learningRate { parts.append("learning rate \(rate)") }
    if let factor = values.headLearningRateFactor { parts.append("head × \(factor)") }
    if let momentum = values.momentum { parts.append("momentum \(momentum)") }
    if let decay = values.weightDecay { parts.append("weight decay \(decay)") }
    if let warmup = values.warmupFraction { parts.append("warm-up \(Wording.percent(warmup))") }
    if let smoothing = values.labelSmoothing, smoothing > 0 {
      parts.append("label smoothing \(smoothing)")
    }
    if let mode = values.batchNorm { parts.append("BatchNorm \(mode)") }
    if let start = values.headInitialization {
      parts.append("head starts \(start == "probe" ? "as a probe" : "at random")")
    }
    if let views = values.cachedViews { parts.append("\(views) cached views") }
    if let penalties = values.penalties {
      parts.append(
        "penalty chosen among \(penalties.count) from \(penalties.min() ?? 0) to "
          + "\(penalties.max() ?? 0)")
    }
    return parts.joined(separator: ", ")
  }
}
