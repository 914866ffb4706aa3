internal import Foundation

/// Names of files in the way of shells and WebDataset: `train-{000000..000009}.tar`, `{train,val}.tar`.
enum BracePattern {
  /// More names than any data set has shards.
  private static let limit = 100_000

  /// The names that a pattern stands for, in its order; nil where it has no braces, or none that can
  /// be expanded to at most 100,000 names.
  static func names(_ pattern: String) -> [String]? {
    guard pattern.contains("{") else { return nil }
    return expand(pattern[...])
  }

  private static func expand(_ pattern: Substring) -> [String]? {
    guard let open = pattern.firstIndex(of: "{") else { return [String(pattern)] }
    guard let close = pattern[open...].firstIndex(of: "}"),
      let middles = alternatives(pattern[pattern.index(after: open)..<close]),
      let tails = expand(pattern[pattern.index(after: close)...]),
      middles.count <= limit / tails.count
    else { return nil }
    return middles.flatMap { middle in tails.map { pattern[..<open] + middle + $0 } }
  }

  /// What stands between braces: a range of numbers, padded as its first one is, or a list.
  private static func alternatives(_ text: Substring) -> [String]? {
    if let dots = text.range(of: "..") {
      let (first, last) = (text[..<dots.lowerBound], text[dots.upperBound...])
      guard let low = number(first), let high = number(last), low <= high, high - low < limit
      else { return nil }
      return (low...high).map { value in
        let digits = String(value)
        return String(repeating: "0", count: max(0, first.count - digits.count)) + digits
      }
    }
    let list = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    return list.count > 1 ? list : nil
  }

  private static func number(_ text: Substring) -> Int? {
    guard text.count <= 9, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return Int(text)
  }
}
