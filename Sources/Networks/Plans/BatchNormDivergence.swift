internal import CKernels
public import Tensors

/// How far images are from those a network was trained on, seen by its batch normalisations.
///
/// Each normalisation remembers mean and variance of its input over the source data. For channel c of
/// layer l, with `p = N(running mean, running variance)` and `q = N(mean, variance)` over the given
/// images, the symmetric divergence is
/// `J = (KL(p‖q) + KL(q‖p)) / 2 = ((σp² + δ²) / σq² + (σq² + δ²) / σp²) / 4 − 1/2`, δ the difference
/// of the means, and ε of the layer is added to both variances. It is 0 if nothing differs and has no
/// upper bound. No source image is needed. One value serves one thread at a time.
public final class BatchNormDivergence {
  /// What was measured.
  public struct Result: Sendable, Codable, Hashable {
    /// The mean of ``Layer/value`` over the layers.
    public let value: Double
    /// Each layer, from the input on.
    public let layers: [Layer]
    /// The number of images.
    public let imageCount: Int
  }

  /// One normalisation's part.
  public struct Layer: Sendable, Codable, Hashable {
    /// The name of the normalisation, such as `layer1.0.bn1`.
    public let name: String
    /// The mean divergence over its channels.
    public let value: Double
  }

  /// The largest number of images in ``add(_:)``.
  public let batchSize: Int
  private let inputShape: SampleShape
  private let engine: PlanEngine
  private var layers: [LayerSums]
  private var imageCount = 0
  /// Partial sums of the largest layer.
  private let partial: UnsafeMutablePointer<Double>
  private let memory: FloatStorage

  /// Prepares the measurement; nil for a network without batch normalisation.
  ///
  /// - Parameters:
  ///   - network: The network whose normalisations are compared.
  ///   - batchSize: The largest number of images in ``add(_:)``.
  ///   - inputShape: The shape of one image; nil for the graph's nominal one.
  /// - Throws: ``NetworkError/shape(node:inputs:reason:)`` for images too small for the network.
  public init?(
    network: Network, batchSize: Int, inputShape: SampleShape? = nil
  ) throws(NetworkError) {
    precondition(batchSize > 0, "a plan needs a positive batch size")
    let graph = network.graph
    let input = inputShape ?? graph.inputShape
    guard let last = graph.nodes.lastIndex(where: { $0.operation is BatchNorm }) else { return nil }
    let shapes = try graph.shapes(input: input)
    let fusion = Fusion(
      graph: graph, state: network.state, wanted: [], needed: Set(0...last),
      isEvaluated: { _ in false })
    let fusedShapes = fusion.shapes(of: shapes)
    engine = PlanEngine(
      PlanBlueprint(
        nodes: fusion.nodes, shapes: fusedShapes, batchSize: batchSize, mode: { _ in .evaluation },
        wanted: [], hasGradient: Array(repeating: false, count: fusion.nodes.count),
        trainable: []))
    engine.load(fusion)
    layers = fusion.nodes.enumerated().compactMap { place, node in
      (node.operation as? BatchNorm).map { LayerSums(node: place, norm: $0) }
    }
    let scratch = layers.reduce(0) { most, layer in
      max(
        most,
        ChannelSums.scratch(
          rows: batchSize * fusedShapes[layer.node].pixels, channels: layer.norm.channels))
    }
    memory = FloatStorage(count: scratch)
    partial = ChannelSums.partial(memory.pointer)
    self.batchSize = batchSize
    self.inputShape = input
  }

  /// Adds images, preprocessed as the network expects.
  ///
  /// - Parameter images: `[n, H, W, 3]`, n ≤ ``batchSize``.
  /// - Throws: ``NetworkError/inputShape(expected:actual:)``.
  public func add(_ images: Tensor) throws(NetworkError) {
    let shape = inputShape.dimensions
    guard let batch = images.shape.first, batch <= batchSize,
      Array(images.shape.dropFirst()) == shape
    else { throw .inputShape(expected: [batchSize] + shape, actual: images.shape) }
    images.withUnsafeBufferPointer { source in
      guard let base = source.baseAddress, batch > 0 else { return }
      engine.bind(input: base, batch: batch)
      var next = 0
      engine.forward { node in
        guard next < layers.count, layers[next].node == node else { return }
        layers[next].add(engine.runs[node], partial: partial)
        next += 1
      }
      imageCount += batch
    }
  }

  /// The divergence of all images added so far; nil before the first.
  public func result() -> Result? {
    guard imageCount > 0 else { return nil }
    let values = layers.map { layer in
      Layer(name: layer.norm.name, value: layer.divergence(engine.runs[layer.node]))
    }
    return Result(
      value: values.reduce(0) { $0 + $1.value } / Double(values.count), layers: values,
      imageCount: imageCount)
  }
}

/// Sums of a normalisation's input over all images, in double precision.
private struct LayerSums {
  let node: Int
  let norm: BatchNorm
  private var rows = 0
  private var sums: [Double]
  private var squares: [Double]

  init(node: Int, norm: BatchNorm) {
    self.node = node
    self.norm = norm
    sums = Array(repeating: 0, count: norm.channels)
    squares = sums
  }

  mutating func add(_ run: borrowing Run, partial: UnsafeMutablePointer<Double>) {
    let (channels, rows, x) = (norm.channels, run.outputRows, run.inputs[0])
    let chunks = graft_row_chunks(rows)
    Parallel.ranges(chunks) { begin, end in
      graft_moments_partial(rows, channels, channels, x, partial, begin, end)
    }
    for chunk in 0..<chunks {
      let values = partial + chunk * 2 * channels
      for c in 0..<channels {
        sums[c] += values[c]
        squares[c] += values[channels + c]
      }
    }
    self.rows += rows
  }

  func divergence(_ run: borrowing Run) -> Double {
    let (means, variances) = (run.parameters[2], run.parameters[3])
    let epsilon = Double(norm.epsilon)
    var total = 0.0
    for c in 0..<norm.channels {
      let mean = sums[c] / Double(rows)
      let given = max(0, squares[c] / Double(rows) - mean * mean) + epsilon
      let known = Double(variances[c]) + epsilon
      let gap = (mean - Double(means[c])) * (mean - Double(means[c]))
      total += ((known + gap) / given + (given + gap) / known) / 4 - 0.5
    }
    return total / Double(norm.channels)
  }
}
