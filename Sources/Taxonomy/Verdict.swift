import Foundation

/// One pass of the rules over complete facts.
struct Verdict {
  /// A rule together with how it came out.
  struct Fired {
    let rule: Rule
    let membership: Double
    let weight: Double
    let overriddenBy: [String]
  }

  /// The membership from which on a rule is listed among the findings.
  ///
  /// Below it a rule still votes, so that weights stay continuous, but it can hardly move one.
  static let listedFrom = 0.05

  let catalog: RuleCatalog
  let facts: Facts
  /// Every rule whose facts are known, in catalogue order.
  let fired: [Fired]
  let missing: [Advice.MissingFact]

  init(catalog: RuleCatalog, facts: Facts) {
    self.catalog = catalog
    self.facts = facts
    var memberships: [String: Double] = [:]
    var waiting: [Fact: [String]] = [:]
    let active = catalog.rules.filter { $0.status != .retired }
    for rule in active {
      if let membership = rule.condition.membership(in: facts) {
        memberships[rule.id] = membership
      } else {
        for fact in rule.condition.facts where facts[fact] == nil {
          waiting[fact, default: []].append(rule.id)
        }
      }
    }
    self.fired = active.compactMap { rule in
      guard let membership = memberships[rule.id] else { return nil }
      let above = active.filter { $0.overrides.contains(rule.id) }
      let kept = above.reduce(1) { $0 * (1 - (memberships[$1.id] ?? 0)) }
      return Fired(
        rule: rule, membership: membership, weight: membership * rule.strength.factor * kept,
        overriddenBy: above.map(\.id).filter { memberships[$0, default: 0] >= Self.listedFrom })
    }
    self.missing = Fact.allCases.compactMap { fact in
      waiting[fact].map { Advice.MissingFact(fact: fact, rules: $0) }
    }
  }

  var findings: [Finding] {
    fired.filter { $0.membership >= Self.listedFrom }
      .sorted { ($1.weight, $0.rule.id) < ($0.weight, $1.rule.id) }
      .map { fired in
        Finding(
          ruleID: fired.rule.id, title: fired.rule.title, message: fired.rule.message,
          why: fired.rule.why, membership: fired.membership, strength: fired.rule.strength,
          weight: fired.weight, provenance: fired.rule.provenance,
          citations: fired.rule.references.compactMap { reference in
            catalog.citations[reference.key].map {
              Finding.CitedWork(
                key: reference.key, text: $0.text, place: reference.place, url: $0.url)
            }
          }, overriddenBy: fired.overriddenBy)
      }
  }

  var warnings: [Advice.Warning] {
    fired.filter { $0.membership >= Self.listedFrom }
      .sorted { ($1.membership, $0.rule.id) < ($0.membership, $1.rule.id) }
      .compactMap { fired in
        fired.rule.warning.map {
          Advice.Warning(ruleID: fired.rule.id, message: $0, membership: fired.membership)
        }
      }
  }

  /// The scores in the order of the calibration's regimes.
  private var scores: [Double] {
    catalog.calibration.regimes.map { regime in
      fired.reduce(regime.base) { $0 + $1.weight * ($1.rule.votes[regime.id] ?? 0) }
    }
  }

  /// The weights in the order of the calibration's regimes: softmax(score / temperature).
  var weights: [Double] {
    let scores = scores
    let peak = scores.max() ?? 0
    let powers = scores.map { exp(($0 - peak) / catalog.calibration.temperature) }
    let total = powers.reduce(0, +)
    return powers.map { $0 / total }
  }

  /// Every regime, best first; `elsewhere` holds weights at other points of the interval.
  func regimes(elsewhere: [[Double]]) -> [RegimeAdvice] {
    let scores = scores
    let weights = weights
    return catalog.calibration.regimes.enumerated().map { index, regime in
      let seen = [weights[index]] + elsewhere.map { $0[index] }
      return RegimeAdvice(
        regime: regime.id, summary: regime.summary, weight: weights[index],
        low: seen.min() ?? 0, high: seen.max() ?? 1, score: scores[index],
        reasons: reasons(for: regime.id),
        hyperparameters: Hyperparameter.allCases.compactMap { band($0, for: regime.id) })
    }.sorted { ($1.weight, $0.regime) < ($0.weight, $1.regime) }
  }

  private func reasons(for regime: String) -> [RegimeAdvice.Reason] {
    fired.compactMap { fired -> RegimeAdvice.Reason? in
      guard fired.membership >= Self.listedFrom, let vote = fired.rule.votes[regime], vote != 0
      else { return nil }
      return RegimeAdvice.Reason(ruleID: fired.rule.id, contribution: fired.weight * vote)
    }.sorted { (abs($1.contribution), $0.ruleID) < (abs($0.contribution), $1.ruleID) }
  }

  /// The weighted mean of the bands that fired rules give, ends apart.
  ///
  /// The calibration's neutral band takes part with Π (1 − m) of a moderate rule's weight, so that a
  /// rule that hardly applies hardly moves it and one that fully applies replaces it.
  private func band(_ name: Hyperparameter, for regime: String) -> HyperparameterBand? {
    let definition = name.definition
    func axis(_ value: Double) -> Double { definition.logarithmic ? log(value) : value }
    var unclaimed = 1.0
    var total = 0.0
    var ends = (low: 0.0, high: 0.0)
    var reasons: [(id: String, weight: Double)] = []
    for fired in fired where fired.weight > 0 {
      for band in fired.rule.bands
      where band.name == name && (band.regimes.isEmpty || band.regimes.contains(regime)) {
        unclaimed *= 1 - fired.weight / fired.rule.strength.factor
        total += fired.weight
        ends.low += fired.weight * axis(band.low)
        ends.high += fired.weight * axis(band.high)
        if fired.membership >= Self.listedFrom { reasons.append((fired.rule.id, fired.weight)) }
      }
    }
    if let neutral = catalog.calibration.neutralBands[name] {
      let weight = unclaimed * Rule.Strength.moderate.factor
      total += weight
      ends.low += weight * axis(neutral.lowerBound)
      ends.high += weight * axis(neutral.upperBound)
    } else if reasons.isEmpty {
      return nil  // Advice without a reason is none.
    }
    let (low, high) = (ends.low / total, ends.high / total)
    return HyperparameterBand(
      name: name, low: definition.logarithmic ? exp(low) : low,
      high: definition.logarithmic ? exp(high) : high, unit: definition.unit,
      reasons: reasons.sorted { ($1.weight, $0.id) < ($0.weight, $1.id) }.map(\.id))
  }
}
