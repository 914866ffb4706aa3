/// How long each part of a plan's steps took, over any number of steps.
///
/// Give one to a plan's `times` and run it; read the medians with ``PlanEngine/costs(_:)``. A plan
/// without one takes no time. Timing itself costs some 0.1 µs a node.
package final class NodeTimes {
  /// A stretch of a step that is timed by itself.
  package enum Part: Hashable, Sendable {
    /// The forward call of the node at this place.
    case forward(Int)
    /// The backward call of the node at this place; if its output is computed again, that as well.
    case backward(Int)
    /// Packing parameters that the last update changed.
    case packing
    /// The loss and its gradient.
    case loss
    /// Looking for gradients that are not finite.
    case check
    /// Moving the parameters.
    case update
  }

  private let clock = ContinuousClock()
  private var samples: [Part: [Double]] = [:]
  private var open: Part?
  private var start: ContinuousClock.Instant

  /// No samples yet.
  package init() { start = clock.now }

  /// Ends the part that is being timed, if any, and begins another.
  package func begin(_ part: Part) {
    end()
    open = part
    start = clock.now
  }

  /// Ends the part that is being timed, if any.
  package func end() {
    guard let part = open else { return }
    samples[part, default: []].append(seconds(since: start))
    open = nil
  }

  /// Times work whose parts run several times and on several threads: each part that is timed within it
  /// gets a share of the whole.
  ///
  /// - Parameter own: What each of the threads times by itself.
  func measure(sharedOutBy own: [NodeTimes], _ work: () -> Void) {
    end()
    let begin = clock.now
    work()
    let elapsed = seconds(since: begin)
    var sums: [Part: Double] = [:]
    for times in own {
      for (part, values) in times.samples { sums[part, default: 0] += values.reduce(0, +) }
    }
    let total = sums.values.reduce(0, +)
    guard total > 0 else { return }
    for (part, sum) in sums { samples[part, default: []].append(elapsed * sum / total) }
  }

  private func seconds(since begin: ContinuousClock.Instant) -> Double {
    let elapsed = (clock.now - begin).components
    return Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18
  }

  /// The median of a part's samples in seconds; nil for a part that was never timed.
  package func median(_ part: Part) -> Double? {
    guard let values = samples[part]?.sorted(), !values.isEmpty else { return nil }
    let middle = values.count / 2
    return values.count % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2
  }
}

/// A node of a plan with the time it takes and the arithmetic it does, per step.
package struct NodeCost: Sendable {
  /// The node's name.
  package let name: String
  /// The operator's kind, such as `convolution`.
  package let kind: String
  /// The shapes of one sample's inputs and output.
  package let inputs: [SampleShape]
  package let output: SampleShape
  /// The shape of the operator's matrix in the state dict's layout; nil where it has none.
  package let weight: [Int]?
  /// Median seconds of the forward and of the backward call; nil where there was none.
  package let forwardSeconds: Double?
  package let backwardSeconds: Double?
  /// Floating-point operations of the products, two for each multiplication with addition; 0 for
  /// operators without a matrix.
  package let forwardOperations: Double
  package let backwardOperations: Double
}

extension PlanEngine {
  /// Computes all outputs in order, timing each node if asked to.
  func forward(times: NodeTimes?) {
    guard let times else { return forward() }
    forward { times.begin(.forward(firstPlace + $0)) }
    times.end()
  }

  /// Computes all gradients, timing each node if asked to.
  func backward(times: NodeTimes?) {
    guard let times else { return backward() }
    backward { times.begin(.backward(firstPlace + $0)) }
    times.end()
  }

  /// What each node costs for a batch, in the order of the forward pass.
  func costs(_ times: NodeTimes, batch: Int) -> [NodeCost] {
    nodes.enumerated().map { index, node in
      let run = runs[index]
      let matrix = node.operation.parameters.firstIndex { $0.role == .weight && $0.shape.count > 1 }
      let weight = matrix.map { node.operation.parameters[$0].shape }
      // Each number of the matrix is used once for every pixel (or token) of the output.
      let forward = 2 * Double(weight?.reduce(1, *) ?? 0) * Double(run.site.output.pixels * batch)
      var products = run.inputGradients.contains { $0 != nil } ? 1.0 : 0
      if let matrix, run.parameterGradients[matrix] != nil { products += 1 }
      let place = firstPlace + index
      return NodeCost(
        name: node.name, kind: type(of: node.operation).kind, inputs: run.site.inputs,
        output: run.site.output, weight: weight, forwardSeconds: times.median(.forward(place)),
        backwardSeconds: times.median(.backward(place)), forwardOperations: forward,
        backwardOperations: forward * products)
    }
  }
}

extension InferencePlan {
  /// What each node costs by the samples in ``times``; empty without it.
  package var costs: [NodeCost] {
    guard let times else { return [] }
    let batch = engine.runs[0].batch
    let late = engine.costs(times, batch: batch)
    guard let early else { return late }
    // The later nodes' input is the last of the early ones.
    return early.engine.costs(times, batch: batch) + late.dropFirst()
  }
}

extension TrainingPlan {
  /// What each node costs by the samples in ``times``; empty without it.
  package var costs: [NodeCost] {
    times.map { engine.costs($0, batch: engine.runs[0].batch) } ?? []
  }
}
