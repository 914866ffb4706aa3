internal import Foundation
internal import Tensors
internal import Transferability

/// What more labels would bring: a learning curve of linear probes, continued to twice the size.
public struct SizeProjection: Codable, Sendable, Hashable {
  /// One size of the curve.
  public struct Point: Codable, Sendable, Hashable {
    /// Training pictures.
    public var images: Int
    /// The mean error on held-out pictures, 0…1.
    public var error: Double
  }

  /// Labelled training pictures there are.
  public var images: Int
  /// The errors at 10, 20, 40 and 80 % of them.
  public var points: [Point]
  /// The curve's floor a of error(n) = a + b · n^−c; 0 where the data support none.
  public var floor: Double
  /// Its factor b.
  public var scale: Double
  /// Its exponent c.
  public var exponent: Double
  /// The accuracy of a probe that the curve expects with all pictures there are, 0…1.
  public var accuracy: Double
  /// What twice as many would add to it, 0…1.
  public var gain: Double
  /// The lower end of the gain's interval: the 5th percentile of bootstrap replicates.
  public var low: Double
  /// The upper end: the 95th percentile.
  public var high: Double

  static let shares = [0.1, 0.2, 0.4, 0.8]
  private static let repetitions = 3
  private static let replicates = 200

  /// Measures the curve; nil where a tenth of the rows is less than a picture a class.
  ///
  /// For each of three seeds a fifth of the rows is held out and the rest is ordered, class by class
  /// alike; the first rows of that order are the nested subsets. The bootstrap draws seeds, and
  /// held-out rows of each seed, with replacement, and fits the curve again.
  ///
  /// - Parameters:
  ///   - rows: the labelled training rows of `features`.
  ///   - penalty: the penalty that suits all of them; a share of them gets it divided by the share.
  init?(
    features: Tensor, labels: [Int], classCount: Int, rows: [Int], keys: [String], groups: [[Int]],
    penalty: Double, seed: UInt64, check: () throws(CancellationError) -> Void
  ) throws(CancellationError) {
    let classes = Set(rows.map { labels[$0] }).count
    guard classes > 1, rows.count >= 10 * classes, rows.count >= 50 else { return nil }
    var measured: [Repetition] = []
    for repetition in 0..<Self.repetitions {
      measured.append(
        try Repetition(
          features: features, labels: labels, classCount: classCount, rows: rows, keys: keys,
          groups: groups, penalty: penalty, seed: seed &+ UInt64(repetition), check: check))
    }
    guard let curve = Self.curve(measured.map(\.sizes), measured.map(\.errors)) else { return nil }
    images = rows.count
    points = Self.shares.indices.map { place in
      Point(
        images: measured[0].sizes[place],
        error: measured.map { $0.errors[place] }.reduce(0, +) / Double(measured.count))
    }
    floor = curve.floor
    scale = curve.scale
    exponent = curve.exponent
    accuracy = 1 - curve.error(at: Double(images))
    gain = Self.gain(curve, images)
    let random = CounterRandom(seed: seed, key: "projection")
    var counter: UInt64 = 0
    func draw(_ count: Int) -> Int {
      counter += 1
      return Int(random.uniform(at: counter) * Double(count))
    }
    var gains: [Double] = []
    for _ in 0..<Self.replicates {
      try check()
      let drawn = measured.map { _ in measured[draw(measured.count)] }
      let errors = drawn.map { repetition -> [Double] in
        let wrong = repetition.wrong
        var sums = [Double](repeating: 0, count: Self.shares.count)
        for _ in wrong.indices {
          let row = wrong[draw(wrong.count)]
          for place in sums.indices where row[place] { sums[place] += 1 }
        }
        return sums.map { $0 / Double(max(1, wrong.count)) }
      }
      guard let curve = Self.curve(drawn.map(\.sizes), errors) else { continue }
      gains.append(Self.gain(curve, images))
    }
    gains.sort()
    guard !gains.isEmpty else { return nil }
    low = min(gain, gains[gains.count / 20])
    high = max(gain, gains[gains.count - 1 - gains.count / 20])
  }

  private static func gain(_ curve: LearningCurve, _ images: Int) -> Double {
    curve.error(at: Double(images)) - curve.error(at: 2 * Double(images))
  }

  private static func curve(_ sizes: [[Int]], _ errors: [[Double]]) -> LearningCurve? {
    LearningCurve(sizes: sizes.flatMap { $0.map(Double.init) }, errors: errors.flatMap { $0 })
  }

  /// One held-out fifth and the probes fitted on growing parts of the rest.
  private struct Repetition {
    /// Rows of each subset.
    var sizes: [Int] = []
    /// For each held-out row, whether each subset's probe was wrong.
    var wrong: [[Bool]] = []
    /// The share of wrong answers of each subset.
    var errors: [Double] = []

    init(
      features: Tensor, labels: [Int], classCount: Int, rows: [Int], keys: [String],
      groups: [[Int]], penalty: Double, seed: UInt64, check: () throws(CancellationError) -> Void
    ) throws(CancellationError) {
      let folds = ProbeFolds(labels: labels, keys: keys, groups: groups, count: 5, seed: seed)
      let held = rows.filter { folds.fold[$0] == 0 }
      let rest = rows.filter { folds.fold[$0] != 0 }
      wrong = [[Bool]](repeating: [], count: held.count)
      let answersOn = OutOfFoldProbe.rows(held, of: features)
      let ranked = Self.rankedByClass(rest, labels: labels, keys: keys, seed: seed)
      for share in SizeProjection.shares {
        try check()
        // The rest is four fifths of the rows: a share of all is 5/4 of it of the rest.
        let subset = rest.filter { ranked[$0, default: 1] < share / 0.8 }
        let probe = SoftmaxRegression.Problem(
          features: features, labels: labels, classCount: classCount, rows: subset
        ).fit(penalty: penalty / share, maximumIterations: OutOfFoldProbe.iterations)
        sizes.append(subset.count)
        var misses = 0
        for (place, answer) in probe.probabilities(of: answersOn).enumerated() {
          let best = answer.indices.max { answer[$0] < answer[$1] }
          let isWrong = best != labels[held[place]]
          wrong[place].append(isWrong)
          if isWrong { misses += 1 }
        }
        errors.append(Double(misses) / Double(max(1, held.count)))
      }
    }

    /// Where each row stands in the drawn order of its class, 0..<1: the first rows of all classes
    /// are a stratified subset, and at least one of each class is in all of them.
    private static func rankedByClass(
      _ rows: [Int], labels: [Int], keys: [String], seed: UInt64
    ) -> [Int: Double] {
      var result: [Int: Double] = [:]
      for (_, members) in Dictionary(grouping: rows, by: { labels[$0] }) {
        let order = members.map {
          (CounterRandom(seed: seed, key: "curve/\(keys[$0])").bits(at: 0), $0)
        }.sorted { $0 < $1 }
        for (place, entry) in order.enumerated() {
          result[entry.1] = Double(place) / Double(order.count)
        }
      }
      return result
    }
  }
}
