/// The shape of one sample's activation, without the batch axis.
///
/// A feature map is `[height, width, channels]` (NHWC without N); a vector, such as pooled features
/// or logits, is `[channels]` and has height and width 1.
public struct SampleShape: Hashable, Sendable, CustomStringConvertible {
  /// Rows of the feature map; 1 for a vector.
  public let height: Int
  /// Columns of the feature map; 1 for a vector.
  public let width: Int
  /// Channels, the innermost axis.
  public let channels: Int
  /// True for a shape of one axis.
  public let isVector: Bool

  /// A feature map `[height, width, channels]`.
  public init(height: Int, width: Int, channels: Int) {
    precondition(
      height > 0 && width > 0 && channels > 0,
      "SampleShape: [\(height), \(width), \(channels)] has an empty axis")
    self.height = height
    self.width = width
    self.channels = channels
    self.isVector = false
  }

  /// A vector `[channels]`.
  public init(vector channels: Int) {
    precondition(channels > 0, "SampleShape: [\(channels)] has an empty axis")
    self.height = 1
    self.width = 1
    self.channels = channels
    self.isVector = true
  }

  /// The shape with these axes: `[H, W, C]` or `[C]`; nil for any other number of axes or an empty
  /// axis.
  public init?(dimensions: [Int]) {
    guard dimensions.allSatisfy({ $0 > 0 }) else { return nil }
    switch dimensions.count {
    case 1: self.init(vector: dimensions[0])
    case 3: self.init(height: dimensions[0], width: dimensions[1], channels: dimensions[2])
    default: return nil
    }
  }

  /// The axes: `[H, W, C]` or `[C]`.
  public var dimensions: [Int] { isVector ? [channels] : [height, width, channels] }

  /// Numbers in one sample.
  public var count: Int { height * width * channels }

  /// Pixels in one sample.
  public var pixels: Int { height * width }

  /// The axes as text, such as `[56, 56, 64]`.
  public var description: String { "\(dimensions)" }
}
