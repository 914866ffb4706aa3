/// The value of one fact.
public enum FactValue: Sendable, Equatable, Hashable {
  /// A number or a degree, in the fact's unit.
  case number(Double)
  /// Yes or no.
  case flag(Bool)
  /// One of the fact's words.
  case category(String)
}

extension FactValue: ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByStringLiteral
{
  /// A number.
  public init(floatLiteral value: Double) { self = .number(value) }
  /// A number.
  public init(integerLiteral value: Int) { self = .number(Double(value)) }
  /// A flag.
  public init(booleanLiteral value: Bool) { self = .flag(value) }
  /// A category.
  public init(stringLiteral value: String) { self = .category(value) }
}

extension FactValue: Codable {
  /// Reads a JSON boolean, number or string.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let flag = try? container.decode(Bool.self) {
      self = .flag(flag)
    } else if let number = try? container.decode(Double.self) {
      self = .number(number)
    } else {
      self = .category(try container.decode(String.self))
    }
  }

  /// Writes a JSON boolean, number or string.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .number(let number): try container.encode(number)
    case .flag(let flag): try container.encode(flag)
    case .category(let word): try container.encode(word)
    }
  }
}

/// What is known of a task: a value for each fact that could be gathered.
///
/// A fact that is absent is unknown, and no rule that needs it fires. Encodes as one JSON object,
/// `{"dataset.classes": 4, …}`.
public struct Facts: Sendable, Equatable, ExpressibleByDictionaryLiteral {
  /// The values by fact.
  public private(set) var values: [Fact: FactValue]

  /// Gathers facts from a literal such as `[.trainingImages: 840, .sourceHasHead: true]`.
  ///
  /// - Precondition: each value suits its fact (see `subscript`), and no fact is named twice.
  public init(dictionaryLiteral elements: (Fact, FactValue)...) {
    self.values = [:]
    for (fact, value) in elements {
      precondition(values[fact] == nil, "\(fact.rawValue) is given twice")
      self[fact] = value
    }
  }

  /// The value of a fact, nil where it is unknown.
  ///
  /// - Precondition: a value that is set is of the fact's kind, finite, in range, and one of the
  ///   fact's words; `Facts.objection(to:for:)` says beforehand what would be wrong.
  public subscript(fact: Fact) -> FactValue? {
    get { values[fact] }
    set {
      if let newValue, let objection = Self.objection(to: newValue, for: fact) {
        preconditionFailure("\(fact.rawValue): \(objection)")
      }
      values[fact] = newValue
    }
  }

  /// The number or degree of a fact, nil where it is unknown or no number.
  public func number(_ fact: Fact) -> Double? {
    guard case .number(let number)? = values[fact] else { return nil }
    return number
  }

  /// The truth of a flag, nil where it is unknown.
  public func flag(_ fact: Fact) -> Bool? {
    guard case .flag(let flag)? = values[fact] else { return nil }
    return flag
  }

  /// Sets a number, or leaves the fact unknown where there is none or it is not finite.
  public mutating func set(_ fact: Fact, _ number: Double?) {
    self[fact] = number.flatMap { $0.isFinite ? .number($0) : nil }
  }

  /// Sets a count, or leaves the fact unknown where there is none.
  public mutating func set(_ fact: Fact, _ count: Int?) {
    self[fact] = count.map { .number(Double($0)) }
  }

  /// Sets a flag, or leaves the fact unknown where there is none.
  public mutating func set(_ fact: Fact, _ flag: Bool?) {
    self[fact] = flag.map { .flag($0) }
  }

  /// Sets a category, or leaves the fact unknown where there is none.
  public mutating func set(_ fact: Fact, _ word: String?) {
    self[fact] = word.map { .category($0) }
  }

  /// What is wrong with a value for a fact, nil where nothing is.
  public static func objection(to value: FactValue, for fact: Fact) -> String? {
    switch (fact.definition.kind, value) {
    case (.flag, .flag): return nil
    case (.flag, _): return "expected true or false"
    case (.category(let words), .category(let word)):
      return words.contains(word)
        ? nil : "'\(word)' is none of \(words.joined(separator: ", "))"
    case (.category(let words), _): return "expected one of \(words.joined(separator: ", "))"
    case (.number, .number(let number)), (.degree, .number(let number)):
      guard let range = fact.definition.range, !range.contains(number) else { return nil }
      return "\(number) is outside \(range.lowerBound) to \(range.upperBound)"
        + " (\(fact.definition.unit))"
    case (.number, _), (.degree, _): return "expected a number (\(fact.definition.unit))"
    }
  }

  /// These facts together with those that follow from them and from a placement.
  ///
  /// Derived: `network.parametersPerImage`, `probe.skill`, `scratch.minusProbe`, and with a
  /// placement the similarity and the quadrant memberships. A derived fact that is given already
  /// stays as it is, apart from those of the placement, which is always the truth about itself.
  public func completed(placement: Placement? = nil) -> Facts {
    var facts = self
    if facts[.parametersPerImage] == nil,
      let trainable = number(.trainableParameters) ?? number(.parameters),
      let images = number(.trainingImages), images > 0
    {
      facts.set(.parametersPerImage, trainable / images)
    }
    if facts[.probeSkill] == nil, let accuracy = number(.probeAccuracy),
      let chance = number(.probeChance), chance < 1
    {
      facts.set(.probeSkill, max(-1, (accuracy - chance) / (1 - chance)))
    }
    if facts[.scratchMinusProbe] == nil, let scratch = number(.scratchAccuracy),
      let probe = number(.probeAccuracy)
    {
      facts.set(.scratchMinusProbe, scratch - probe)
    }
    if let placement {
      facts.set(.size, placement.size)
      facts.set(.similarity, placement.similarity.value)
      facts.set(.largeSimilar, placement.quadrants.largeSimilar)
      facts.set(.largeDissimilar, placement.quadrants.largeDissimilar)
      facts.set(.smallSimilar, placement.quadrants.smallSimilar)
      facts.set(.smallDissimilar, placement.quadrants.smallDissimilar)
    }
    return facts
  }
}

extension Facts: Codable {
  /// Reads an object of fact names and values; an unknown name or an unsuitable value is an error.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    self.values = [:]
    for (name, value) in try container.decode([String: FactValue].self) {
      guard let fact = Fact(rawValue: name) else {
        throw DecodingError.dataCorruptedError(
          in: container, debugDescription: "there is no fact named '\(name)'")
      }
      if let objection = Self.objection(to: value, for: fact) {
        throw DecodingError.dataCorruptedError(
          in: container, debugDescription: "\(name): \(objection)")
      }
      values[fact] = value
    }
  }

  /// Writes an object of fact names and values.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(
      Dictionary(uniqueKeysWithValues: values.map { ($0.key.rawValue, $0.value) }))
  }
}
