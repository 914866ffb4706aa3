import Networks
import Tensors
import Testing

/// Every architecture against PyTorch in double precision.
@Suite("Parity with PyTorch") struct PyTorchParityTests {
  static let ids = ReferenceNetwork.ids

  @Test("names, shapes and order of every architecture's state dict")
  func stateDicts() throws {
    let known = try ReferenceNetwork.stateHashes()
    #expect(Set(known.keys) == Set(Architecture.all.map(\.id)))
    for architecture in Architecture.all {
      let listing = architecture.build(classCount: 1000).parameters
        .map { "\($0.name):\($0.shape)\n" }.joined()
      let hash = String(CounterRandom.hash(listing), radix: 16)
      #expect(hash == known[architecture.id]?.trimmingZeros, "\(architecture.id)")
    }
  }

  @Test("an architecture that stands back for another has the same parameters")
  func twins() throws {
    let known = try ReferenceNetwork.stateHashes()
    let twins = Architecture.all.filter { $0.sameParametersAs != nil }
    #expect(!twins.isEmpty)
    for twin in twins {
      let other = try Architecture.named(twin.sameParametersAs ?? "")
      #expect(known[twin.id] == known[other.id] && other.sameParametersAs == nil, "\(twin.id)")
    }
  }

  /// Float32 through some 150 layers; the bar is 10⁻⁴ of the embedding's norm.
  @Test("embeddings and class scores", arguments: ids)
  func inference(id: String) throws {
    let reference = try ReferenceNetwork.load(id)
    let plan = try InferencePlan(
      network: reference.network(), batchSize: reference.batch, inputShape: reference.inputShape,
      outputs: [.features, .logits])
    let outputs = try plan.run(
      reference.images(batch: reference.batch, size: reference.imageSize))
    var worst = 0.0
    for sample in 0..<reference.batch {
      let projections = ReferenceNetwork.projections("features", outputs[0].row(sample).values)
      worst = max(
        worst, ReferenceNetwork.difference(projections, reference.features[sample]))
      let expected = reference.logits[sample]
      let scale = expected.reduce(0) { max($0, abs($1)) }
      for (a, b) in zip(outputs[1].row(sample).values, expected) {
        worst = max(worst, abs(Double(a) - b) / scale)
      }
    }
    print("\(id): embeddings and scores differ from PyTorch's by \(worst)")
    #expect(worst < 1e-4)
  }

  /// The bar is 10⁻³ of each gradient's norm.
  ///
  /// A shift before another normalisation has a gradient of 0 in theory, so that only rounding is
  /// left of it: the error is taken relative to a tenth of the network's median gradient at least.
  @Test(
    "gradients of every parameter", arguments: ids, [TrainingPlan.BatchNormMode.train, .frozen])
  func gradients(id: String, mode: TrainingPlan.BatchNormMode) throws {
    let reference = try ReferenceNetwork.load(id)
    let expected = mode == .train ? reference.training : reference.frozenStatistics
    let size = expected.imageSize ?? reference.imageSize
    let batch = expected.batch ?? reference.batch
    let plan = try TrainingPlan(
      network: reference.network(), batchSize: reference.batch, inputShape: PlanTests.shape(size),
      batchNorm: mode, loss: CrossEntropy(labelSmoothing: reference.labelSmoothing))
    let result = try plan.step(
      images: reference.images(batch: batch, size: size),
      labels: Array(reference.labels.prefix(batch)))
    #expect(abs(result.loss - expected.loss) < 1e-4 * expected.loss)
    #expect(plan.parameters.count == expected.gradients.count)

    let norms = expected.gradients.map { $0[0] }.sorted()
    let typical = norms[norms.count / 2]
    var worst = (name: "", error: 0.0)
    for (parameter, projections) in zip(plan.parameters, expected.gradients) {
      let gradient = try #require(plan.gradient(parameter.name))
      let floor = typical * (parameter.role == .normShift ? 0.1 : 0.01)
      let error = ReferenceNetwork.difference(
        ReferenceNetwork.projections(parameter.name, gradient.values), projections, floor: floor)
      if !(error <= worst.error) { worst = (parameter.name, error) }
    }
    print("\(id), \(mode): the gradient of \(worst.name) differs from PyTorch's by \(worst.error)")
    #expect(worst.error < 1e-3, "\(worst.name)")

    if let buffers = expected.buffers {
      let state = plan.state()
      let names = plan.network().graph.parameters.filter { $0.role == .buffer }.map(\.name)
      for (name, projections) in zip(names, buffers) {
        let values = try #require(state[name]).values
        #expect(
          ReferenceNetwork.difference(
            ReferenceNetwork.projections(name, values), projections) < 1e-4, "\(name)")
      }
    }
  }
}

extension String {
  /// The text without leading zeros.
  fileprivate var trimmingZeros: String { String(drop { $0 == "0" }) }
}
