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
    let elapsed = (clock.now - start).components
    samples[part, default: []].append(
      Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18)
    open = nil
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
    forward { times.begin(.forward($0)) }
    times.end()
  }

  /// Computes all gradients, timing each node if asked to.
  func backward(times: NodeTimes?) {
    guard let times else { return backward() }
    backward { times.begin(.backward($0)) }
    times.end()
  }

  /// What each node costs, in the order of the forward pass.
  func costs(_ times: NodeTimes) -> [NodeCost] {
    nodes.enumerated().map { place, node in
      let run = runs[place]
      let matrix = node.operation.parameters.firstIndex { $0.role == .weight && $0.shape.count > 1 }
      let weight = matrix.map { node.operation.parameters[$0].shape }
      // Each number of the matrix is used once for every pixel (or token) of the output.
      let forward =
        2 * Double(weight?.reduce(1, *) ?? 0) * Double(run.site.output.pixels * run.batch)
      var products = run.inputGradients.contains { $0 != nil } ? 1.0 : 0
      if let matrix, run.parameterGradients[matrix] != nil { products += 1 }
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
  package var costs: [NodeCost] { times.map(engine.costs) ?? [] }
}

extension TrainingPlan {
  /// What each node costs by the samples in ``times``; empty without it.
  package var costs: [NodeCost] { times.map(engine.costs) ?? [] }
}
