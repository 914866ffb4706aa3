/// A small table as text: cells by comma, semicolon or tab, quoted where they hold one.
///
/// The separator is the one of the three that the first line has most of; a text without any has one
/// column. Quotes follow RFC 4180, within one line.
package struct DelimitedText {
  /// The cells of each line that is not empty, with its number (from 1).
  package let lines: [(number: Int, cells: [String])]

  /// Cuts a text.
  ///
  /// - Throws: `.malformed` naming the line whose quotes don't close.
  package init(_ text: String) throws(CheckpointError.Problem) {
    var lines: [(number: Int, cells: [String])] = []
    var separator: Character?
    for (index, line) in text.split(
      omittingEmptySubsequences: false, whereSeparator: \.isNewline
    ).enumerated() {
      // A byte order mark, as spreadsheets write it.
      let line = index == 0 && line.first == "\u{FEFF}" ? line.dropFirst() : line
      if line.allSatisfy(\.isWhitespace) { continue }
      if lines.isEmpty {
        let counts = [",", ";", "\t"].map { (mark: Character) in (line.count { $0 == mark }, mark) }
        let most = counts.max { $0.0 < $1.0 }
        separator = most.flatMap { $0.0 > 0 ? $0.1 : nil }
      }
      lines.append((index + 1, try Self.cells(line, separator, number: index + 1)))
    }
    self.lines = lines
  }

  /// The cells of the column with one of these titles, or of the only column, without its title.
  ///
  /// - Throws: `.unsupported` naming what is missing, or the line that lacks the cell.
  package func column(
    _ titles: [String], _ what: String
  ) throws(CheckpointError.Problem) -> [String] {
    guard let first = lines.first else { throw .unsupported("it holds no \(what)") }
    let found = first.cells.firstIndex { titles.contains($0.lowercased()) }
    guard let place = found ?? (first.cells.count == 1 ? 0 : nil) else {
      throw .unsupported(
        "its first line has no column '\(titles[0])'; it has \(first.cells.joined(separator: ", "))"
      )
    }
    var cells: [String] = []
    for (number, line) in found == nil ? lines[...] : lines.dropFirst() {
      guard place < line.count, !line[place].isEmpty else {
        throw .unsupported("line \(number) has no \(titles[0])")
      }
      cells.append(line[place])
    }
    guard !cells.isEmpty else { throw .unsupported("it holds no \(what)") }
    return cells
  }

  private static func cells(
    _ line: Substring, _ separator: Character?, number: Int
  ) throws(CheckpointError.Problem) -> [String] {
    var cells: [String] = []
    var cell = ""
    var isQuoted = false
    var wasQuoted = false
    var previous: Character?
    for character in line {
      if character == "\"" {
        // Two quotes inside a quoted cell are one.
        if !isQuoted, wasQuoted, previous == "\"" { cell.append("\"") }
        isQuoted.toggle()
        wasQuoted = true
      } else if character == separator, !isQuoted {
        cells.append(trimmed(cell))
        (cell, wasQuoted) = ("", false)
      } else {
        cell.append(character)
      }
      previous = character
    }
    guard !isQuoted else { throw .malformed("the quotes of line \(number) don't close") }
    return cells + [trimmed(cell)]
  }

  private static func trimmed(_ cell: String) -> String {
    String(cell.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
  }
}
