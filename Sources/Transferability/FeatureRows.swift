public import Tensors

/// Rows of numbers that lie in memory or in files, read in runs and never all at once unless asked.
///
/// What reads a file's rows is a closure of the room that knows files; this room only says which.
public struct FeatureRows: Sendable {
  /// Reads rows, in Float32, into room for exactly as many.
  public typealias Reader =
    @Sendable (_ rows: Range<Int>, _ target: UnsafeMutableBufferPointer<Float>) throws -> Void

  /// Number of rows, N.
  public let count: Int
  /// Numbers in a row, D.
  public let width: Int
  private let parts: [Part]

  private struct Part: Sendable {
    /// The row of the whole that is this part's first.
    let start: Int
    let count: Int
    let content: Content
  }

  private enum Content: Sendable {
    case tensor(Tensor)
    case reader(Reader)
  }

  /// Rows in memory, shared and not copied.
  ///
  /// - Precondition: a shape of two axes.
  public init(_ tensor: Tensor) {
    precondition(tensor.shape.count == 2, "rows of features are [N, D], not \(tensor.shape)")
    count = tensor.rowCount
    width = tensor.rowLength
    parts = [Part(start: 0, count: count, content: .tensor(tensor))]
  }

  /// Rows that a closure reads.
  public init(count: Int, width: Int, read: @escaping Reader) {
    self.count = count
    self.width = width
    parts = [Part(start: 0, count: count, content: .reader(read))]
  }

  /// The rows of several tables, one after the other.
  ///
  /// - Precondition: at least one table; equal widths.
  public init(joining tables: [FeatureRows]) {
    precondition(Set(tables.map(\.width)).count == 1, "joined rows have one width")
    width = tables[0].width
    var start = 0
    var parts: [Part] = []
    for table in tables {
      for part in table.parts {
        parts.append(Part(start: start + part.start, count: part.count, content: part.content))
      }
      start += table.count
    }
    self.parts = parts
    count = start
  }

  /// Some of the rows, in the given order.
  ///
  /// - Precondition: the rows are there.
  public func selecting(_ rows: [Int]) -> FeatureRows {
    FeatureRows(count: rows.count, width: width) { range, target in
      for (place, row) in rows[range].enumerated() {
        try read(
          row..<(row + 1),
          into: UnsafeMutableBufferPointer(
            rebasing: target[(place * width)..<((place + 1) * width)]))
      }
    }
  }

  /// Copies rows.
  ///
  /// - Precondition: `target` holds exactly `rows.count · width` floats.
  /// - Throws: what the reader throws.
  public func read(_ rows: Range<Int>, into target: UnsafeMutableBufferPointer<Float>) throws {
    precondition(target.count == rows.count * width && rows.upperBound <= count)
    for part in parts {
      let low = max(rows.lowerBound, part.start)
      let high = min(rows.upperBound, part.start + part.count)
      guard low < high else { continue }
      let space = UnsafeMutableBufferPointer(
        rebasing: target[
          ((low - rows.lowerBound) * width)..<((high - rows.lowerBound) * width)])
      switch part.content {
      case .reader(let read): try read((low - part.start)..<(high - part.start), space)
      case .tensor(let tensor):
        tensor.withUnsafeBufferPointer { source in
          _ = space.update(
            fromContentsOf: source[((low - part.start) * width)..<((high - part.start) * width)])
        }
      }
    }
  }

  /// All rows in memory, [N, D]; not copied where they lie there in one piece.
  public func tensor() throws -> Tensor {
    if parts.count == 1, case .tensor(let tensor) = parts[0].content { return tensor }
    return try tensor(of: 0..<count)
  }

  /// Some rows in memory.
  public func tensor(of rows: Range<Int>) throws -> Tensor {
    let storage = FloatStorage(uninitializedCount: rows.count * width)
    try read(rows, into: storage.buffer)
    return Tensor(shape: [rows.count, width], storage: storage)
  }

  /// Hands over all rows in runs of at most `length`, in order.
  ///
  /// Memory: one run.
  /// - Throws: what the reader or the body throws.
  public func forEachRun(
    of length: Int, _ body: (Range<Int>, UnsafeBufferPointer<Float>) throws -> Void
  ) throws {
    precondition(length > 0)
    var buffer = Tensor(shape: [0, width])
    for part in parts {
      for start in stride(from: 0, to: part.count, by: length) {
        let rows = start..<min(start + length, part.count)
        let place = (part.start + rows.lowerBound)..<(part.start + rows.upperBound)
        switch part.content {
        case .tensor(let tensor):
          try tensor.withUnsafeBufferPointer { source in
            try body(
              place,
              UnsafeBufferPointer(
                rebasing: source[(rows.lowerBound * width)..<(rows.upperBound * width)]))
          }
        case .reader(let read):
          if buffer.rowCount < rows.count { buffer = Tensor(shape: [length, width]) }
          try buffer.withUnsafeMutableBufferPointer { target in
            let space = UnsafeMutableBufferPointer(rebasing: target[..<(rows.count * width)])
            try read(rows, space)
            try body(place, UnsafeBufferPointer(space))
          }
        }
      }
    }
  }

  /// The length of a run of about 8 MB.
  public var comfortableRun: Int { max(16, min(65_536, (2 << 20) / max(1, width))) }
}
