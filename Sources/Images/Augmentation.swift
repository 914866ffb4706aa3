internal import Foundation
internal import Tensors

/// The part of a picture that a training step looks at.
public struct AugmentedCrop: Sendable, Hashable {
  /// What is cut out of the picture before scaling.
  public var rectangle: PixelRectangle
  /// Whether it is then mirrored left to right.
  public var isMirrored: Bool

  /// A crop from its parts.
  public init(rectangle: PixelRectangle, isMirrored: Bool) {
    self.rectangle = rectangle
    self.isMirrored = isMirrored
  }
}

/// Random changes of training pictures: random-resized crop and horizontal flip.
///
/// What is drawn depends on (seed, epoch, sample) alone, not on threads or order.
///
/// - Reference: Szegedy et al., Going deeper with convolutions, CVPR 2015 (the crop);
///   torchvision `RandomResizedCrop`, whose semantics these are.
public struct Augmentation: Codable, Sendable, Hashable {
  /// The share of the picture's area that a crop covers is uniform in this range, inside (0, 1].
  public var cropScale: ClosedRange<Double>
  /// The crop's width / height; its logarithm is uniform in this range.
  public var cropRatio: ClosedRange<Double>
  /// Probability that a picture is mirrored left to right.
  public var flipProbability: Double

  /// ImageNet's usual crop: scale 0.08…1, ratio 3/4…4/3, half of the pictures mirrored.
  public static let standard = Augmentation()

  /// Augmentation from its parts.
  public init(
    cropScale: ClosedRange<Double> = 0.08...1,
    cropRatio: ClosedRange<Double> = 3.0 / 4...4.0 / 3,
    flipProbability: Double = 0.5
  ) {
    precondition(
      cropScale.lowerBound > 0 && cropScale.upperBound <= 1 && cropRatio.lowerBound > 0,
      "Augmentation: crop scale \(cropScale), ratio \(cropRatio)")
    self.cropScale = cropScale
    self.cropRatio = cropRatio
    self.flipProbability = flipProbability
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
    let rectangle = (0..<10).lazy.compactMap {
      attempt(width: width, height: height, random: random, counter: UInt64(1 + 4 * $0))
    }.first
    return AugmentedCrop(
      rectangle: rectangle ?? fallback(width: width, height: height), isMirrored: isMirrored)
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
