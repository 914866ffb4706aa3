public import Datasets
internal import Foundation
internal import Images

/// Looks at every file of a data set once and says what it is like.
public struct Profiler: Sendable {
  /// How far it has come.
  public struct Progress: Sendable {
    /// Samples looked at.
    public var done: Int
    /// Samples in all.
    public var total: Int
  }

  /// Bytes that are kept for a sample, beside the data set's own list.
  package static var bytesPerSample: Int { InspectionTable.bytesPerSample }

  /// Threads that decode.
  public var threads: Int

  /// A profiler with so many threads.
  public init(threads: Int = 2) {
    precondition(threads > 0, "Profiler: \(threads) threads")
    self.threads = threads
  }

  /// Decodes every sample, measures it, and finds what is there twice.
  ///
  /// The result does not depend on the number of threads. Cost: one full decode of every file, and a
  /// second, smaller one of pictures that may be near-duplicates; some 220 bytes of memory a sample.
  ///
  /// - Parameters:
  ///   - progress: called on the caller's thread every few samples.
  ///   - shouldStop: asked as often; true ends the work, as does cancelling the surrounding task.
  /// - Throws: `CancellationError` only.
  public func examine(
    _ dataset: Dataset, progress: (Progress) -> Void = { _ in },
    shouldStop: () -> Bool = { false }
  ) throws(CancellationError) -> Examination {
    let table = try inspect(dataset, progress: progress, shouldStop: shouldStop)
    let exact = DuplicateGroups.exact(table)
    let copies = Set(exact.flatMap { $0.dropFirst() })
    let candidates = NearDuplicateSearch(
      table, among: dataset.samples.indices.filter { !copies.contains($0) }
    ).candidates()
    let pairs = try NearDuplicateConfirmation(dataset: dataset)
      .confirmed(candidates, shouldStop: shouldStop)
    return Examination(
      dataset: dataset,
      groups: DuplicateGroups(exact: exact, nearPairs: pairs, count: dataset.samples.count),
      table: table)
  }

  /// The profile of a data set; see `examine`.
  public func profile(
    _ dataset: Dataset, progress: (Progress) -> Void = { _ in },
    shouldStop: () -> Bool = { false }
  ) throws(CancellationError) -> DatasetProfile {
    try examine(dataset, progress: progress, shouldStop: shouldStop).profile()
  }

  private func inspect(
    _ dataset: Dataset, progress: (Progress) -> Void, shouldStop: () -> Bool
  ) throws(CancellationError) -> InspectionTable {
    let size = 16
    let samples = dataset.samples
    let prefetch = OrderedPrefetch<InspectionTable>(
      count: (samples.count + size - 1) / size, threads: threads, ahead: 4 * threads
    ) { piece in
      var table = InspectionTable()
      for sample in samples[piece * size..<min((piece + 1) * size, samples.count)] {
        table.add(sample, of: dataset)
      }
      return table
    }
    var result = InspectionTable(capacity: samples.count)
    progress(Progress(done: 0, total: samples.count))
    while let piece = prefetch.next() {
      result.append(piece)
      progress(Progress(done: result.records.count, total: samples.count))
      if Task.isCancelled || shouldStop() {
        prefetch.cancel()
        throw CancellationError()
      }
    }
    return result
  }
}
