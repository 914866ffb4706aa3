public import Networks

/// What a person says of a model in place of a card, or instead of what its card says: the flags
/// `--arch`, `--image-size`, `--mean` and their kin.
public struct CardDetails: Codable, Sendable, Hashable {
  /// The id of a ``Networks/Architecture``.
  public var architecture: String?
  /// Side of the square input in pixels.
  public var imageSize: Int?
  /// Mean of each channel in units of 0…1, in the channels' order.
  public var mean: [Double]?
  /// Standard deviation of each channel in units of 0…1, in the channels' order.
  public var standardDeviation: [Double]?
  /// The part of the resized shorter side that the central crop keeps, in (0, 1].
  public var cropPercent: Double?
  /// How a photograph becomes a square.
  public var resize: InputSpecification.Resize?
  /// The filter used when resizing.
  public var interpolation: InputSpecification.Interpolation?
  /// The order of the channels.
  public var channelOrder: InputSpecification.ChannelOrder?
  /// The node of a graph from a file (ONNX) whose output is the embedding.
  public var featureNode: String?
  /// The number of classes of the head; 0 for none.
  public var classCount: Int?
  /// The names of the classes in the head's order.
  public var classNames: [String]?

  /// Nothing is said.
  public init() {}

  /// All that a card says of how to use a model.
  public init(_ card: ModelCard) {
    architecture = card.architecture
    imageSize = card.input.imageSize
    mean = card.input.mean
    standardDeviation = card.input.standardDeviation
    cropPercent = card.input.cropPercent
    resize = card.input.resize
    interpolation = card.input.interpolation
    channelOrder = card.input.channelOrder
    featureNode = card.featureNode
    classCount = card.classCount
    classNames = card.classNames
  }

  /// Whether nothing is said.
  public var isEmpty: Bool { self == CardDetails() }

  /// Whether anything but the architecture is said.
  public var isMoreThanAnArchitecture: Bool {
    var rest = self
    rest.architecture = nil
    return !rest.isEmpty
  }

  /// A card with what is said in the place of what it said.
  public func applied(to card: ModelCard) -> ModelCard {
    var result = card
    result.architecture = architecture ?? card.architecture
    result.input = applied(to: card.input)
    result.featureNode = featureNode ?? card.featureNode
    if let count = classCount ?? classNames?.count, count != card.classCount {
      result.classCount = count
      result.classNames = nil
    }
    result.classNames = classNames ?? result.classNames
    return result
  }

  /// What a network expects of an image, with what is said in place of it.
  ///
  /// The order of the channels is that in which mean and standard deviation are meant too: where it
  /// alone is changed, both are turned round with it.
  public func applied(to input: InputSpecification) -> InputSpecification {
    var result = input
    if let channelOrder, channelOrder != input.channelOrder {
      result.channelOrder = channelOrder
      result.mean.reverse()
      result.standardDeviation.reverse()
    }
    result.imageSize = imageSize ?? result.imageSize
    result.mean = mean ?? result.mean
    result.standardDeviation = standardDeviation ?? result.standardDeviation
    result.cropPercent = cropPercent ?? result.cropPercent
    result.resize = resize ?? result.resize
    result.interpolation = interpolation ?? result.interpolation
    return result
  }
}
