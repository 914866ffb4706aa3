import Tensors

/// One network's evidence, cut into the jackknife's blocks.
///
/// Sums come from all rows in one pass, O(D² + CD) for each block whatever their number. Estimators
/// that must see the rows themselves read `table`: all rows, or above `tableLimit` a stratified draw,
/// of which `onTable` is the evidence by itself.
public struct Candidate: Sendable {
  /// Rows up to which `table` holds them all.
  public static let tableLimit = 10_000

  /// Where all rows are.
  public let source: FeatureSource
  /// The block of each row of `source`.
  public let blockOfSourceRow: [Int]
  /// The features, labels and source probabilities of all rows, or of those drawn.
  public let table: FeatureTable
  /// The block of each row of `table`.
  public let blockOfRow: [Int]
  /// Statistics of the blocks of `source`; one block holds all rows where no interval is wanted.
  public let blocks: [FeatureStatistics]
  /// The blocks that scores are computed again without: all of them, or none where no interval is wanted.
  let deletions: Range<Int>
  /// Statistics of all rows of `source`.
  public let statistics: FeatureStatistics
  /// What scores share, made at its first use.
  let views = CandidateViews()
  private let evidenceOfTable = Once<Candidate>()

  /// Whether `table` is a draw from the rows, so that estimators that read it see less than all.
  public var isTableDrawn: Bool { table.labels.count < source.labels.count }

  /// The evidence of the rows in `table` alone: the same where these are all.
  public var onTable: Candidate {
    get throws {
      isTableDrawn ? try evidenceOfTable { Candidate(table, intervals: !deletions.isEmpty) } : self
    }
  }

  /// Gathers the statistics of a network's features in memory, all of which are in `table`.
  ///
  /// - Parameter intervals: whether scores are to have replicates; without, there is one block.
  /// - Complexity: O(N·D²) time, O(B·D²) memory for B blocks.
  public init(_ table: FeatureTable, intervals: Bool = true) {
    let source = FeatureSource(table)
    guard intervals else {
      var whole = FeatureStatistics(dimension: table.features.rowLength)
      whole.add(table.features, labels: table.labels)
      self.init(
        source: source, assignment: [Int](repeating: 0, count: table.labels.count), table: table,
        blocks: [whole], intervals: false)
      return
    }
    let assignment = Jackknife.assignment(table.labels)
    var gathering = BlockGathering(width: table.features.rowLength)
    table.features.withUnsafeBufferPointer { values in
      gathering.add(values, labels: table.labels[...], blocks: assignment[...])
    }
    self.init(
      source: source, assignment: assignment, table: table, blocks: gathering.finish(),
      intervals: true)
  }

  /// Gathers the statistics of a network's features wherever they are, reading them once.
  ///
  /// - Parameters:
  ///   - limit: rows up to which `table` holds them all.
  ///   - seed: of the draw for `table` where there are more.
  ///   - progress: told the rows done, now and then; may throw to stop.
  /// - Throws: what a reader or `progress` throws; `TransferabilityError` for numbers that are not
  ///   finite.
  /// - Complexity: O(N·D²) time, O(B·D² + limit·(D + S)) memory.
  public init(
    _ source: FeatureSource, tableLimit limit: Int = Candidate.tableLimit, seed: UInt64 = 0,
    progress: (Int) throws -> Void = { _ in }
  ) throws {
    let assignment = Jackknife.assignment(source.labels)
    let width = source.features.width
    var gathering = BlockGathering(width: width)
    try source.features.forEachRun(of: source.features.comfortableRun) { rows, values in
      try progress(rows.lowerBound)
      try FeatureTable.check(
        features: values, width: width, firstRow: rows.lowerBound, model: source.model)
      gathering.add(values, labels: source.labels[rows], blocks: assignment[rows])
    }
    self.init(
      source: source, assignment: assignment,
      table: try source.limited(to: limit, seed: seed).table(), blocks: gathering.finish(),
      intervals: true)
  }

  private init(
    source: FeatureSource, assignment: [Int], table: FeatureTable, blocks: [FeatureStatistics],
    intervals: Bool
  ) {
    self.blocks = blocks
    deletions = 0..<(intervals ? blocks.count : 0)
    statistics = blocks.dropFirst().reduce(into: blocks[0]) { $0.merge($1) }
    self.source = source
    self.table = table
    blockOfSourceRow = assignment
    let isWhole = table.labels.count == source.labels.count
    blockOfRow = isWhole ? assignment : Jackknife.assignment(table.labels)
  }

  /// A number for each block, computed from the statistics without it, over all processors.
  func withoutEachBlock(_ body: (FeatureStatistics) -> Double?) -> [Double?] {
    var results = [Double?](repeating: nil, count: deletions.count)
    results.withUnsafeMutableBufferPointer { results in
      Parallel.forEach(deletions.count) { results[$0] = body(statistics.removing(blocks[$0])) }
    }
    return results
  }
}

/// Deals rows to the statistics of their blocks, many at a time so that the Gram products are large.
private struct BlockGathering {
  private let width: Int
  private let capacity: Int
  private var statistics: [FeatureStatistics]
  private var waiting: [(rows: FloatStorage, labels: [Int])]

  init(width: Int) {
    self.width = width
    // 64 MB for all blocks together at most, and no fewer rows than a product needs to be fast.
    let capacity = max(64, min(2048, (16 << 20) / (Jackknife.blocks * width)))
    self.capacity = capacity
    statistics = (0..<Jackknife.blocks).map { _ in FeatureStatistics(dimension: width) }
    waiting = (0..<Jackknife.blocks).map { _ in
      (FloatStorage(uninitializedCount: capacity * width), [])
    }
  }

  mutating func add(
    _ values: UnsafeBufferPointer<Float>, labels: ArraySlice<Int>, blocks: ArraySlice<Int>
  ) {
    for (place, (label, block)) in zip(labels, blocks).enumerated() {
      let target = waiting[block].rows.pointer + waiting[block].labels.count * width
      if let base = values.baseAddress { target.update(from: base + place * width, count: width) }
      waiting[block].labels.append(label)
      if waiting[block].labels.count == capacity { flush(block) }
    }
  }

  private mutating func flush(_ block: Int) {
    let (rows, labels) = waiting[block]
    statistics[block].add(
      UnsafeBufferPointer(start: rows.pointer, count: labels.count * width), labels: labels)
    waiting[block].labels.removeAll(keepingCapacity: true)
  }

  mutating func finish() -> [FeatureStatistics] {
    for block in waiting.indices where !waiting[block].labels.isEmpty { flush(block) }
    return statistics
  }
}
