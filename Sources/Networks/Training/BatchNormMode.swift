extension TrainingPlan {
  /// How batch normalisations above the lowest trainable parameter take part in training.
  public enum BatchNormMode: String, Sendable, Codable, CaseIterable {
    /// With the batch's statistics, which the running ones follow; γ and β are trained.
    case train
    /// With the batch's statistics, which the running ones follow; γ and β stay as they are.
    case frozenAffine
    /// With the running statistics, which stay as they are; γ and β are trained.
    case frozen
  }
}
