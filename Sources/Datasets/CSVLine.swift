/// How a line of a CSV table is written, in one place for all tables.
package enum CSVLine {
  /// Fields joined by commas, with a line's end.
  package static func text(_ fields: some Sequence<String>) -> String {
    fields.map(field).joined(separator: ",") + "\n"
  }

  /// A field as RFC 4180 writes it: in quotes where it holds a comma, a quote or a line's end, or
  /// spaces at an end that would be lost.
  static func field(_ text: String) -> String {
    let needsQuotes =
      text.contains { $0 == "," || $0 == "\"" || $0.isNewline }
      || text.first?.isWhitespace == true || text.last?.isWhitespace == true
    guard needsQuotes else { return text }
    let parts = text.split(separator: "\"", omittingEmptySubsequences: false)
    return "\"" + parts.joined(separator: "\"\"") + "\""
  }
}
