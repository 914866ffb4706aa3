/// The memory that a plan takes for as long as it lives.
public struct MemoryEstimate: Sendable, Hashable {
  /// The largest number of samples in a run.
  public let batchSize: Int
  /// Activations, gradients of activations and scratch; grows with the batch.
  public let arenaBytes: Int
  /// Parameters, in their own order and packed, and their gradients.
  public let parameterBytes: Int

  /// All of it.
  ///
  /// What an optimiser keeps and the input batch come on top.
  public var totalBytes: Int { arenaBytes + parameterBytes }
}

extension MemoryEstimate {
  /// Throws if a plan takes more than there is.
  ///
  /// - Parameters:
  ///   - available: Bytes that may be taken; nil for any number.
  ///   - estimate: What the plan would take with another batch size.
  /// - Throws: ``NetworkError/memory(needed:available:largestBatch:)`` with the largest batch size
  ///   that would fit; 0 if none would.
  func check(
    available: Int?, _ estimate: (_ batchSize: Int) -> MemoryEstimate
  ) throws(NetworkError) {
    guard let available, totalBytes > available else { return }
    // Below `fits` all batch sizes fit, from `exceeds` on none does.
    var (fits, exceeds) = (0, batchSize)
    while exceeds - fits > 1 {
      let middle = (fits + exceeds) / 2
      if estimate(middle).totalBytes <= available { fits = middle } else { exceeds = middle }
    }
    throw .memory(needed: totalBytes, available: available, largestBatch: fits)
  }
}
