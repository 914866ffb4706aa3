package import Archives
internal import Foundation

/// The rows of a manifest: where pictures are, and what is known of them.
package struct Manifest: Sendable {
  /// One picture.
  package struct Row: Sendable, Hashable {
    /// The line it stands on, counted from 1.
    package let line: Int
    /// The file's path as it is written, spaces around it removed.
    package let path: String
    /// The class; empty where the row names none.
    package let label: String
    /// The split; nil where the row names none.
    package let split: Split?
    /// The group; nil where the row names none.
    package let group: String?
  }

  /// The rows in their order.
  package private(set) var rows: [Row] = []
  /// Whether the manifest has a column of splits.
  package private(set) var hasSplits = false

  /// Reads the text of a manifest.
  ///
  /// - Parameter preferred: the separator where the first line doesn't tell.
  /// - Throws: ``LineProblem``, with the first line that cannot be read.
  package init(
    _ bytes: UnsafeRawBufferPointer, preferred: UInt8 = UInt8(ascii: ",")
  ) throws(LineProblem) {
    guard !bytes.starts(with: [0xFF, 0xFE]), !bytes.starts(with: [0xFE, 0xFF]) else {
      throw LineProblem(line: 1, detail: "the file is in UTF-16; save it as UTF-8")
    }
    var text = DelimitedText(bytes, preferred: preferred)
    guard let first = try text.next() else {
      throw LineProblem(line: 1, detail: "the file is empty; list pictures as path,label")
    }
    let columns = try ManifestColumns(first)
    hasSplits = columns.split != nil
    if !columns.hasHeader { rows.append(try Self.row(first, columns)) }
    let needed = max(columns.path, columns.label ?? 0, columns.split ?? 0, columns.group ?? 0) + 1
    while let record = try text.next() {
      guard record.fields.count >= needed else {
        throw LineProblem(
          line: record.line,
          detail: "it has \(record.fields.count) fields where \(first.fields.count) are expected")
      }
      rows.append(try Self.row(record, columns))
    }
  }

  private static func row(
    _ record: DelimitedText.Record, _ columns: ManifestColumns
  ) throws(LineProblem) -> Row {
    func field(_ column: Int?) -> String {
      column.map { record.fields[$0].trimmingCharacters(in: .whitespaces) } ?? ""
    }
    let path = field(columns.path)
    guard !path.isEmpty else {
      throw LineProblem(line: record.line, detail: "its path is empty")
    }
    let splitName = field(columns.split)
    let split = Split(folderName: splitName)
    guard splitName.isEmpty || split != nil else {
      throw LineProblem(
        line: record.line,
        detail: "the split '\(splitName.prefix(40))' is none of train, val and test")
    }
    let group = field(columns.group)
    return Row(
      line: record.line, path: path, label: field(columns.label), split: split,
      group: group.isEmpty ? nil : group)
  }
}
