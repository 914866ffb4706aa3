/// A small table as text whose first line may name its columns.
package struct DelimitedTable {
  /// The rows, with the titles if there are any; spaces around fields removed.
  package let rows: [(line: Int, fields: [String])]

  /// Cuts a text; see ``DelimitedText``.
  ///
  /// - Throws: `.unsupported` naming the first line that cannot be read.
  package init(_ bytes: UnsafeRawBufferPointer) throws(FileError.Problem) {
    var text = DelimitedText(bytes)
    var rows: [(line: Int, fields: [String])] = []
    do throws(LineProblem) {
      while let record = try text.next() {
        let fields = record.fields.map(Self.trimmed)
        // A line of spaces is an empty one.
        if fields != [""] { rows.append((record.line, fields)) }
      }
    } catch {
      throw .unsupported("line \(error.line) cannot be read: \(error.detail)")
    }
    self.rows = rows
  }

  /// The fields of the column with one of these titles, or of the only column, without its title.
  ///
  /// - Parameters:
  ///   - titles: in lower case, the usual one first.
  ///   - what: what the column holds, in the plural.
  /// - Throws: `.unsupported` naming what is missing, or the line that lacks the field.
  package func column(
    _ titles: [String], _ what: String
  ) throws(FileError.Problem) -> [String] {
    guard let first = rows.first else { throw .unsupported("it holds no \(what)") }
    let found = first.fields.firstIndex { titles.contains($0.lowercased()) }
    guard let place = found ?? (first.fields.count == 1 ? 0 : nil) else {
      throw .unsupported(
        "its first line has no column '\(titles[0])'; it has"
          + " \(first.fields.joined(separator: ", "))")
    }
    var fields: [String] = []
    for (line, row) in found == nil ? rows[...] : rows.dropFirst() {
      guard place < row.count, !row[place].isEmpty else {
        throw .unsupported("line \(line) has no \(titles[0])")
      }
      fields.append(row[place])
    }
    guard !fields.isEmpty else { throw .unsupported("it holds no \(what)") }
    return fields
  }

  private static func trimmed(_ field: String) -> String {
    String(field.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
  }
}
