import Foundation

extension RuleIndex {
  /// `rules/schema/rule.schema.json`: JSON Schema of a rule, for editors that check while one types.
  ///
  /// It knows every fact, hyper-parameter, regime and citation by name. What a schema cannot say
  /// (units, ranges that hang on the fact, examples) is left to `graft rules check`.
  public var jsonSchema: String {
    let facts = Fact.allCases.map(\.rawValue)
    let number: [String: Any] = ["type": "number"]
    let text: [String: Any] = ["type": "string", "minLength": 1]
    let threshold: [String: Any] = ["type": ["number", "string"]]
    func list(_ items: [String: Any]) -> [String: Any] { ["type": "array", "items": items] }
    func word(_ words: [String]) -> [String: Any] { ["enum": words] }
    func object(
      _ properties: [String: Any], required: [String] = [], closed: Bool = true
    ) -> [String: Any] {
      [
        "type": "object", "properties": properties, "required": required,
        "additionalProperties": !closed,
      ]
    }
    let regimes = catalog.calibration.regimes.map(\.id)
    let reference: [String: Any] = ["$ref": "#/definitions/condition"]
    let comparison = object(
      [
        "fact": word(facts), "below": threshold, "atLeast": threshold, "between": list(threshold),
        "level": text, "is": ["type": ["boolean", "string"]], "oneOf": list(text),
        "softness": ["type": "number", "exclusiveMinimum": 0], "unit": text,
      ], required: ["fact"])
    let condition: [String: Any] = [
      "oneOf": [
        ["const": "always"], comparison,
        object(["all": list(reference)], required: ["all"]),
        object(["any": list(reference)], required: ["any"]),
        object(["not": reference], required: ["not"]),
      ]
    ]
    let band = object(
      [
        "name": word(Hyperparameter.allCases.map(\.rawValue)), "low": number, "high": number,
        "unit": text, "regimes": list(word(regimes)),
      ], required: ["name", "low", "high"])
    let vote: [String: Any] = ["type": "number", "minimum": -1, "maximum": 1]
    let advise = object(
      [
        "message": text, "warning": text, "hyperparameters": list(band),
        "regimes": object(
          Dictionary(uniqueKeysWithValues: regimes.map { ($0, vote as Any) })),
      ], required: ["message"])
    let example = object(
      Dictionary(uniqueKeysWithValues: Fact.allCases.map { ($0.rawValue, Self.schema(of: $0)) }))
    let citation = object(
      ["key": word(catalog.citations.keys.sorted()), "where": text], required: ["key", "where"])
    var rule = object(
      [
        "id": ["type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$"], "title": text,
        "status": word(Rule.Status.allCases.map(\.rawValue)), "since": text,
        "evidence": word(Rule.Strength.allCases.map(\.rawValue)),
        "provenance": list(word(Rule.Provenance.allCases.map(\.rawValue))), "when": reference,
        "advise": advise, "why": text, "cites": list(citation), "overrides": list(text),
        "examples": object(
          ["fires": list(example), "silent": list(example)], required: ["fires", "silent"]),
      ],
      required: [
        "id", "title", "status", "since", "evidence", "provenance", "when", "advise", "why",
        "cites", "examples",
      ])
    rule["$schema"] = "http://json-schema.org/draft-07/schema#"
    rule["title"] = "A rule of Graft (generated; see rules/README.md)"
    rule["definitions"] = ["condition": condition]
    let data = try? JSONSerialization.data(
      withJSONObject: rule, options: [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes])
    return String(decoding: data ?? Data(), as: UTF8.self) + "\n"
  }

  private static func schema(of fact: Fact) -> [String: Any] {
    let definition = fact.definition
    var schema: [String: Any] = ["description": "\(definition.summary) [\(definition.unit)]"]
    switch definition.kind {
    case .flag: schema["type"] = "boolean"
    case .category(let words): schema["enum"] = words
    case .number, .degree:
      schema["type"] = "number"
      schema["minimum"] = definition.range?.lowerBound
      schema["maximum"] = definition.range?.upperBound
    }
    return schema
  }
}
