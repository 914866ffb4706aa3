internal import Foundation
internal import Tensors

/// The part of a picture that a training step looks at.
public struct AugmentedCrop: Sendable, Hashable {
  /// What is cut out of the picture before scaling.
  public var rectangle: PixelRectangle
  /// Whether it is then mirrored left to right.
  public var isMirrored: Bool
  /// Whether it is then mirrored top to bottom.
  public var isFlipped: Bool

  /// A crop from its parts.
  public init(rectangle: PixelRectangle, isMirrored: Bool, isFlipped: Bool = false) {
    self.rectangle = rectangle
    self.isMirrored = isMirrored
    self.isFlipped = isFlipped
  }
}

/// Random changes of training pictures, in this order: a crop, flips, RandAugment, colour jitter, and
/// on the normalised values random erasing; mixup and cutmix then mix whole batches.
///
/// What is drawn depends on (seed, epoch, sample) alone, not on threads or order.
///
/// - Reference: timm `transforms_imagenet_train` for the order; Szegedy et al., Going deeper with
///   convolutions, CVPR 2015, for the crop, whose semantics are torchvision's `RandomResizedCrop`.
public struct Augmentation: Codable, Sendable, Hashable {
  /// The share of the picture's area that a crop covers is uniform in this range, inside (0, 1].
  public var cropScale: ClosedRange<Double>
  /// The crop's width / height; its logarithm is uniform in this range.
  public var cropRatio: ClosedRange<Double>
  /// Probability that a picture is mirrored left to right.
  public var flipProbability: Double
  /// Probability that a picture is mirrored top to bottom.
  public var verticalFlipProbability: Double
  /// A window of a padded picture in place of the random-resized crop; nil for the latter.
  public var randomCrop: RandomCrop?
  /// Operations drawn from timm's list, or nil for none.
  public var randAugment: RandAugment?
  /// Changes of colours, or nil for none.
  ///
  /// timm leaves it out where RandAugment is on.
  public var colourJitter: ColourJitter?
  /// Rectangles of nothing or noise, or nil for none.
  public var randomErasing: RandomErasing?
  /// Pictures and labels mixed within a batch, or nil for not at all.
  public var mixup: Mixup?

  private enum CodingKeys: String, CodingKey, CaseIterable {
    case cropScale, cropRatio, flipProbability, verticalFlipProbability, randomCrop, randAugment
    case colourJitter, randomErasing, mixup
  }

  /// The names that a recipe may use.
  package static var keys: [String] { CodingKeys.allCases.map(\.stringValue) }

  /// ImageNet's usual crop: scale 0.08…1, ratio 3/4…4/3, half of the pictures mirrored.
  public static let standard = Augmentation()

  /// Augmentation from its parts.
  public init(
    cropScale: ClosedRange<Double> = 0.08...1,
    cropRatio: ClosedRange<Double> = 3.0 / 4...4.0 / 3,
    flipProbability: Double = 0.5, verticalFlipProbability: Double = 0,
    randomCrop: RandomCrop? = nil, randAugment: RandAugment? = nil,
    colourJitter: ColourJitter? = nil, randomErasing: RandomErasing? = nil, mixup: Mixup? = nil
  ) {
    self.cropScale = cropScale
    self.cropRatio = cropRatio
    self.flipProbability = flipProbability
    self.verticalFlipProbability = verticalFlipProbability
    self.randomCrop = randomCrop
    self.randAugment = randAugment
    self.colourJitter = colourJitter
    self.randomErasing = randomErasing
    self.mixup = mixup
    precondition(problem == nil, "Augmentation: \(problem ?? "")")
  }

  /// Reads an augmentation; parts that are absent, as in older recipes, are those that change nothing.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    cropScale = try container.decode(ClosedRange<Double>.self, forKey: .cropScale)
    cropRatio = try container.decode(ClosedRange<Double>.self, forKey: .cropRatio)
    flipProbability = try container.decode(Double.self, forKey: .flipProbability)
    verticalFlipProbability =
      try container.decodeIfPresent(Double.self, forKey: .verticalFlipProbability) ?? 0
    randomCrop = try container.decodeIfPresent(RandomCrop.self, forKey: .randomCrop)
    randAugment = try container.decodeIfPresent(RandAugment.self, forKey: .randAugment)
    colourJitter = try container.decodeIfPresent(ColourJitter.self, forKey: .colourJitter)
    randomErasing = try container.decodeIfPresent(RandomErasing.self, forKey: .randomErasing)
    mixup = try container.decodeIfPresent(Mixup.self, forKey: .mixup)
  }

  /// What is wrong with the values as one clause, or nil: for those who read them from a file.
  public var problem: String? {
    if !(cropScale.lowerBound > 0 && cropScale.upperBound <= 1 && cropRatio.lowerBound > 0
      && (0...1).contains(flipProbability) && (0...1).contains(verticalFlipProbability))
    {
      return "augmentation needs a cropScale in (0, 1], a positive cropRatio and probabilities of "
        + "flips in [0, 1]"
    }
    if let randomCrop, randomCrop.padding < 0 { return "randomCrop needs a padding of 0 or more" }
    return colourJitter?.problem ?? randomErasing?.problem ?? mixup?.problem
  }

  /// The square 8-bit picture of one sample in one epoch, before normalisation.
  ///
  /// - Parameter image: the sample's picture, of which `decodingSize` · 2 is enough.
  public func rendered(
    _ image: Image, by preprocessing: Preprocessing, seed: UInt64, epoch: Int, sample: String
  ) -> Image {
    let crop = crop(
      width: image.width, height: image.height, seed: seed, epoch: epoch, sample: sample)
    let side = preprocessing.imageSize
    var square: Image
    if let randomCrop {
      let scaled = preprocessing.scaled(image, shorterSide: side)
      let corner = randomCrop.corner(
        width: scaled.width, height: scaled.height, side: side, seed: seed, epoch: epoch,
        sample: sample)
      square = scaled.window(
        x: corner.x, y: corner.y, width: side, height: side, fill: randomCrop.fill)
      if crop.isMirrored { square = square.mirrored() }
      if crop.isFlipped { square = square.flipped() }
    } else {
      square = preprocessing.rendered(image, crop: crop)
    }
    if let randAugment {
      square = randAugment.apply(
        to: square, filter: preprocessing.filter, fill: preprocessing.meanColour, seed: seed,
        epoch: epoch, sample: sample)
    }
    guard let colourJitter else { return square }
    return colourJitter.apply(to: square, seed: seed, epoch: epoch, sample: sample)
  }

  /// Draws the crop for one picture of one epoch.
  ///
  /// Ten tries: area · U(scale), aspect exp(U(log ratio)), sides rounded, placed uniformly if they
  /// fit. If none fits: the centre, as large as the ratio's bounds allow.
  public func crop(
    width: Int, height: Int, seed: UInt64, epoch: Int, sample: String
  ) -> AugmentedCrop {
    let random = CounterRandom(seed: seed, key: "augmentation/\(epoch)/\(sample)")
    let isMirrored = random.uniform(at: 0) < flipProbability
    let isFlipped = random.uniform(at: 41) < verticalFlipProbability  // after the ten tries
    let rectangle = (0..<10).lazy.compactMap {
      attempt(width: width, height: height, random: random, counter: UInt64(1 + 4 * $0))
    }.first
    return AugmentedCrop(
      rectangle: rectangle ?? fallback(width: width, height: height), isMirrored: isMirrored,
      isFlipped: isFlipped)
  }

  private func attempt(
    width: Int, height: Int, random: CounterRandom, counter: UInt64
  ) -> PixelRectangle? {
    func uniform(_ low: Double, _ high: Double, _ offset: UInt64) -> Double {
      low + (high - low) * random.uniform(at: counter + offset)
    }
    let area = Double(width * height) * uniform(cropScale.lowerBound, cropScale.upperBound, 0)
    let aspect = exp(uniform(log(cropRatio.lowerBound), log(cropRatio.upperBound), 1))
    let w = Int((area * aspect).squareRoot().rounded(.toNearestOrEven))
    let h = Int((area / aspect).squareRoot().rounded(.toNearestOrEven))
    guard w > 0, h > 0, w <= width, h <= height else { return nil }
    let x = Int(random.uniform(at: counter + 2) * Double(width - w + 1))
    let y = Int(random.uniform(at: counter + 3) * Double(height - h + 1))
    return PixelRectangle(x: min(x, width - w), y: min(y, height - h), width: w, height: h)
  }

  private func fallback(width: Int, height: Int) -> PixelRectangle {
    let ratio = Double(width) / Double(height)
    var (w, h) = (width, height)
    if ratio < cropRatio.lowerBound {
      h = Int((Double(w) / cropRatio.lowerBound).rounded(.toNearestOrEven))
    } else if ratio > cropRatio.upperBound {
      w = Int((Double(h) * cropRatio.upperBound).rounded(.toNearestOrEven))
    }
    (w, h) = (max(1, min(w, width)), max(1, min(h, height)))
    return PixelRectangle(x: (width - w) / 2, y: (height - h) / 2, width: w, height: h)
  }
}
