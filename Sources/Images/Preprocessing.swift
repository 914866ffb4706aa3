/// What a network expects of a picture, and how a picture is made into it.
///
/// The fields are those of timm's `pretrained_cfg`. Evaluation follows timm's transforms on
/// torchvision: the shorter side is scaled to ⌊imageSize / cropPercent⌋ and the centre is cut out
/// (`crop`), or both sides are scaled to that, whatever the aspect (`squash`), or the longer side is,
/// with a border of the mean's colour (`border`); then y = (x / 255 − mean) / standardDeviation.
public struct Preprocessing: Codable, Sendable, Hashable {
  /// How a picture of any aspect becomes a square.
  public enum Resize: String, Codable, Sendable, Hashable {
    /// Keeps the aspect and cuts the centre out.
    case crop
    /// Scales both sides to the same length.
    case squash
    /// Keeps the aspect and the whole picture, and fills up with the mean's colour.
    case border
  }

  /// The order of the channels that the network sees.
  public enum ChannelOrder: String, Codable, Sendable, Hashable {
    /// Red first.
    case rgb
    /// Blue first, as networks from Caffe expect.
    case bgr
  }

  /// Pixels of a side of the square that enters the network.
  public var imageSize: Int
  /// Subtracted from each channel, units of 0…1, in the order that the network sees.
  public var mean: [Double]
  /// Divides each channel, units of 0…1, in the order that the network sees.
  public var standardDeviation: [Double]
  /// The part of the scaled picture's shorter side that is kept, in (0, 1].
  public var cropPercent: Double
  /// How any aspect becomes a square.
  public var resize: Resize
  /// The kernel of the resize.
  public var filter: ResizeFilter
  /// The order of the channels that the network sees.
  public var channelOrder: ChannelOrder

  /// Means of ImageNet's channels (R, G, B), units of 0…1.
  public static let imageNetMean = [0.485, 0.456, 0.406]
  /// Standard deviations of ImageNet's channels (R, G, B), units of 0…1.
  public static let imageNetStandardDeviation = [0.229, 0.224, 0.225]

  /// Preprocessing from its parts; the defaults are those of ImageNet networks in timm.
  public init(
    imageSize: Int = 224,
    mean: [Double] = Preprocessing.imageNetMean,
    standardDeviation: [Double] = Preprocessing.imageNetStandardDeviation,
    cropPercent: Double = 0.875,
    resize: Resize = .crop,
    filter: ResizeFilter = .bicubic,
    channelOrder: ChannelOrder = .rgb
  ) {
    precondition(imageSize > 0, "Preprocessing: imageSize \(imageSize)")
    precondition(
      mean.count == 3 && standardDeviation.count == 3 && standardDeviation.allSatisfy { $0 > 0 },
      "Preprocessing: mean \(mean) and standard deviation \(standardDeviation) of three channels")
    self.imageSize = imageSize
    self.mean = mean
    self.standardDeviation = standardDeviation
    self.cropPercent = cropPercent
    self.resize = resize
    self.filter = filter
    self.channelOrder = channelOrder
  }

  /// The side that the picture is scaled to before the centre is cut out: ⌊imageSize / cropPercent⌋.
  public var scaledSize: Int {
    guard cropPercent > 0, cropPercent <= 1 else { return imageSize }
    return Int((Double(imageSize) / cropPercent).rounded(.down))
  }

  /// The shorter side that decoding must keep, 5/4 of what the resize makes of it, rounded up.
  public var decodingSize: Int { (5 * scaledSize + 3) / 4 }

  /// The square 8-bit picture for evaluation, imageSize × imageSize, before normalisation.
  public func rendered(_ image: Image) -> Image {
    let scaled = scaledSize
    if resize == .border { return bordered(image) }
    let (width, height) =
      resize == .squash ? (scaled, scaled) : Self.size(of: image, shorterSide: scaled)
    let window = PixelRectangle(
      x: Self.centred(imageSize, in: width), y: Self.centred(imageSize, in: height),
      width: imageSize, height: imageSize)
    return image.resized(width: width, height: height, filter: filter, window: window)
  }

  /// The square 8-bit picture for training: a crop scaled to imageSize × imageSize, then mirrored.
  public func rendered(_ image: Image, crop: AugmentedCrop) -> Image {
    var cut = image.resized(
      width: imageSize, height: imageSize, filter: filter, source: crop.rectangle)
    if crop.isMirrored { cut = cut.mirrored() }
    return crop.isFlipped ? cut.flipped() : cut
  }

  /// The picture scaled until its shorter side is `side`; itself where it is.
  func scaled(_ image: Image, shorterSide side: Int) -> Image {
    let (width, height) = Self.size(of: image, shorterSide: side)
    guard (width, height) != (image.width, image.height) else { return image }
    return image.resized(width: width, height: height, filter: filter)
  }

  /// The colour of the mean: Python's min(255, round(255 · mean)), red first.
  package var meanColour: Colour {
    let levels = (channelOrder == .rgb ? mean : mean.reversed()).map {
      UInt8(max(0, min(255, (255 * $0).rounded(.toNearestOrEven))))
    }
    return Colour(red: levels[0], green: levels[1], blue: levels[2])
  }

  // timm's ResizeKeepRatio(longest=1) and CenterCropOrPad.
  private func bordered(_ image: Image) -> Image {
    let longest = Double(max(image.width, image.height)) / Double(scaledSize)
    func scaled(_ side: Int) -> Int {
      max(1, Int((Double(side) / longest).rounded(.toNearestOrEven)))
    }
    let whole = image.resized(
      width: scaled(image.width), height: scaled(image.height), filter: filter)
    // What is too small is padded, the odd pixel at the end; what is too large is cut.
    func start(_ side: Int) -> Int {
      side < imageSize ? -((imageSize - side) / 2) : Self.centred(imageSize, in: side)
    }
    return whole.window(
      x: start(whole.width), y: start(whole.height), width: imageSize, height: imageSize,
      fill: meanColour)
  }

  // torchvision: int(size · long / short).
  private static func size(of image: Image, shorterSide side: Int) -> (width: Int, height: Int) {
    image.width <= image.height
      ? (side, side * image.height / image.width) : (side * image.width / image.height, side)
  }

  /// Where a crop begins: Python's round((outer − inner) / 2), which rounds halves to even.
  static func centred(_ inner: Int, in outer: Int) -> Int {
    Int((Double(outer - inner) / 2).rounded(.toNearestOrEven))
  }

  /// The arithmetic of the normalisation.
  public var normalisation: Normalisation { Normalisation(self) }
}

/// (x / 255 − mean) / standardDeviation in Float32, as a table of the 256 levels of each channel.
public struct Normalisation: Sendable {
  // 3 × 256, in the order that the network sees.
  private let table: [Float]
  private let swapsChannels: Bool

  init(_ preprocessing: Preprocessing) {
    table = (0..<3).flatMap { channel in
      let mean = Float(preprocessing.mean[channel])
      let deviation = Float(preprocessing.standardDeviation[channel])
      return (0..<256).map { (Float($0) / 255 - mean) / deviation }
    }
    swapsChannels = preprocessing.channelOrder == .bgr
  }

  /// Writes a picture as height × width × 3 floats; `target` must hold at least that many.
  public func write(_ image: Image, to target: UnsafeMutableBufferPointer<Float>) {
    precondition(
      target.count >= image.pixels.count,
      "Normalisation: \(target.count) floats for \(image.width) × \(image.height) × 3")
    let red = swapsChannels ? 2 : 0
    table.withUnsafeBufferPointer { table in
      image.pixels.withUnsafeBufferPointer { source in
        var i = 0
        while i < source.count {
          target[i + red] = table[256 * red + Int(source[i])]
          target[i + 1] = table[256 + Int(source[i + 1])]
          target[i + 2 - red] = table[256 * (2 - red) + Int(source[i + 2])]
          i += 3
        }
      }
    }
  }
}
