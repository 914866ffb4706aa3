/// What is wrong with a line of text.
package struct LineProblem: Error, Sendable, Hashable {
  /// The line, counted from 1.
  package let line: Int
  /// What is wrong and what to do, without a full stop.
  package let detail: String

  /// A problem from its parts.
  package init(line: Int, detail: String) {
    self.line = line
    self.detail = detail
  }
}

/// Records of UTF-8 text whose fields stand between separators, one record a line.
///
/// A field in quotes may hold separators, line ends and, doubled, quotes; a quote inside a field that
/// does not begin with one is an ordinary character. Lines end with LF, CR LF or CR; empty ones are
/// passed over; a byte order mark is too.
///
/// - Reference: RFC 4180.
package struct DelimitedText {
  /// The fields of one record.
  package struct Record: Sendable, Hashable {
    /// The line that it begins on, counted from 1.
    package let line: Int
    /// Its fields, without quotes, otherwise as they are.
    package let fields: [String]
  }

  /// The longest record, in bytes: nobody's path, class and group take more.
  package static let longestRecord = 1 << 20
  private static let quote = UInt8(ascii: "\"")

  private let bytes: UnsafeRawBufferPointer
  private let separator: UInt8
  private var position = 0
  private var line = 1

  /// Reads text with a given separator, or with the one that the first line suggests: of tab, comma,
  /// semicolon and bar the most frequent outside quotes, `preferred` where they are equal.
  ///
  /// The bytes must outlive the value.
  package init(_ bytes: UnsafeRawBufferPointer, preferred: UInt8 = UInt8(ascii: ",")) {
    self.bytes = bytes
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    var counts: [UInt8: Int] = [:]
    var isQuoted = false
    let start = bytes[position...].drop { $0 == 0x0A || $0 == 0x0D }
    for byte in start.prefix(Self.longestRecord) {
      if byte == Self.quote { isQuoted.toggle() }
      if !isQuoted, byte == 0x0A || byte == 0x0D { break }
      if !isQuoted { counts[byte, default: 0] += 1 }
    }
    let candidates = [preferred] + "\t,;|".utf8.filter { $0 != preferred }
    var best = preferred
    for candidate in candidates where counts[candidate, default: 0] > counts[best, default: 0] {
      best = candidate
    }
    separator = best
  }

  /// The next record, or nil at the end.
  ///
  /// - Throws: ``LineProblem`` for a record that is too long, is not UTF-8, or has a quote that is
  ///   not closed or is followed by more text.
  package mutating func next() throws(LineProblem) -> Record? {
    skipEmptyLines()
    guard position < bytes.count else { return nil }
    let first = line
    let start = position
    var fields: [String] = []
    while true {
      fields.append(try field(recordStart: start, line: first))
      guard position < bytes.count, bytes[position] == separator else { break }
      position += 1
    }
    endLine()
    return Record(line: first, fields: fields)
  }

  private mutating func field(recordStart: Int, line first: Int) throws(LineProblem) -> String {
    var content: [UInt8] = []
    let limit = min(bytes.count, recordStart + Self.longestRecord)
    func check() throws(LineProblem) {
      guard position < limit || limit == bytes.count else {
        throw LineProblem(
          line: first,
          detail: "it is longer than \(Self.longestRecord) bytes; a quote may be missing")
      }
    }
    if position < bytes.count, bytes[position] == Self.quote {
      position += 1
      while true {
        try check()
        guard position < bytes.count else {
          throw LineProblem(line: first, detail: "a quote is opened and not closed")
        }
        let byte = bytes[position]
        position += 1
        if byte == Self.quote {
          guard position < bytes.count, bytes[position] == Self.quote else { break }
          position += 1
        } else if byte == 0x0A
          || byte == 0x0D && !(position < bytes.count && bytes[position] == 0x0A)
        {
          line += 1
        }
        content.append(byte)
      }
      guard position == bytes.count || isEnd(bytes[position]) else {
        throw LineProblem(line: first, detail: "text follows a closing quote; double quotes inside")
      }
    } else {
      let start = position
      while position < limit, !isEnd(bytes[position]) { position += 1 }
      try check()
      content = Array(bytes[start..<position])
    }
    guard !content.contains(0), let text = String(validating: content, as: UTF8.self) else {
      throw LineProblem(line: first, detail: "it is not text in UTF-8; save the file as UTF-8")
    }
    return text
  }

  private func isEnd(_ byte: UInt8) -> Bool {
    byte == separator || byte == 0x0A || byte == 0x0D
  }

  private mutating func skipEmptyLines() {
    while position < bytes.count, bytes[position] == 0x0A || bytes[position] == 0x0D { endLine() }
  }

  /// Passes over one end of a line.
  private mutating func endLine() {
    guard position < bytes.count else { return }
    if bytes[position] == 0x0D, position + 1 < bytes.count, bytes[position + 1] == 0x0A {
      position += 1
    }
    position += 1
    line += 1
  }
}
