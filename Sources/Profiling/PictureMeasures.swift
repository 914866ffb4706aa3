internal import CImageCodecs
internal import Foundation

/// What is measured on a picture's luminance to find the dark, bright, blurred and empty ones.
///
/// The quantities are those of CleanVision (github.com/cleanlab/cleanvision), on Pillow's luminance.
struct PictureMeasures: Sendable, Hashable {
  /// Standard deviation of the luminance of the reduced picture, in levels of 0…255.
  var contrast: Float = 0
  /// 99th percentile of the luminance, 0…1: low in a picture that is dark even where it is lightest.
  var lightest: Float = 0
  /// 5th percentile of the luminance, 0…1: high in a picture that is bright even where it is darkest.
  var darkest: Float = 0
  /// Entropy of the histogram of luminances in bits, 0…8: −Σ p log₂ p.
  var entropy: Float = 0
  /// Variance of the Laplacian in levels², the picture no longer than 256 pixels: low without detail.
  ///
  /// - Reference: Pech-Pacheco et al., Diatom autofocusing in brightfield microscopy, ICPR 2000, §3.
  var sharpness: Float = 0
  /// Share of pixels on edges: a gradient of more than 8 levels a pixel.
  var edgeShare: Float = 0

  /// The longer side at which sharpness is measured: what networks look at is no larger.
  static let longerSide = 256
  private static let edge: Float = 8

  /// No picture.
  init() {}

  /// Cost: one pass over the reduced picture.
  init(_ picture: Luminance) {
    let total = picture.histogram.reduce(0.0) { $0 + Double($1) }
    lightest = Self.percentile(0.99, of: picture.histogram, total: total)
    darkest = Self.percentile(0.05, of: picture.histogram, total: total)
    entropy = Float(
      picture.histogram.reduce(0.0) { sum, count in
        let share = Double(count) / total
        return count > 0 ? sum - share * log2(share) : sum
      })
    let count = Double(picture.values.count)
    let mean = picture.values.reduce(0.0) { $0 + Double($1) } / count
    let square = picture.values.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
    contrast = Float((square / count).squareRoot())
    var variance = 0.0
    var edges = 0.0
    picture.values.withUnsafeBufferPointer { values in
      guard let base = values.baseAddress else { return }
      graft_sharpness(
        base, UInt32(picture.width), UInt32(picture.height), Self.edge, &variance, &edges)
    }
    sharpness = Float(variance)
    edgeShare = Float(edges)
  }

  /// The least luminance, as a share of 255, that at least this share of pixels do not exceed.
  private static func percentile(_ share: Double, of counts: [UInt32], total: Double) -> Float {
    var sum = 0.0
    for (level, count) in counts.enumerated() {
      sum += Double(count)
      if sum >= share * total { return Float(level) / 255 }
    }
    return 1
  }
}
