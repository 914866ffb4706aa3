public import Foundation
public import Checkpoints
public import Networks
import Tensors

/// Measures the engine: what `graft bench` runs.
///
/// Time is that of the engine's own run: from images in memory, `[N, H, W, 3]` Float32, to features,
/// or one whole training step. Reading, planning and a warm-up come before it.
public struct EngineBenchmark: Sendable {
  /// What is measured.
  public enum Kind: String, Codable, Sendable {
    /// Embeddings.
    case infer
    /// Whole training steps: forward, cross-entropy, backward, update by SGD with momentum 0.9.
    case train
  }

  /// Where the weights come from.
  public enum Source: Sendable, Equatable {
    /// Random ones of this architecture.
    case architecture(String)
    /// Those of a model: a path or an id of the catalogue, and what is said of it.
    case model(String, CardDetails)
  }

  /// What is measured on what.
  public struct Options: Sendable {
    /// What is measured.
    public var kind: Kind
    /// The network.
    public var source: Source
    /// Images per step; nil for all of ``images``, or 16 where these are random.
    public var batchSize: Int?
    /// Side of random images in pixels; nil for the network's own.
    public var imageSize: Int?
    /// The number of rounds.
    public var rounds = 5
    /// The least length of a round in seconds; it has at least one step.
    public var seconds = 1.0
    /// An npy file of one batch as the network takes it, `[N, H, W, 3]` Float32; nil for random
    /// images.
    public var images: URL?
    /// An npy file of the class of each image, `[N]` integers, for training; nil for 0, 1, 2 and so on.
    public var labels: URL?
    /// The npy file to write the embeddings to, `[N, D]` Float32; inference only.
    public var features: URL?
    /// The format in which the network multiplies; inference only.
    public var precision = Precision.float32
    /// Whether the time of each node is measured too, in a round of its own.
    public var isProfiled = false

    /// A measurement with default settings.
    public init(kind: Kind, source: Source) {
      self.kind = kind
      self.source = source
    }
  }

  private let options: Options

  /// Prepares a measurement.
  public init(_ options: Options) { self.options = options }

  /// The rate of every update.
  static let learningRate = 1e-3

  /// Runs a warm-up and the rounds.
  ///
  /// - Throws: `NetworkError.unknownArchitecture`; `CheckpointError` naming the file; or
  ///   ``BenchmarkError``.
  public func run() throws -> Result {
    // Before the network, so that what reading them takes for a moment is not part of the peak.
    let given = try options.images.map(Self.readImages)
    let (network, nominalSize) = try network()
    let images = given ?? randomImages(side: options.imageSize ?? nominalSize)
    let labels = try labels(count: images.shape[0], classCount: network.classCount)
    let load: any EngineLoad =
      switch options.kind {
      case .infer: try InferenceLoad(network, images, options.precision)
      case .train: try TrainingLoad(network, images, labels)
      }
    let loadedBytes = PeakMemory.bytes
    // Two training steps are warm-up enough, and what the answers are taken from.
    let warmUp = options.kind == .infer ? min(0.5, options.seconds / 2) : 0
    try Self.repeatSteps(of: load, atLeast: 2, seconds: warmUp)
    var speeds: [Double] = []
    for _ in 0..<options.rounds {
      let (steps, seconds) = try Self.repeatSteps(
        of: load, atLeast: 1, seconds: options.seconds)
      speeds.append(Double(steps * images.shape[0]) / seconds)
    }
    let peakBytes = PeakMemory.bytes
    var profile: Profile?
    if options.isProfiled {
      let times = NodeTimes()
      load.times = times
      let (steps, _) = try Self.repeatSteps(of: load, atLeast: 5, seconds: options.seconds)
      profile = Profile(steps: steps, costs: load.costs, times: times)
    }
    if let file = options.features, let features = load.features {
      try NumPyFile.write(NumPyArray(features), to: file)
    }
    return Result(
      kind: options.kind, architecture: network.architecture, batchSize: images.shape[0],
      imageSize: images.shape[1], speeds: speeds, loadedBytes: loadedBytes, peakBytes: peakBytes,
      threads: Parallel.threadCount, kernels: InstructionSet.name, precision: options.precision,
      checksum: load.checksum,
      training: load.firstSteps, profile: profile)
  }

  /// Runs steps until there are enough of both; returns how many and the seconds they took.
  @discardableResult
  private static func repeatSteps(
    of load: any EngineLoad, atLeast least: Int, seconds: Double
  ) throws -> (steps: Int, seconds: Double) {
    let begin = DispatchTime.now().uptimeNanoseconds
    var steps = 0
    var elapsed = 0.0
    while steps < least || elapsed < seconds {
      try load.step()
      steps += 1
      elapsed = Double(DispatchTime.now().uptimeNanoseconds - begin) * 1e-9
    }
    return (steps, elapsed)
  }

  private func network() throws -> (Network, imageSize: Int) {
    switch options.source {
    case .architecture(let id):
      let network = try Network.initialised(architecture: id, classCount: 1000, seed: 0)
      return (network, try Architecture.named(id).input.imageSize)
    case .model(let path, let details):
      let model = try ModelCatalogue().resolve(path, details: details)
      return (model.network, model.card.input.imageSize)
    }
  }

  private static func readImages(_ file: URL) throws -> Tensor {
    guard let images = try NumPyFile.readArray(file).tensor, images.shape.count == 4,
      images.shape[0] > 0, images.shape[1] > 0, images.shape[1] == images.shape[2],
      images.shape[3] == 3
    else { throw BenchmarkError.images(file: file.path) }
    return images
  }

  private func randomImages(side: Int) -> Tensor {
    let random = CounterRandom(seed: 0, key: "images")
    let shape = [options.batchSize ?? 16, side, side, 3]
    return Tensor(
      shape: shape,
      values: (0..<shape.reduce(1, *)).map { Float(random.uniform(at: UInt64($0)) * 2 - 1) })
  }

  private func labels(count: Int, classCount: Int) throws -> [Int] {
    guard let file = options.labels else { return (0..<count).map { $0 % max(1, classCount) } }
    let array = try NumPyFile.readArray(file)
    guard let labels = array.integers, array.shape == [count] else {
      throw BenchmarkError.labels(file: file.path, images: count)
    }
    return labels
  }
}

/// Why there is nothing to measure.
public enum BenchmarkError: Error, Sendable, Equatable, CustomStringConvertible {
  /// A file does not hold a batch of square images.
  case images(file: String)
  /// A file does not hold one label for each image.
  case labels(file: String, images: Int)

  /// One sentence for the person.
  public var description: String {
    switch self {
    case .images(let file):
      "\(file) must hold one batch of square images, [N, H, H, 3] Float32, as the network takes them."
    case .labels(let file, let images):
      "\(file) must hold \(images) integers, one for each image."
    }
  }
}
