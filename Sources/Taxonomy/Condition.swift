import Foundation

/// When a rule applies: a tree of soft comparisons whose value is a membership from 0 to 1.
///
/// `all` multiplies, `any` is 1 − Π(1 − m), `not` is 1 − m. A threshold is never a step: at the
/// threshold itself the membership is ½, and `softness` beyond it 0.9.
public indirect enum Condition: Sendable, Equatable {
  /// Applies to every task.
  case always
  /// The product of the memberships.
  case all([Condition])
  /// 1 − Π(1 − m).
  case any([Condition])
  /// 1 − m.
  case not(Condition)
  /// The value of a degree, as it is.
  case degree(Fact)
  /// A comparison of a number or degree.
  case compare(Fact, Comparison, softness: Double)
  /// A flag that must be as given.
  case flag(Fact, Bool)
  /// A category that must be among those given.
  case oneOf(Fact, [String])

  /// How a number is compared.
  public enum Comparison: Sendable, Equatable {
    /// Smaller than the threshold.
    case below(Double)
    /// The threshold or more.
    case atLeast(Double)
    /// Between two thresholds.
    case between(Double, Double)
  }

  /// The membership under the facts, or nil where a fact it hinges on is unknown.
  ///
  /// Unknown facts never raise a membership: `all` is nil unless another part is already 0, `any`
  /// is taken over its known parts.
  public func membership(in facts: Facts) -> Double? {
    switch self {
    case .always: return 1
    case .all(let parts):
      let values = parts.map { $0.membership(in: facts) }
      if values.contains(0) { return 0 }
      return values.reduce(1) { product, value in product.flatMap { p in value.map { p * $0 } } }
    case .any(let parts):
      let values = parts.compactMap { $0.membership(in: facts) }
      return values.isEmpty ? nil : 1 - values.reduce(1) { $0 * (1 - $1) }
    case .not(let part): return part.membership(in: facts).map { 1 - $0 }
    case .degree(let fact): return facts.number(fact)
    case .flag(let fact, let wanted): return facts.flag(fact).map { $0 == wanted ? 1 : 0 }
    case .oneOf(let fact, let words):
      guard case .category(let word)? = facts[fact] else { return nil }
      return words.contains(word) ? 1 : 0
    case .compare(let fact, let comparison, let softness):
      return facts.number(fact).map {
        Self.membership(of: $0, fact: fact, comparison: comparison, softness: softness)
      }
    }
  }

  /// Every fact the condition mentions.
  public var facts: Set<Fact> {
    switch self {
    case .always: []
    case .all(let parts), .any(let parts): parts.reduce(into: []) { $0.formUnion($1.facts) }
    case .not(let part): part.facts
    case .degree(let fact), .compare(let fact, _, _), .flag(let fact, _), .oneOf(let fact, _):
      [fact]
    }
  }

  /// 1 / (1 + exp(−ln 9 · d / softness)), d the signed distance past the threshold on the fact's
  /// own scale; for `between` the product of both sides.
  private static func membership(
    of value: Double, fact: Fact, comparison: Comparison, softness: Double
  ) -> Double {
    let definition = fact.definition
    let place = definition.coordinate(value)
    func past(_ threshold: Double) -> Double {
      PlacementCalibration.logistic(
        log(9) * (place - definition.coordinate(threshold)) / softness)
    }
    switch comparison {
    case .atLeast(let threshold): return past(threshold)
    case .below(let threshold): return 1 - past(threshold)
    case .between(let lower, let upper): return past(lower) * (1 - past(upper))
    }
  }
}
