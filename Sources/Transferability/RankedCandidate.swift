/// One scored network on its way into a scorecard: what ranking and comparing needs.
struct RankedCandidate {
  let model: String
  let labels: [Int]
  let featureCount: Int
  let populationCount: Int
  let expectedAccuracy: ExpectedAccuracy
  let outcomes: [String: Score.Outcome]
  /// The outcome of the score that ranks.
  let leading: Score.Outcome

  func isBefore(_ other: RankedCandidate) -> Bool {
    switch (leading.value, other.leading.value) {
    case (let mine?, let theirs?):
      return mine == theirs ? model < other.model : mine > theirs
    case (nil, nil): return model < other.model
    case (let mine, _): return mine != nil
    }
  }

  /// Whether the 95 % interval of the difference holds 0, paired over blocks where both saw the same
  /// labels in the same order.
  func cannotBeTold(from other: RankedCandidate) -> Bool {
    guard let mine = leading.value, let theirs = other.leading.value else { return true }
    let half: Double?
    if labels == other.labels, leading.replicates.count == other.leading.replicates.count {
      half = Jackknife.halfWidth(
        zip(leading.replicates, other.leading.replicates).map { pair in
          pair.0.flatMap { a in pair.1.map { a - $0 } }
        })
    } else if let a = Jackknife.halfWidth(leading.replicates),
      let b = Jackknife.halfWidth(other.leading.replicates)
    {
      half = (a * a + b * b).squareRoot()
    } else {
      half = nil
    }
    return half.map { abs(mine - theirs) <= $0 } ?? true
  }

  /// The maximal runs of a ranking in which no pair can be told apart.
  static func groups(_ ranked: [RankedCandidate]) -> [[String]] {
    var groups: [[String]] = []
    var covered = 0
    for first in ranked.indices {
      var end = first + 1
      while end < ranked.count,
        ranked[first..<end].allSatisfy({ $0.cannotBeTold(from: ranked[end]) })
      { end += 1 }
      if end - first > 1, end > covered { groups.append(ranked[first..<end].map(\.model)) }
      covered = max(covered, end)
    }
    return groups
  }

  /// The probability that each is the best, in the order given; nil where some has no replicates.
  static func probabilities(_ ranked: [RankedCandidate], seed: UInt64) -> [Double]? {
    var groups: [[Int]] = []
    return BestProbability.values(
      ranked.map { candidate in
        let group = groups.firstIndex(of: candidate.labels) ?? groups.count
        if group == groups.count { groups.append(candidate.labels) }
        return BestProbability.Contender(
          value: candidate.leading.value ?? 0, replicates: candidate.leading.replicates,
          group: group)
      }, seed: seed)
  }
}
