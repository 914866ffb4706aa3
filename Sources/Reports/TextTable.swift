/// A table for the terminal: columns as wide as their widest cell, numbers flush right.
public struct TextTable: Sendable {
  /// On which side a column's cells stand.
  public enum Alignment: Sendable {
    /// Flush left, for words.
    case left
    /// Flush right, for numbers.
    case right
  }

  private let titles: [String]
  private let alignments: [Alignment]
  private var rows: [[String]] = []

  /// Creates a table without rows.
  public init(_ columns: [(title: String, alignment: Alignment)]) {
    titles = columns.map(\.title)
    alignments = columns.map(\.alignment)
  }

  /// Adds a row.
  /// - Precondition: as many cells as columns.
  public mutating func add(_ cells: [String]) {
    precondition(cells.count == titles.count, "a row has \(titles.count) cells")
    rows.append(cells)
  }

  /// The table as lines, each ended by a line break, without trailing spaces.
  public var text: String {
    let widths = titles.indices.map { column in
      ([titles[column]] + rows.map { $0[column] }).map(\.count).max() ?? 0
    }
    func line(_ cells: [String]) -> String {
      let padded = cells.indices.map { column -> String in
        let space = String(repeating: " ", count: widths[column] - cells[column].count)
        return alignments[column] == .left ? cells[column] + space : space + cells[column]
      }
      var joined = padded.joined(separator: "  ")
      while joined.last == " " { joined.removeLast() }
      return joined + "\n"
    }
    let rule = widths.map { String(repeating: "─", count: $0) }
    return line(titles) + line(rule) + rows.map(line).joined()
  }
}
