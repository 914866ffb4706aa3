import Networks

extension EngineBenchmark {
  /// What `graft bench --json` prints.
  public struct Result: Codable, Sendable, Equatable {
    /// The version of the written form.
    public var schema = "graft.benchmark/1"
    /// What was measured.
    public var kind: Kind
    /// The architecture's id.
    public var architecture: String
    /// Images per step.
    public var batchSize: Int
    /// Side of the images in pixels.
    public var imageSize: Int
    /// The best round, in images per second.
    public var imagesPerSecond: Double
    /// The median of the rounds, in images per second.
    public var medianImagesPerSecond: Double
    /// Every round, in images per second.
    public var rounds: [Double]
    /// The greatest resident memory of the process before the first step, in bytes.
    public var loadedBytes: Int
    /// The greatest resident memory of the process after the last round, in bytes.
    public var peakBytes: Int
    /// The engine's threads.
    public var threads: Int
    /// The kernels' instruction set.
    public var kernels: String
    /// The format in which the network multiplied: `float32`, `float16` or `bfloat16`.
    public var precision: String
    /// Sum of all features (or the last loss), to compare the answers of two builds.
    public var checksum: Double
    /// What the first training steps found, to compare with another implementation.
    public var training: FirstSteps?
    /// The time of each node, where it was asked for.
    public var profile: Profile?
  }

  /// The first training steps from the given weights.
  public struct FirstSteps: Codable, Sendable, Equatable {
    /// The mean cross-entropy before the first update.
    public var loss: Double
    /// The Euclidean norm of all gradients together in the first step.
    public var gradientNorm: Double
    /// The mean cross-entropy of the same images after the first update.
    public var lossAfterUpdate: Double
  }

  /// Where the time of a step goes.
  public struct Profile: Codable, Sendable, Equatable {
    /// Steps of which each time is the median.
    public var steps: Int
    /// Milliseconds of all parts together.
    public var milliseconds: Double
    /// Sums by kind of node and pass, the slowest first.
    public var kinds: [Kind]
    /// Every pass of every node, in the order in which they run.
    public var nodes: [Node]

    /// All nodes of one kind in one pass.
    public struct Kind: Codable, Sendable, Equatable {
      /// The operator's kind, or a part of the step that belongs to no node.
      public var kind: String
      /// `forward`, `backward` or `step`.
      public var pass: String
      /// The number of nodes.
      public var count: Int
      /// Milliseconds of a step.
      public var milliseconds: Double
      /// 10⁹ floating-point operations of products per second; nil without products.
      public var gigaflopsPerSecond: Double?
    }

    /// One node in one pass.
    public struct Node: Codable, Sendable, Equatable {
      /// The node's name.
      public var name: String
      /// The operator's kind.
      public var kind: String
      /// `forward` or `backward`.
      public var pass: String
      /// The shapes of one sample's inputs, `[H, W, C]` or `[C]` each.
      public var inputs: [[Int]]
      /// The shape of one sample's output.
      public var output: [Int]
      /// The shape of the operator's matrix, such as `[out, in / groups, height, width]`.
      public var weight: [Int]?
      /// Milliseconds of a step.
      public var milliseconds: Double
      /// 10⁹ floating-point operations of products per second; nil without products.
      public var gigaflopsPerSecond: Double?
    }
  }
}

extension EngineBenchmark.Result {
  init(
    kind: EngineBenchmark.Kind, architecture: String, batchSize: Int, imageSize: Int,
    speeds: [Double], loadedBytes: Int, peakBytes: Int, threads: Int, kernels: String,
    precision: Precision, checksum: Double, training: EngineBenchmark.FirstSteps?,
    profile: EngineBenchmark.Profile?
  ) {
    let sorted = speeds.sorted()
    let middle = sorted.count / 2
    let median = sorted.isEmpty ? 0 : (sorted[middle] + sorted[(sorted.count - 1) / 2]) / 2
    self.init(
      kind: kind, architecture: architecture, batchSize: batchSize, imageSize: imageSize,
      imagesPerSecond: sorted.last ?? 0,
      medianImagesPerSecond: median, rounds: speeds, loadedBytes: loadedBytes,
      peakBytes: peakBytes, threads: threads, kernels: kernels, precision: precision.rawValue,
      checksum: checksum, training: training, profile: profile)
  }
}

extension EngineBenchmark.Profile {
  /// Sums up a plan's costs.
  init(steps: Int, costs: [NodeCost], times: NodeTimes) {
    func node(_ cost: NodeCost, _ pass: String, _ seconds: Double?, _ operations: Double) -> Node? {
      guard let seconds else { return nil }
      return Node(
        name: cost.name, kind: cost.kind, pass: pass, inputs: cost.inputs.map(\.dimensions),
        output: cost.output.dimensions, weight: cost.weight, milliseconds: seconds * 1e3,
        gigaflopsPerSecond: operations > 0 ? operations / seconds * 1e-9 : nil)
    }
    nodes =
      costs.compactMap { node($0, "forward", $0.forwardSeconds, $0.forwardOperations) }
      + costs.reversed().compactMap {
        node($0, "backward", $0.backwardSeconds, $0.backwardOperations)
      }
    var sums: [String: (kind: Kind, operations: Double)] = [:]
    for node in nodes {
      let key = "\(node.kind)/\(node.pass)"
      var (sum, operations) =
        sums[key] ?? (Kind(kind: node.kind, pass: node.pass, count: 0, milliseconds: 0), 0)
      sum.count += 1
      sum.milliseconds += node.milliseconds
      operations += (node.gigaflopsPerSecond ?? 0) * node.milliseconds
      sum.gigaflopsPerSecond = operations > 0 ? operations / sum.milliseconds : nil
      sums[key] = (sum, operations)
    }
    kinds = sums.values.map(\.kind)
    for (name, part) in [
      ("packing", NodeTimes.Part.packing), ("loss", .loss), ("check", .check), ("update", .update),
    ] {
      guard let seconds = times.median(part) else { continue }
      kinds.append(Kind(kind: name, pass: "step", count: 1, milliseconds: seconds * 1e3))
    }
    kinds.sort { ($1.milliseconds, $0.kind, $0.pass) < ($0.milliseconds, $1.kind, $1.pass) }
    milliseconds = kinds.reduce(0) { $0 + $1.milliseconds }
    self.steps = steps
  }
}
