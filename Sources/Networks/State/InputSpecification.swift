/// What a network expects of an image: size, resizing, normalisation, channel order.
///
/// A photograph becomes the network's input by resizing (see ``Resize``), scaling to 0…1, then
/// `(value − mean) / standardDeviation` per channel, in ``channelOrder``.
public struct InputSpecification: Codable, Sendable, Hashable {
  /// How a photograph of any aspect ratio becomes a square.
  public enum Resize: String, Codable, Sendable, CaseIterable {
    /// Resize the shorter side to `imageSize / cropPercent`, then cut the central square.
    case crop
    /// Resize both sides to `imageSize / cropPercent`, whatever the aspect ratio, then cut the centre.
    case squash
    /// Resize the longer side to `imageSize / cropPercent`, fill up with the mean's colour, then cut
    /// the centre.
    case border
  }

  /// The filter used when resizing.
  public enum Interpolation: String, Codable, Sendable, CaseIterable {
    /// Triangle filter, antialiased.
    case bilinear
    /// Catmull-Rom cubic (a = −0.5), antialiased.
    case bicubic
  }

  /// The order of the three channels that the network was trained with.
  public enum ChannelOrder: String, Codable, Sendable, CaseIterable {
    /// Red first, as timm and torchvision do.
    case rgb
    /// Blue first, as Caffe did.
    case bgr
  }

  /// Side of the square input in pixels.
  public var imageSize: Int
  /// Mean per channel in units of 0…1, in `channelOrder`.
  public var mean: [Double]
  /// Standard deviation per channel in units of 0…1, in `channelOrder`.
  public var standardDeviation: [Double]
  /// The part of the resized shorter side that the central crop keeps, in (0, 1].
  public var cropPercent: Double
  /// How a photograph becomes a square.
  public var resize: Resize
  /// The filter used when resizing.
  public var interpolation: Interpolation
  /// The order of the channels.
  public var channelOrder: ChannelOrder

  /// The mean of ImageNet's training images, per RGB channel.
  public static let imageNetMean = [0.485, 0.456, 0.406]
  /// The standard deviation of ImageNet's training images, per RGB channel.
  public static let imageNetStandardDeviation = [0.229, 0.224, 0.225]

  /// A specification; the defaults are those most ImageNet networks share.
  public init(
    imageSize: Int, mean: [Double] = imageNetMean,
    standardDeviation: [Double] = imageNetStandardDeviation, cropPercent: Double = 0.875,
    resize: Resize = .crop, interpolation: Interpolation = .bicubic,
    channelOrder: ChannelOrder = .rgb
  ) {
    self.imageSize = imageSize
    self.mean = mean
    self.standardDeviation = standardDeviation
    self.cropPercent = cropPercent
    self.resize = resize
    self.interpolation = interpolation
    self.channelOrder = channelOrder
  }
}
