public import Datasets
internal import Foundation
public import Images

/// Looks at every file of a data set once and says what it is like.
public struct Profiler: Sendable {
  /// How far it has come.
  public struct Progress: Sendable {
    /// Samples looked at.
    public var done: Int
    /// Samples in all.
    public var total: Int
  }

  /// Threads that decode.
  public var threads: Int
  /// What a file may ask for.
  public var limits: ImageLimits

  /// A profiler from its parts.
  public init(threads: Int = 2, limits: ImageLimits = ImageLimits()) {
    precondition(threads > 0, "Profiler: \(threads) threads")
    self.threads = threads
    self.limits = limits
  }

  /// Decodes every sample and gathers the profile.
  ///
  /// The result does not depend on the number of threads. Cost: one full decode of every file;
  /// some 100 bytes of memory a sample.
  ///
  /// - Parameters:
  ///   - progress: called on the caller's thread every few samples.
  ///   - shouldStop: asked as often; true ends the work, as does cancelling the surrounding task.
  /// - Throws: `CancellationError` only.
  public func profile(
    _ dataset: Dataset, progress: (Progress) -> Void = { _ in },
    shouldStop: () -> Bool = { false }
  ) throws(CancellationError) -> DatasetProfile {
    let inspections = try inspect(dataset, progress: progress, shouldStop: shouldStop)
    let readable = inspections.filter { $0.error == nil }
    let hasTraining = dataset.samples.contains { $0.split == .train }
    let counts = dataset.classCounts(in: hasTraining ? .train : nil)
    let balance = ClassBalance(counts: counts)
    let fewShot = dataset.classNames.indices.filter { counts[$0] < ClassBalance.fewShotLimit }
    let findings =
      dataset.findings
      + FileFindings.findings(inspections, in: dataset)
      + DuplicateFindings.findings(inspections, in: dataset)
      + BalanceFindings.findings(balance, counts: counts, fewShot: fewShot, in: dataset)
    return DatasetProfile(
      name: dataset.name, path: dataset.path, classNames: dataset.classNames,
      sampleCount: dataset.samples.count, readableCount: readable.count,
      splits: dataset.splits.map { split in
        let counts = dataset.classCounts(in: split)
        return SplitProfile(split: split, count: counts.reduce(0, +), classCounts: counts)
      },
      balance: balance,
      fewShotClasses: fewShot.map { dataset.classNames[$0] },
      widths: Spread(readable.map { Double($0.width) }),
      heights: Spread(readable.map { Double($0.height) }),
      aspects: Spread(readable.map { Double($0.width) / Double($0.height) }),
      greyShare: readable.isEmpty
        ? nil : Double(readable.count(where: \.isGrey)) / Double(readable.count),
      fileTypes: readable.reduce(into: [:]) { $0[$1.fileType, default: 0] += 1 },
      findings: Self.mostSevereFirst(findings))
  }

  private func inspect(
    _ dataset: Dataset, progress: (Progress) -> Void, shouldStop: () -> Bool
  ) throws(CancellationError) -> [Inspection] {
    let size = 16
    let (samples, limits) = (dataset.samples, limits)
    let prefetch = OrderedPrefetch<[Inspection]>(
      count: (samples.count + size - 1) / size, threads: threads, ahead: 4 * threads
    ) { piece in
      samples[piece * size..<min((piece + 1) * size, samples.count)].map {
        Inspection($0, of: dataset, limits: limits)
      }
    }
    var result: [Inspection] = []
    result.reserveCapacity(samples.count)
    progress(Progress(done: 0, total: samples.count))
    while let piece = prefetch.next() {
      result += piece
      progress(Progress(done: result.count, total: samples.count))
      if Task.isCancelled || shouldStop() {
        prefetch.cancel()
        throw CancellationError()
      }
    }
    return result
  }

  private static func mostSevereFirst(_ findings: [DataFinding]) -> [DataFinding] {
    [DataFinding.Severity.error, .warning, .info].flatMap { severity in
      findings.filter { $0.severity == severity }
    }
  }
}
