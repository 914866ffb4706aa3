/// Rules that turn the names of one convention into ours, written as one would write them in a table.
///
/// In a pattern `#` stands for a number and a `*` at the end for the rest of the name. In what it
/// becomes, `{0}` is the first number, `{0+}` and `{0-}` the ones after and before it, and `*` the rest. `[1/3]` says that
/// the tensor is the second of three that are joined along their first axis, as queries, keys and
/// values are. Names that become the empty string are omitted.
struct NamePatterns: Sendable {
  /// What a name becomes.
  struct Name: Equatable {
    /// Our name; empty for what is omitted.
    var text: String
    /// Which of how many parts of the tensor; nil for a whole one.
    var part: (index: Int, count: Int)?

    static func == (a: Name, b: Name) -> Bool {
      a.text == b.text && a.part?.index == b.part?.index && a.part?.count == b.part?.count
    }
  }

  private struct Rule: Sendable {
    var pattern: [UInt8]
    var result: String
  }

  private var rules: [Rule] = []

  /// Rules of which the first that fits is applied.
  init(_ rules: [(pattern: String, result: String)]) {
    self.rules = rules.map { Rule(pattern: Array($0.pattern.utf8), result: $0.result) }
  }

  /// What a name becomes; nil where no rule fits.
  func callAsFunction(_ name: String) -> Name? {
    let bytes = Array(name.utf8)
    for rule in rules {
      if let match = NamePatterns.match(rule.pattern, bytes) {
        return NamePatterns.expand(rule.result, match)
      }
    }
    return nil
  }

  private typealias Match = (numbers: [Int], rest: String)

  private static func match(_ pattern: [UInt8], _ name: [UInt8]) -> Match? {
    var numbers: [Int] = []
    var position = 0
    for byte in pattern {
      switch byte {
      case UInt8(ascii: "*"):
        guard position < name.count else { return nil }
        return (numbers, String(decoding: name[position...], as: UTF8.self))
      case UInt8(ascii: "#"):
        let digits = name[position...].prefix { (0x30...0x39).contains($0) }
        guard let number = Int(String(decoding: digits, as: UTF8.self)) else { return nil }
        numbers.append(number)
        position += digits.count
      default:
        guard position < name.count, name[position] == byte else { return nil }
        position += 1
      }
    }
    return position == name.count ? (numbers, "") : nil
  }

  private static func expand(_ result: String, _ match: Match) -> Name {
    var text = ""
    var part: (Int, Int)?
    var rest = result[...]
    while let character = rest.popFirst() {
      switch character {
      case "{":
        let inner = rest.prefix { $0 != "}" }
        rest = rest.dropFirst(inner.count + 1)
        let step = inner.hasSuffix("+") ? 1 : inner.hasSuffix("-") ? -1 : 0
        let number = match.numbers[Int(step == 0 ? inner : inner.dropLast()) ?? 0]
        text += String(number &+ step)
      case "[":
        let inner = rest.prefix { $0 != "]" }
        rest = rest.dropFirst(inner.count + 1)
        let numbers = inner.split(separator: "/").compactMap { Int($0) }
        part = (numbers[0], numbers[1])
      case "*": text += match.rest
      default: text.append(character)
      }
    }
    return Name(text: text, part: part)
  }
}

extension TensorTable {
  /// Entries under the names that rules give them, those of several parts joined.
  ///
  /// A name that no rule fits stays as it is, as do parts of which not all are there or do not fit
  /// together, so that they show up as surplus.
  ///
  /// - Parameter change: What else becomes of a tensor, by our name.
  func translated(
    by patterns: NamePatterns, dropping prefix: String = "",
    _ change: (String, StoredTensor) -> StoredTensor = { $1 }
  ) -> [NameMapping.Entry] {
    var entries: [NameMapping.Entry] = []
    var parts: [String: [(index: Int, count: Int, entry: NameMapping.Entry)]] = [:]
    for (original, tensor) in self.entries {
      let short = original.hasPrefix(prefix) ? String(original.dropFirst(prefix.count)) : original
      guard let name = patterns(short) else {
        entries.append(NameMapping.Entry(name: short, original: original, tensor: tensor))
        continue
      }
      guard let part = name.part else {
        let isKept = !name.text.isEmpty
        entries.append(
          NameMapping.Entry(
            name: isKept ? name.text : nil, original: original,
            tensor: isKept ? change(name.text, tensor) : tensor))
        continue
      }
      let entry = NameMapping.Entry(name: short, original: original, tensor: tensor)
      parts[name.text, default: []].append((part.index, part.count, entry))
    }
    for (name, found) in parts.sorted(by: { $0.key < $1.key }) {
      let ordered = found.sorted { $0.index < $1.index }
      let isComplete = ordered.map(\.index) == Array(0..<(ordered.first?.count ?? 0))
      if isComplete, let joined = StoredTensor.joined(ordered.map(\.entry.tensor)) {
        entries.append(
          NameMapping.Entry(
            name: name, original: ordered[0].entry.original, tensor: change(name, joined)))
      } else {
        entries += ordered.map(\.entry)
      }
    }
    return entries
  }
}

extension NameMapping.Convention {
  /// A convention that is a table of rules.
  ///
  /// - Parameters:
  ///   - prefix: What may stand before every name but the head's, such as `vit.`.
  ///   - marks: Names, without the prefix, by which the convention is recognised: all must be there.
  ///   - change: What else becomes of a tensor, by our name.
  init(
    _ name: String, likely: [String] = [], prefix: String = "", marks: [String],
    rules: [(pattern: String, result: String)],
    _ change: @escaping @Sendable (String, StoredTensor) -> StoredTensor = { $1 }
  ) {
    let patterns = NamePatterns(rules)
    self.init(name: name, likelyArchitectures: likely) { table in
      guard marks.allSatisfy({ table[prefix + $0] != nil || table[$0] != nil }) else { return nil }
      return table.translated(by: patterns, dropping: prefix, change)
    }
  }
}
