internal import Datasets
internal import Foundation
public import Tensors

/// What a network's features say about a data set: which labels look wrong, which near-duplicates are
/// none, and what more labels would bring.
public struct FeatureStudy: Sendable {
  /// The network's name.
  public let model: String
  /// What more labels would bring; nil with too few pictures.
  public let projection: SizeProjection?
  /// Samples that are likely mislabelled, the most likely first, each with the class it looks like.
  public let mislabelled: [(sample: Int, suggested: Int)]
  /// Samples whose labels are doubtful, likewise.
  public let doubtful: [(sample: Int, suggested: Int)]
  private let space: FeatureSpace

  /// The cosine, of centred features, from which near-duplicates are confirmed.
  ///
  /// Other pictures lie about 0. A veto and no more: in a class of look-alikes a cut turns features far
  /// (red blood cells).
  static let minimumCosine: Float = 0.3

  /// Studies the features of the pictures of an examination.
  ///
  /// - Parameters:
  ///   - features: a row of D for each picture that could be embedded, [N, D].
  ///   - ids: the N ids of their samples; rows of others are passed over.
  ///   - seed: of the folds and subsets.
  ///   - shouldStop: asked between fits.
  /// - Throws: `CancellationError` only.
  /// - Complexity: some twelve probes of `O(N D C)` an iteration; `N · D` Float64 of memory.
  public init(
    _ examination: Examination, model: String, features: Tensor, ids: [String], seed: UInt64,
    shouldStop: () -> Bool = { false }
  ) throws(CancellationError) {
    precondition(features.rowCount == ids.count, "FeatureStudy: \(ids.count) ids")
    func check() throws(CancellationError) {
      if Task.isCancelled || shouldStop() { throw CancellationError() }
    }
    let dataset = examination.dataset
    let places = Dictionary(
      dataset.samples.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
    let known = ids.indices.filter { places[ids[$0]] != nil }
    let samples = known.compactMap { places[ids[$0]] }
    let rows = known.count == ids.count ? features : OutOfFoldProbe.rows(known, of: features)
    let rowOf = Dictionary(
      samples.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    let labels = samples.map { dataset.samples[$0].label }
    let keys = samples.map { dataset.samples[$0].id }
    let groups = examination.groups.together
      .map { $0.compactMap { rowOf[$0] } }.filter { $0.count > 1 }
    self.model = model
    space = FeatureSpace(rows, rowOf: rowOf)
    let classCount = dataset.classNames.count
    guard Set(labels).count > 1 else {
      projection = nil
      mislabelled = []
      doubtful = []
      return
    }
    let folds = ProbeFolds(labels: labels, keys: keys, groups: groups, count: 5, seed: seed)
    let probe = try OutOfFoldProbe(
      features: rows, labels: labels, classCount: classCount, folds: folds, check: check)
    let doubts = LabelDoubts(
      probabilities: probe.probabilities, labels: labels, fold: folds.fold, space: space)
    mislabelled = doubts.likely.map { (samples[$0.row], $0.suggested) }
    doubtful = doubts.doubtful.map { (samples[$0.row], $0.suggested) }
    let hasTraining = dataset.splits.contains(.train)
    projection = try SizeProjection(
      features: rows, labels: labels, classCount: classCount,
      rows: samples.indices.filter { !hasTraining || dataset.samples[samples[$0]].split == .train },
      keys: keys, groups: groups, penalty: probe.penalty, seed: seed, check: check)
  }

  /// Whether two samples are near in the space of the features; true where either has none.
  func areNear(_ first: Int, _ second: Int) -> Bool {
    space.cosine(first, second).map { $0 >= Self.minimumCosine } ?? true
  }

  /// One finding of the labels that are likely wrong, and one of the doubtful; each names the most
  /// likely first.
  func findings(in dataset: Dataset) -> [DataFinding] {
    func finding(
      _ doubts: [(sample: Int, suggested: Int)], _ severity: DataFinding.Severity, _ one: String,
      _ many: String, _ action: String
    ) -> DataFinding? {
      guard !doubts.isEmpty else { return nil }
      let shown = doubts.prefix(3).map {
        "\(dataset.samples[$0.sample].id) looks like \(dataset.classNames[$0.suggested])"
      }
      return DataFinding(
        code: .mislabelled, severity: severity,
        message: (doubts.count == 1 ? one : "\(doubts.count) \(many)")
          + ", by probes on \(model)'s features that had not seen them"
          + " (\(shown.joined(separator: ", "))\(doubts.count > 3 ? ", …" : "")); \(action).",
        paths: doubts.map { dataset.samples[$0.sample].id })
    }
    return [
      finding(
        mislabelled, .warning, "One picture is likely mislabelled",
        "pictures are likely mislabelled", "look at them, the most likely first"),
      finding(
        doubtful, .info, "One label is doubtful", "labels are doubtful",
        "these are wrong less often, or hard to tell: look at the first"),
    ].compactMap { $0 }
  }
}
