import Foundation

/// What a fact may hold: its kind, unit, range, and one line that says what it is.
public struct FactDefinition: Sendable, Equatable {
  /// The kind of value that a fact holds.
  public enum Kind: Sendable, Equatable {
    /// A finite number in `range`, in `unit`, compared on `scale`.
    case number(unit: String, range: ClosedRange<Double>, scale: Scale)
    /// A degree between 0 and 1 that can be used as a membership as it is.
    case degree
    /// True or false.
    case flag
    /// One of the words listed.
    case category([String])
  }

  /// The axis on which a threshold is soft.
  public enum Scale: String, Sendable, Equatable {
    /// Distances are differences of the value.
    case linear
    /// Distances are differences of log₁₀ of the value, in decades.
    case logarithmic
  }

  /// The kind of value, with unit and range.
  public let kind: Kind
  /// What the fact is, in one line.
  public let summary: String

  /// The unit as a rule may state it, such as `images`, `share` or `flag`.
  public var unit: String {
    switch kind {
    case .number(let unit, _, _): unit
    case .degree: "degree"
    case .flag: "flag"
    case .category: "category"
    }
  }

  /// The values that make sense, nil for flags and categories.
  public var range: ClosedRange<Double>? {
    switch kind {
    case .number(_, let range, _): range
    case .degree: 0...1
    case .flag, .category: nil
    }
  }

  /// How far from a threshold the membership reaches 0.9 where a rule does not say.
  ///
  /// Logarithmic facts: 0.3 decades, a factor of two. Linear facts: a tenth of the range.
  public var defaultSoftness: Double? {
    switch kind {
    case .number(_, _, .logarithmic): 0.3
    case .number(_, let range, .linear): 0.1 * (range.upperBound - range.lowerBound)
    case .degree: 0.1
    case .flag, .category: nil
    }
  }

  /// The place of a value on the axis of comparison.
  ///
  /// log₁₀ of the value for logarithmic facts, with values below 0.1 read as 0.1 (so a count of
  /// zero stays finite); the value itself otherwise.
  func coordinate(_ value: Double) -> Double {
    if case .number(_, _, .logarithmic) = kind { return log10(max(value, 0.1)) }
    return value
  }
}
