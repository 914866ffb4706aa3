internal import Yams

/// Reads one rule from its file.
struct RuleReader {
  /// What names in a rule may refer to.
  struct Vocabulary {
    let calibration: PlacementCalibration
    let citations: Set<String>
    var regimes: [String] { calibration.regimes.map(\.id) }
  }

  let vocabulary: Vocabulary
  private(set) var reader: NodeReader

  init(file: String, vocabulary: Vocabulary) {
    self.reader = NodeReader(file: file)
    self.vocabulary = vocabulary
  }

  /// The rule, or nil with the problems noted in `reader`.
  mutating func rule(_ text: String) -> Rule? {
    guard let node = reader.document(text) else { return nil }
    let fields = reader.mapping(
      node, "the rule",
      required: [
        "id", "title", "status", "since", "evidence", "provenance", "when", "advise", "why",
        "cites", "examples",
      ], optional: ["overrides"])
    guard reader.problems.isEmpty else { return nil }
    let id = reader.string(fields["id"], "id") ?? ""
    let parts = reader.file.split(separator: "/").map(String.init)
    if parts.last != "\(id).yaml" {
      reader.note(
        "the id '\(id)' must equal the file's name, \(parts.last ?? "")", at: fields["id"])
    }
    let provenance = reader.sequence(fields["provenance"], "provenance").compactMap {
      reader.choice($0, "provenance", of: Rule.Provenance.self)
    }
    let condition = fields["when"].flatMap { self.condition($0) }
    let advice = self.advice(fields["advise"])
    let references = self.references(fields["cites"])
    if references.isEmpty, !provenance.contains(.derived) {
      reader.note("a rule without citations must have the provenance D", at: fields["cites"])
    }
    let examples = fields["examples"].map {
      reader.mapping($0, "examples", required: ["fires", "silent"])
    }
    let firing = self.facts(examples?["fires"], "examples.fires")
    let silent = self.facts(examples?["silent"], "examples.silent")
    if firing.isEmpty {
      reader.note("a rule needs an example that fires it", at: examples?["fires"])
    }
    if silent.isEmpty, condition != .always {
      reader.note("a rule needs an example that leaves it silent", at: examples?["silent"])
    }
    let rule = Rule(
      id: id, family: parts.dropLast().joined(separator: "/"),
      title: reader.string(fields["title"], "title") ?? "",
      status: reader.choice(fields["status"], "status", of: Rule.Status.self) ?? .preview,
      since: reader.string(fields["since"], "since") ?? "",
      strength: reader.choice(fields["evidence"], "evidence", of: Rule.Strength.self) ?? .tentative,
      provenance: provenance, condition: condition ?? .always,
      message: advice.message, warning: advice.warning, votes: advice.votes, bands: advice.bands,
      why: reader.string(fields["why"], "why") ?? "", references: references,
      overrides: reader.sequence(fields["overrides"], "overrides").compactMap {
        reader.string($0, "overrides")
      }, firing: firing, silent: silent, file: reader.file)
    return reader.problems.isEmpty ? rule : nil
  }

  // MARK: advise

  private mutating func advice(
    _ node: Node?
  ) -> (message: String, warning: String?, votes: [String: Double], bands: [Rule.Band]) {
    guard let node else { return ("", nil, [:], []) }
    let fields = reader.mapping(
      node, "advise", required: ["message"],
      optional: ["regimes", "hyperparameters", "warning"])
    var votes: [String: Double] = [:]
    for (key, name, value) in reader.pairs(fields["regimes"], "advise.regimes") {
      check(regime: name, at: key)
      guard let vote = reader.number(value, "a vote") else { continue }
      if !(-1...1).contains(vote) {
        reader.note("a vote lies between -1 and 1, not \(vote)", at: value)
      }
      votes[name] = vote
    }
    let bands = reader.sequence(fields["hyperparameters"], "advise.hyperparameters").compactMap {
      band($0)
    }
    return (
      reader.string(fields["message"], "advise.message") ?? "",
      reader.string(fields["warning"], "advise.warning"), votes, bands
    )
  }

  private mutating func band(_ node: Node) -> Rule.Band? {
    let fields = reader.mapping(
      node, "a hyper-parameter", required: ["name", "low", "high"],
      optional: ["regimes", "unit"])
    guard
      let name = reader.choice(fields["name"], "hyper-parameter", of: Hyperparameter.self),
      let low = reader.number(fields["low"], "low"),
      let high = reader.number(fields["high"], "high")
    else { return nil }
    let definition = name.definition
    if let unit = reader.string(fields["unit"], "unit"), unit != definition.unit {
      reader.note(
        "\(name.rawValue) is measured in '\(definition.unit)', not '\(unit)'", at: fields["unit"])
    }
    if low > high { reader.note("low (\(low)) is above high (\(high))", at: fields["low"]) }
    for end in [fields["low"], fields["high"]] {
      if let end, let value = end.float, !definition.range.contains(value) {
        reader.note(
          "\(name.rawValue) lies between \(definition.range.lowerBound) and"
            + " \(definition.range.upperBound), not \(value)", at: end)
      }
    }
    let regimes = reader.sequence(fields["regimes"], "regimes").compactMap { node in
      reader.string(node, "a regime").map { (node, $0) }
    }
    for (node, regime) in regimes { check(regime: regime, at: node) }
    return Rule.Band(name: name, low: low, high: high, regimes: regimes.map(\.1))
  }

  private mutating func check(regime: String, at node: Node) {
    guard !vocabulary.regimes.contains(regime) else { return }
    let near = NodeReader.nearest(to: regime, in: vocabulary.regimes).joined(separator: ", ")
    reader.note("unknown regime '\(regime)'; did you mean \(near)", at: node)
  }

  private mutating func references(_ node: Node?) -> [Rule.Reference] {
    reader.sequence(node, "cites").compactMap { node in
      let fields = reader.mapping(node, "a citation", required: ["key", "where"])
      guard let key = reader.string(fields["key"], "key"),
        let place = reader.string(fields["where"], "where")
      else { return nil }
      if !vocabulary.citations.contains(key) {
        reader.note("unknown citation '\(key)'; add it to citations.yaml", at: fields["key"])
      }
      return Rule.Reference(key: key, place: place)
    }
  }

  private mutating func facts(_ node: Node?, _ what: String) -> [Facts] {
    reader.sequence(node, what).map { example in
      var facts: Facts = [:]
      for (key, _, value) in reader.pairs(example, what) {
        guard let fact = reader.choice(key, "fact", of: Fact.self),
          let content = factValue(value, fact)
        else { continue }
        if let objection = Facts.objection(to: content, for: fact) {
          reader.note("\(fact.rawValue): \(objection)", at: value)
        } else {
          facts[fact] = content
        }
      }
      return facts
    }
  }

  private mutating func factValue(_ node: Node, _ fact: Fact) -> FactValue? {
    switch fact.definition.kind {
    case .flag: reader.flag(node, fact.rawValue).map { .flag($0) }
    case .category: reader.string(node, fact.rawValue).map { .category($0) }
    case .number, .degree: reader.number(node, fact.rawValue).map { .number($0) }
    }
  }

  // MARK: when

  private mutating func condition(_ node: Node) -> Condition? {
    if node.scalar?.string == "always" { return .always }
    guard let mapping = node.mapping else {
      reader.note("a condition is 'always' or a mapping with all, any, not or fact", at: node)
      return nil
    }
    let keys = Set(mapping.keys.compactMap(\.string))
    if keys.contains("fact") { return comparison(node) }
    let fields = reader.mapping(
      node, "a condition", required: [], optional: ["all", "any", "not"])
    guard fields.count == 1 else {
      reader.note("a condition has exactly one of all, any, not or fact", at: node)
      return nil
    }
    if let inner = fields["not"] { return condition(inner).map { .not($0) } }
    let list = fields["all"] ?? fields["any"]
    let parts = reader.sequence(list, "a condition's parts").compactMap { condition($0) }
    if parts.isEmpty { reader.note("a condition needs at least one part", at: list) }
    return fields["all"] != nil ? .all(parts) : .any(parts)
  }

  private mutating func comparison(_ node: Node) -> Condition? {
    let ways = ["below", "atLeast", "between", "level", "is", "oneOf"]
    let fields = reader.mapping(
      node, "a comparison", required: ["fact"], optional: ways + ["softness", "unit"])
    guard let fact = reader.choice(fields["fact"], "fact", of: Fact.self) else { return nil }
    let definition = fact.definition
    if let unit = reader.string(fields["unit"], "unit"), unit != definition.unit {
      reader.note(
        "\(fact.rawValue) is measured in '\(definition.unit)', not '\(unit)'", at: fields["unit"])
    }
    let used = ways.filter { fields[$0] != nil }
    guard used.count <= 1 else {
      reader.note("a comparison has one of \(used.joined(separator: ", ")), not all", at: node)
      return nil
    }
    guard let way = used.first, let operand = fields[way] else {
      if definition.kind == .degree { return .degree(fact) }
      reader.note("\(fact.rawValue) needs one of \(ways.joined(separator: ", "))", at: node)
      return nil
    }
    switch (definition.kind, way) {
    case (.flag, "is"):
      return reader.flag(operand, fact.rawValue).map { .flag(fact, $0) }
    case (.category(let words), "is"), (.category(let words), "oneOf"):
      let nodes = way == "is" ? [operand] : reader.sequence(operand, "oneOf")
      let chosen = nodes.compactMap { node -> String? in
        guard let word = reader.string(node, fact.rawValue) else { return nil }
        if !words.contains(word) {
          reader.note(
            "'\(word)' is none of the words of \(fact.rawValue):"
              + " \(words.joined(separator: ", "))", at: node)
        }
        return word
      }
      return .oneOf(fact, chosen)
    case (.number, "below"), (.number, "atLeast"), (.number, "between"), (.degree, "below"),
      (.degree, "atLeast"), (.degree, "between"), (.degree, "level"):
      return softComparison(fact, way, operand, softness: fields["softness"])
    default:
      reader.note(
        "'\(way)' does not suit \(fact.rawValue), which is a \(definition.unit)", at: operand)
      return nil
    }
  }

  private mutating func softComparison(
    _ fact: Fact, _ way: String, _ operand: Node, softness node: Node?
  ) -> Condition? {
    let softness = reader.number(node, "softness") ?? fact.definition.defaultSoftness ?? 0.1
    if softness <= 0 { reader.note("softness must be above 0; no rule has a hard edge", at: node) }
    switch way {
    case "below":
      return threshold(operand, fact).map { .compare(fact, .below($0), softness: softness) }
    case "atLeast":
      return threshold(operand, fact).map { .compare(fact, .atLeast($0), softness: softness) }
    case "level":
      guard let bounds = bounds(ofLevel: operand, fact) else { return nil }
      if bounds.lowerBound <= 0 {
        return .compare(fact, .below(bounds.upperBound), softness: softness)
      }
      if bounds.upperBound >= 1 {
        return .compare(fact, .atLeast(bounds.lowerBound), softness: softness)
      }
      return .compare(
        fact, .between(bounds.lowerBound, bounds.upperBound), softness: softness)
    default:
      let ends = reader.sequence(operand, "between")
      guard ends.count == 2, let lower = threshold(ends[0], fact),
        let upper = threshold(ends[1], fact)
      else {
        reader.note("between needs two thresholds, [lower, upper]", at: operand)
        return nil
      }
      if lower >= upper { reader.note("between needs lower < upper", at: operand) }
      return .compare(fact, .between(lower, upper), softness: softness)
    }
  }

  /// A number in the fact's range, or for similarity the lower bound of a named level.
  private mutating func threshold(_ node: Node, _ fact: Fact) -> Double? {
    if fact == .similarity, node.float == nil { return bounds(ofLevel: node, fact)?.lowerBound }
    guard let value = reader.number(node, "a threshold of \(fact.rawValue)") else { return nil }
    if let objection = Facts.objection(to: .number(value), for: fact) {
      reader.note("\(fact.rawValue): \(objection)", at: node)
    }
    return value
  }

  private mutating func bounds(ofLevel node: Node, _ fact: Fact) -> ClosedRange<Double>? {
    let levels = vocabulary.calibration.levels
    guard fact == .similarity else {
      reader.note("\(fact.rawValue) has no named levels", at: node)
      return nil
    }
    guard let name = reader.string(node, "level"),
      let index = levels.firstIndex(where: { $0.name == name })
    else {
      let names = levels.map(\.name).joined(separator: ", ")
      reader.note("unknown level; source.similarity has \(names)", at: node)
      return nil
    }
    let upper = index + 1 < levels.count ? levels[index + 1].from : 1
    return levels[index].from...upper
  }
}
