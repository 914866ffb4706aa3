/// Counts the messages of an ONNX file before they are made.
///
/// An empty message takes two bytes in the file and a hundred times as many in memory; a file that holds
/// more of them than a network has use for is refused. Nothing is kept: only lengths are read.
struct ONNXMessageCount {
  /// Messages that a file may hold, whatever its length.
  static let limit = 1_000_000

  private var count = 0

  /// Checks that the messages of a file nest rightly as far as they hold others, and are not too many.
  static func check(_ bytes: UnsafeRawBufferPointer) throws(CheckpointError.Problem) {
    var counter = ONNXMessageCount()
    try counter.walk(bytes, ONNXMessageCount.model, depth: 0)
  }

  /// Which fields of a message are messages, and what they hold.
  private final class Layout: Sendable {
    let fields: [UInt64: Layout]
    let isGraph: Bool
    init(_ fields: [UInt64: Layout] = [:], isGraph: Bool = false) {
      self.fields = fields
      self.isGraph = isGraph
    }
  }

  private static let leaf = Layout()
  private static let tensor = Layout([13: leaf])
  /// A graph inside an attribute is counted as a whole: its fields are those of ``graph``.
  private static let attribute = Layout([5: tensor, 6: Layout(isGraph: true)])
  private static let node = Layout([5: attribute])
  private static let shape = Layout([1: Layout([2: Layout([1: leaf])])])
  private static let value = Layout([2: shape])
  private static let graph = Layout([1: node, 5: tensor, 11: value, 12: value, 13: value])
  private static let function = Layout([7: node, 9: leaf, 11: attribute])
  private static let model = Layout([7: graph, 8: leaf, 14: leaf, 25: function])

  private mutating func walk(
    _ bytes: UnsafeRawBufferPointer, _ layout: Layout, depth: Int
  ) throws(CheckpointError.Problem) {
    let layout = layout.isGraph ? ONNXMessageCount.graph : layout
    guard depth <= 32 else { throw .malformed("its messages are nested too deeply") }
    var place = 0
    func number() throws(CheckpointError.Problem) -> UInt64 {
      var (result, shift) = (0 as UInt64, 0 as UInt64)
      while place < bytes.count {
        let byte = bytes[place]
        place += 1
        guard shift < 64 else { throw .malformed("it is no ONNX model: a number is too long") }
        result |= UInt64(byte & 0x7F) << shift
        if byte < 0x80 { return result }
        shift += 7
      }
      throw .truncated("it ends inside a number")
    }
    func skip(_ length: Int) throws(CheckpointError.Problem) {
      guard length <= bytes.count - place else { throw .truncated("it ends inside a message") }
      place += length
    }
    while place < bytes.count {
      let tag = try number()
      switch tag & 7 {
      case 0: _ = try number()
      case 1: try skip(8)
      case 5: try skip(4)
      case 2:
        guard let length = Int(exactly: try number()) else {
          throw .malformed("it is no ONNX model: a length is impossible")
        }
        let start = place
        try skip(length)
        guard let inner = layout.fields[tag >> 3] else { continue }
        count += 1
        guard count <= ONNXMessageCount.limit else {
          throw .malformed("it holds more messages than a network has use for")
        }
        if inner !== ONNXMessageCount.leaf {
          try walk(UnsafeRawBufferPointer(rebasing: bytes[start..<place]), inner, depth: depth + 1)
        }
      default: throw .malformed("it is no ONNX model: a field has an unknown form")
      }
    }
  }
}
