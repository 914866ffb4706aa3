import Networks
import Tensors
import Testing

/// Losses against PyTorch and timm, through the gradients of a linear layer.
@Suite("Losses") struct LossTests {
  /// What a case trains towards.
  enum Aim: Sendable { case labels, targets }

  static let cases: [(name: String, loss: any Loss, aim: Aim)] = [
    ("cross-entropy", CrossEntropy(), .labels),
    ("cross-entropy, smoothed", CrossEntropy(labelSmoothing: 0.2), .labels),
    ("cross-entropy, targets", CrossEntropy(labelSmoothing: 0.2), .targets),
    ("binary", BinaryCrossEntropy(), .labels),
    ("binary, targets", BinaryCrossEntropy(), .targets),
    ("binary, threshold", BinaryCrossEntropy(targetThreshold: 0.4), .targets),
    ("binary, summed", BinaryCrossEntropy(sumsClasses: true), .labels),
    ("squared", MeanSquaredError(), .targets),
    ("divergence", KLDivergence(targets: .probabilities), .targets),
    ("divergence, teacher", KLDivergence(temperature: 4), .targets),
  ]

  @Test("value and gradient are the reference's", arguments: cases.indices)
  func parity(index: Int) throws {
    let (name, loss, aim) = Self.cases[index]
    let reference = try #require(try ReferenceTraining.load().losses[name])
    let plan = try ReferenceTraining.plan(loss: loss)
    let result =
      switch aim {
      case .labels:
        try plan.step(images: ReferenceTraining.features, labels: ReferenceTraining.labels)
      case .targets:
        try plan.step(images: ReferenceTraining.features, targets: ReferenceTraining.targets)
      }
    #expect(abs(result.loss - reference.loss) < 1e-6 * reference.loss, "\(name)")
    let gradients = StateDict(
      try plan.parameters.map { ($0.name, try #require(plan.gradient($0.name))) })
    try ReferenceTraining.check(gradients, against: reference.gradients)
  }

  @Test("every case of the reference is tested")
  func complete() throws {
    #expect(try Set(ReferenceTraining.load().losses.keys) == Set(Self.cases.map(\.name)))
  }

  @Test("right answers are counted against labels and against targets")
  func correct() throws {
    let plan = try ReferenceTraining.plan()
    let scores = try InferencePlan(
      network: ReferenceTraining.network(), batchSize: 4, outputs: [.logits]
    ).run(ReferenceTraining.features)[0]
    let winners = (0..<4).map { row in
      let values = scores.row(row).values
      return values.indices.max { values[$0] < values[$1] } ?? 0
    }
    var labels = winners
    labels[2] = (winners[2] + 1) % ReferenceTraining.classCount
    #expect(try plan.step(images: ReferenceTraining.features, labels: labels).correct == 3)
    var targets = Tensor(shape: [4, ReferenceTraining.classCount])
    for (row, winner) in winners.enumerated() where row != 1 {
      targets[flat: row * ReferenceTraining.classCount + winner] = 0.6
    }
    let other = (winners[1] + 1) % ReferenceTraining.classCount
    targets[flat: ReferenceTraining.classCount + other] = 0.9
    #expect(try plan.step(images: ReferenceTraining.features, targets: targets).correct == 3)
  }
}
