internal import Tensors

/// The first nodes of an inference plan, run for one sample after the other, each thread on its own
/// samples.
///
/// The activations of early layers are large and their weights few. A whole batch of them passes through
/// memory between any two nodes; those of one sample stay in a core's second cache. No operator mixes
/// samples in inference, so the results have the same bits. It takes an arena of one sample for each
/// thread, and the output of the last node for the whole batch.
///
/// - Reference: Alwani et al. 2016, doi:10.1109/MICRO.2016.7783725: layers fused tile by tile; here a tile
///   is an image.
final class SamplewiseStretch {
  /// The engines of the threads; they share their weights.
  private let workers: [PlanEngine]
  /// The output of the last node, `[batchSize, …]`.
  private let output: FloatStorage
  private let inputCount: Int
  private let outputCount: Int

  /// Takes the memory of a stretch for batches of at most this size.
  init(_ blueprint: PlanBlueprint, batchSize: Int) {
    let first = PlanEngine(blueprint)
    let others = blueprint.sites[0].slots - 1
    workers = [first] + (0..<others).map { _ in PlanEngine(blueprint, sharing: first) }
    inputCount = blueprint.sites[0].output.count
    outputCount = blueprint.outputCount
    output = FloatStorage(uninitializedCount: batchSize * outputCount)
  }

  /// The engine that holds the weights.
  var engine: PlanEngine { workers[0] }

  /// Computes the output of all samples and returns it.
  ///
  /// - Parameter times: Gets the time of each node: that of the whole stretch, shared out by what the
  ///   threads spend on each.
  func forward(
    input: UnsafePointer<Float>, batch: Int, times: NodeTimes?
  ) -> UnsafePointer<Float> {
    if let times {
      let own = workers.map { _ in NodeTimes() }
      times.measure(sharedOutBy: own) { forward(input, batch, own) }
    } else {
      forward(input, batch, nil)
    }
    return UnsafePointer(output.pointer)
  }

  private func forward(_ input: UnsafePointer<Float>, _ batch: Int, _ times: [NodeTimes]?) {
    Parallel.ranges(batch, slots: workers.count) { slot, begin, end in
      let worker = workers[slot]
      for sample in begin..<end {
        worker.bind(
          input: input + sample * inputCount, batch: 1,
          output: output.pointer + sample * outputCount)
        worker.forward(times: times?[slot])
      }
    }
  }
}

extension PlanBlueprint {
  /// Floats of the last node's output for one sample.
  var outputCount: Int { sites[sites.count - 1].output.count }
}

extension SamplewiseStretch {
  /// Samples per thread from which on a stretch pays: with fewer, threads would wait for each other.
  private static let leastSamples = 4
  /// How many times the floats of one sample's activations the weights may take, which each sample reads
  /// again.
  private static let weightShare = 3

  /// Whether a batch is large enough.
  static func pays(_ batchSize: Int) -> Bool { batchSize >= leastSamples * Parallel.threadCount }

  /// The last node of the stretch; nil where there is none.
  ///
  /// From it a single value passes on, and no output of an earlier node is wanted. It ends before the first
  /// part between two such nodes whose weights are too large for its activations.
  static func end(nodes: [Node], shapes: [SampleShape], wanted: Set<Int>) -> Int? {
    var lastReader = nodes.map { _ in 0 }
    for (place, node) in nodes.enumerated() {
      for input in node.inputs { lastReader[input] = place }
    }
    let firstWanted = wanted.min() ?? 0
    var end: Int?
    var (weights, activations, reach) = (0, 0, 0)
    for place in nodes.indices.dropFirst().dropLast() where place <= firstWanted {
      weights += nodes[place].operation.parameters.reduce(0) { $0 + $1.count }
      activations += shapes[place].count
      // Whether what lies before this place is read behind it.
      reach = max(reach, lastReader[place - 1])
      guard reach <= place else { continue }
      if weights > weightShare * activations { break }
      end = place
      (weights, activations) = (0, 0)
    }
    return end
  }
}
