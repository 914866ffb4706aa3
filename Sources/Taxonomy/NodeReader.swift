internal import Yams

/// Reads YAML nodes and notes every problem with its place, instead of stopping at the first.
///
/// Yams' `Decodable` ignores unknown keys; walking the nodes finds them and knows their lines.
struct NodeReader {
  let file: String
  private(set) var problems: [RuleProblem] = []

  init(file: String) { self.file = file }

  /// Parses the text, or notes where it is no YAML.
  mutating func document(_ text: String) -> Node? {
    do {
      if let node = try Yams.compose(yaml: text) { return node }
      note("the file is empty", line: 1, column: 1)
    } catch let error as YamlError {
      let place = Self.place(of: error)
      note(Self.sentence(for: error), line: place.line, column: place.column)
    } catch {
      note("this is no YAML: \(error)", line: 1, column: 1)
    }
    return nil
  }

  mutating func note(_ message: String, at node: Node?) {
    note(message, line: node?.mark?.line ?? 1, column: node?.mark?.column ?? 1)
  }

  mutating func note(_ message: String, line: Int, column: Int) {
    problems.append(RuleProblem(file: file, line: line, column: column, message: message))
  }

  /// The values of a mapping by key, with unknown and missing keys noted.
  mutating func mapping(
    _ node: Node, _ what: String, required: [String], optional: [String] = []
  ) -> [String: Node] {
    guard let mapping = node.mapping else {
      note("\(what) must be a mapping", at: node)
      return [:]
    }
    var values: [String: Node] = [:]
    for (key, value) in mapping {
      let name = key.string ?? ""
      if required.contains(name) || optional.contains(name) {
        values[name] = value
      } else {
        let known = (required + optional).joined(separator: ", ")
        note("unknown key '\(name)' in \(what); known are \(known)", at: key)
      }
    }
    for name in required where values[name] == nil {
      note("\(what) lacks the key '\(name)'", at: node)
    }
    return values
  }

  /// The pairs of a mapping whose keys are free, keys with their nodes.
  mutating func pairs(_ node: Node?, _ what: String) -> [(key: Node, name: String, value: Node)] {
    guard let node else { return [] }
    guard let mapping = node.mapping else {
      note("\(what) must be a mapping", at: node)
      return []
    }
    return mapping.map { ($0.key, $0.key.string ?? "", $0.value) }
  }

  /// The elements of a sequence; none where the node is absent.
  mutating func sequence(_ node: Node?, _ what: String) -> [Node] {
    guard let node else { return [] }
    guard let sequence = node.sequence else {
      note("\(what) must be a list", at: node)
      return []
    }
    return Array(sequence)
  }

  mutating func string(_ node: Node?, _ what: String) -> String? {
    guard let node else { return nil }
    guard let text = node.scalar?.string, !text.isEmpty else {
      note("\(what) must be a text", at: node)
      return nil
    }
    return text.split(whereSeparator: \.isNewline).joined(separator: " ")
  }

  mutating func number(_ node: Node?, _ what: String) -> Double? {
    guard let node else { return nil }
    guard let value = node.float, value.isFinite else {
      note("\(what) must be a finite number", at: node)
      return nil
    }
    return value
  }

  mutating func flag(_ node: Node?, _ what: String) -> Bool? {
    guard let node else { return nil }
    guard let value = node.bool else {
      note("\(what) must be true or false", at: node)
      return nil
    }
    return value
  }

  /// One of the words of a string enumeration.
  mutating func choice<Choice: RawRepresentable & CaseIterable>(
    _ node: Node?, _ what: String, of type: Choice.Type
  ) -> Choice? where Choice.RawValue == String {
    guard let node, let word = string(node, what) else { return nil }
    guard let choice = Choice(rawValue: word) else {
      let words = Choice.allCases.map(\.rawValue)
      let hint = words.count > 12 ? Self.nearest(to: word, in: words) : words
      note(
        "unknown \(what) '\(word)'; \(words.count > 12 ? "did you mean" : "known are")"
          + " \(hint.joined(separator: ", "))", at: node)
      return nil
    }
    return choice
  }

  /// The three words that share most letter pairs with a misspelt one.
  static func nearest(to word: String, in words: [String]) -> [String] {
    func pairs(_ text: String) -> Set<String> {
      let letters = Array(text.lowercased())
      return Set(zip(letters, letters.dropFirst()).map { String([$0, $1]) })
    }
    let wanted = pairs(word)
    func likeness(_ other: String) -> Double {
      let found = pairs(other)
      return 2 * Double(wanted.intersection(found).count)
        / Double(max(1, wanted.count + found.count))
    }
    return Array(words.sorted { (likeness($1), $0) < (likeness($0), $1) }.prefix(3))
  }

  private static func place(of error: YamlError) -> (line: Int, column: Int) {
    switch error {
    case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _):
      (mark.line, mark.column)
    case .duplicatedKeysInMapping(_, let context):
      (context.mark.line, context.mark.column)
    default: (1, 1)
    }
  }

  private static func sentence(for error: YamlError) -> String {
    switch error {
    case .scanner(_, let problem, _, _), .parser(_, let problem, _, _),
      .composer(_, let problem, _, _):
      "this is no YAML: \(problem)"
    case .duplicatedKeysInMapping(let keys, _):
      "a key is given twice: \(keys.map { "\($0)" }.joined(separator: ", "))"
    default: "this is no YAML: \(error)"
    }
  }
}
