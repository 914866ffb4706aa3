public import Foundation

/// The class of each row of a table: numbers, and what they are called.
public struct LabelColumn: Sendable, Equatable {
  /// The class of each row, an index in `names`.
  public let indices: [Int]
  /// The classes: names where the file has them, else the labels as text.
  public let names: [String]
  /// Whether the names are names, and not numbers as text.
  public let isNamed: Bool

  /// Number of rows.
  public var count: Int { indices.count }

  /// Integers, any of them; named by position where all are positions in `names`.
  init(integers: [Int], names: [String]?) {
    if let names, integers.allSatisfy({ names.indices.contains($0) }) {
      indices = integers
      self.names = names
      isNamed = true
      return
    }
    let present = Set(integers).sorted()
    let place = Dictionary(uniqueKeysWithValues: present.enumerated().map { ($1, $0) })
    indices = integers.compactMap { place[$0] }
    self.names = present.map(String.init)
    isNamed = false
  }

  /// Words, numbered in their order.
  init(words: [String]) {
    let present = Set(words).sorted()
    let place = Dictionary(uniqueKeysWithValues: present.enumerated().map { ($1, $0) })
    indices = words.compactMap { place[$0] }
    names = present
    isNamed = true
  }

  /// Labels as NumPy holds them.
  ///
  /// - Throws: `.unsupported` where they are fractional numbers or not one axis.
  init(_ array: NumPyArray, names: [String]?) throws(CheckpointError.Problem) {
    guard array.shape.count == 1 else {
      throw .unsupported("'labels' has the shape \(array.shape), but must be one axis")
    }
    if let integers = array.integers {
      self.init(integers: integers, names: names)
    } else if let words = array.strings {
      self.init(words: words)
    } else {
      throw .unsupported("'labels' must hold integers or text")
    }
  }

  /// Reads a file of labels: a NumPy array, a text with a label on each line, or a CSV or TSV table with
  /// a column `label`, `labels` or `class`, or with one column only.
  ///
  /// Labels that are all whole numbers are numbers, else they are words. An empty line at the end is
  /// passed over.
  /// - Throws: ``CheckpointError`` naming the file and the line.
  public static func read(_ file: URL) throws(CheckpointError) -> LabelColumn {
    try FileMapping.parsing(file) { (bytes) throws(CheckpointError.Problem) in
      try parse(bytes)
    }
  }

  /// Reads the bytes of a file of labels.
  package static func parse(
    _ bytes: UnsafeRawBufferPointer
  ) throws(CheckpointError.Problem) -> LabelColumn {
    guard !bytes.isEmpty else { throw .truncated("it is empty") }
    if bytes.starts(with: NumPyHeader.magic) {
      return try LabelColumn(try NumPyFile.parse(bytes), names: nil)
    }
    let table = try DelimitedTable(bytes)
    return LabelColumn(text: try table.column(["label", "labels", "class"], "labels"))
  }

  /// Numbers where all are, else words.
  private init(text: [String]) {
    let integers = text.compactMap { Int($0) }
    if integers.count == text.count {
      self.init(integers: integers, names: nil)
    } else {
      self.init(words: text)
    }
  }
}
