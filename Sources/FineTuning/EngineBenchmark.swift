import Foundation
import Networks
import Tensors

/// Measures the engine on random images: what `graft bench` runs.
public struct EngineBenchmark: Sendable {
  /// What is measured.
  public enum Kind: String, Codable, Sendable {
    /// Embeddings.
    case infer
    /// Whole training steps: forward, backward, update.
    case train
  }

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
    /// Every round, in images per second.
    public var rounds: [Double]
    /// The greatest resident memory of the process so far, in bytes.
    public var peakBytes: Int
    /// The engine's threads.
    public var threads: Int
    /// The kernels' instruction set.
    public var kernels: String
    /// Sum of all outputs (or the last loss), to compare the answers of two builds.
    public var checksum: Double
  }

  private let kind: Kind
  private let architecture: Architecture
  private let batchSize: Int
  private let imageSize: Int
  private let rounds: Int

  /// Prepares a measurement.
  ///
  /// - Parameter imageSize: side of the images; the architecture's own when nil.
  /// - Throws: `NetworkError.unknownArchitecture`.
  public init(
    kind: Kind, architecture: String, batchSize: Int, imageSize: Int?, rounds: Int
  ) throws {
    self.kind = kind
    self.architecture = try Architecture.named(architecture)
    self.batchSize = batchSize
    self.imageSize = imageSize ?? self.architecture.input.imageSize
    self.rounds = rounds
  }

  /// Runs a warm-up and the rounds, each of at least a second or two steps.
  public func run() throws -> Result {
    let network = try Network.initialised(
      architecture: architecture.id, classCount: 1000, seed: 0)
    let random = CounterRandom(seed: 0, key: "images")
    let count = batchSize * imageSize * imageSize * 3
    let images = Tensor(
      shape: [batchSize, imageSize, imageSize, 3],
      values: (0..<count).map { Float(random.uniform(at: UInt64($0)) * 2 - 1) })
    let step = try kind == .infer ? inference(network, images) : training(network, images)
    var checksum = try step()
    var speeds: [Double] = []
    for _ in 0..<rounds {
      let begin = DispatchTime.now().uptimeNanoseconds
      var steps = 0
      var seconds = 0.0
      while steps < 2 || seconds < 1 {
        checksum = try step()
        steps += 1
        seconds = Double(DispatchTime.now().uptimeNanoseconds - begin) * 1e-9
      }
      speeds.append(Double(steps * batchSize) / seconds)
    }
    return Result(
      kind: kind, architecture: architecture.id, batchSize: batchSize, imageSize: imageSize,
      imagesPerSecond: speeds.max() ?? 0, rounds: speeds, peakBytes: Self.peakBytes,
      threads: Parallel.threadCount, kernels: InstructionSet.name, checksum: checksum)
  }

  private func inference(_ network: Network, _ images: Tensor) throws -> () throws -> Double {
    let plan = try InferencePlan(
      network: network, batchSize: batchSize, imageHeight: imageSize, imageWidth: imageSize,
      outputs: [.features])
    return { try plan.run(images)[0].withUnsafeBufferPointer { $0.reduce(0) { $0 + Double($1) } } }
  }

  private func training(_ network: Network, _ images: Tensor) throws -> () throws -> Double {
    let plan = try TrainingPlan(
      network: network, batchSize: batchSize,
      inputShape: SampleShape(height: imageSize, width: imageSize, channels: 3))
    var optimizer = SGD(momentum: 0.9, nesterov: true, weightDecay: 1e-4)
    let labels = (0..<batchSize).map { $0 % 1000 }
    return {
      let result = try plan.step(images: images, labels: labels)
      plan.apply(&optimizer, learningRate: 1e-3)
      return result.loss
    }
  }

  /// The kernel's own count of the process's greatest resident set.
  private static var peakBytes: Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss * 1024
  }
}
