internal import Datasets
internal import Images
internal import Tensors

/// Compares candidates closely: decodes both pictures again and lays one on the other.
///
/// Candidates are taken in batches; thumbnails of at most `cacheSize` pictures are kept meanwhile, the
/// ones last used. A pair whose pictures already are of one group is passed over.
struct NearDuplicateConfirmation {
  let dataset: Dataset
  /// How alike pictures must be.
  var rule = NearDuplicateRule()

  private static let batch = 512
  private static let cacheSize = 2048

  /// The candidates that are near-duplicates, as pairs; of a group only those that connect it.
  ///
  /// The same whatever the number of threads: batches are fixed, and groups grow between them.
  ///
  /// - Throws: `CancellationError` only.
  func confirmed(
    _ candidates: [NearDuplicateSearch.Candidate], shouldStop: () -> Bool
  ) throws(CancellationError) -> [[Int]] {
    var groups = DisjointSets(count: dataset.samples.count)
    var cache = ThumbnailCache(capacity: Self.cacheSize)
    var pairs: [[Int]] = []
    for start in stride(from: 0, to: candidates.count, by: Self.batch) {
      if Task.isCancelled || shouldStop() { throw CancellationError() }
      var batch: [NearDuplicateSearch.Candidate] = []
      for candidate in candidates[start..<min(start + Self.batch, candidates.count)]
      where !groups.areJoined(candidate.first, candidate.second) {
        batch.append(candidate)
      }
      cache.load(batch.flatMap { [$0.first, $0.second] }, of: dataset)
      let verdicts = verdicts(batch, cache)
      for (candidate, isNear) in zip(batch, verdicts) where isNear {
        guard !groups.areJoined(candidate.first, candidate.second) else { continue }
        groups.join(candidate.first, candidate.second)
        pairs.append([candidate.first, candidate.second])
      }
    }
    return pairs
  }

  private func verdicts(
    _ batch: [NearDuplicateSearch.Candidate], _ cache: ThumbnailCache
  ) -> [Bool] {
    var verdicts = [Bool](repeating: false, count: batch.count)
    verdicts.withUnsafeMutableBufferPointer { verdicts in
      Parallel.forEach(batch.count) { place in
        let candidate = batch[place]
        guard let first = cache[candidate.first], let second = cache[candidate.second] else {
          return
        }
        let (whole, part) = candidate.isOfSecond ? (second, first) : (first, second)
        verdicts[place] = rule.areNear(
          whole, part, window: PerceptualHash.windows[candidate.window])
      }
    }
    return verdicts
  }
}

/// Thumbnails by sample, of those last used.
private struct ThumbnailCache {
  let capacity: Int
  private var kept: [Int: (thumbnail: ComparisonThumbnail, turn: Int)] = [:]
  private var turn = 0

  init(capacity: Int) { self.capacity = capacity }

  subscript(index: Int) -> ComparisonThumbnail? { kept[index]?.thumbnail }

  /// Decodes those of the samples that are not there; makes room before, never among the wanted.
  mutating func load(_ wanted: [Int], of dataset: Dataset) {
    turn += 1
    for index in wanted { kept[index]?.turn = turn }
    let missing = Set(wanted).filter { kept[$0] == nil }.sorted()
    if kept.count + missing.count > capacity {
      kept = kept.filter { $0.value.turn == turn }
    }
    var loaded = [ComparisonThumbnail?](repeating: nil, count: missing.count)
    loaded.withUnsafeMutableBufferPointer { loaded in
      Parallel.forEach(missing.count) { place in
        // Small is enough, so a JPEG may be decoded at a fraction.
        let image = try? dataset.loadImage(
          dataset.samples[missing[place]], shorterSideAtLeast: ComparisonThumbnail.limit)
        loaded[place] = image.map(ComparisonThumbnail.init)
      }
    }
    for (index, thumbnail) in zip(missing, loaded) {
      kept[index] = thumbnail.map { ($0, turn) }
    }
  }
}
