/// The shape of one sample's activation, without the batch axis.
///
/// A feature map is `[height, width, channels]` (NHWC without N), a sequence of tokens
/// `[tokens, channels]`, a vector such as pooled features or logits `[channels]`; operators on arrays
/// may have any other number of axes. Channels are the innermost axis; what lies before them are
/// pixels, whatever they stand for.
public struct SampleShape: Hashable, Sendable, CustomStringConvertible {
  /// The axes, outermost first.
  public let dimensions: [Int]
  /// The product of all axes but the last two: rows of a feature map; 1 for tokens and vectors.
  public let height: Int
  /// The axis before the last: columns of a feature map, the number of tokens; 1 for a vector.
  public let width: Int
  /// The innermost axis.
  public let channels: Int

  /// A feature map `[height, width, channels]`.
  public init(height: Int, width: Int, channels: Int) {
    self.init(axes: [height, width, channels])
  }

  /// A sequence `[tokens, channels]`.
  public init(tokens: Int, channels: Int) { self.init(axes: [tokens, channels]) }

  /// A vector `[channels]`.
  public init(vector channels: Int) { self.init(axes: [channels]) }

  /// The shape with these axes; nil for none or an empty axis.
  public init?(dimensions: [Int]) {
    guard !dimensions.isEmpty, dimensions.allSatisfy({ $0 > 0 }) else { return nil }
    self.init(axes: dimensions)
  }

  /// The shape with these axes.
  ///
  /// - Precondition: at least one axis, none empty.
  package init(axes: [Int]) {
    precondition(
      !axes.isEmpty && axes.allSatisfy { $0 > 0 }, "SampleShape: \(axes) has an empty axis")
    dimensions = axes
    channels = axes[axes.count - 1]
    width = axes.count > 1 ? axes[axes.count - 2] : 1
    height = axes.dropLast(2).reduce(1, *)
  }

  /// True for a feature map, a shape of three axes.
  public var isMap: Bool { dimensions.count == 3 }

  /// Numbers in one sample.
  public var count: Int { height * width * channels }

  /// Pixels (or tokens) in one sample.
  public var pixels: Int { height * width }

  /// The same pixels with another number of channels.
  package func with(channels: Int) -> SampleShape {
    SampleShape(axes: dimensions.dropLast() + [channels])
  }

  /// The check of an operator whose parameters are for this number of channels.
  package func mustHave(channels wanted: Int) throws(ShapeMismatch) {
    guard channels == wanted else { throw ShapeMismatch("it needs \(wanted) channels") }
  }

  /// The axes as text, such as `[56, 56, 64]`.
  public var description: String { "\(dimensions)" }

  /// Whether the rows of a batch of this shape, `[n, …]`, are samples of this one.
  package func isShape(ofRowsOf batch: [Int]) -> Bool {
    batch.dropFirst().elementsEqual(dimensions)
  }
}
