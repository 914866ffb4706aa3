/// When two pictures, laid on each other, count as near-duplicates.
///
/// Luminances and gradients must correlate, colours, brightness and contrast must agree, and the
/// windows must nearly be the same. What re-encoding, scaling and cuts of up to 6 % leave correlates
/// above 0.93 and 0.85 from 48 pixels on. Small pictures give less to compare: different digits of
/// 28 pixels correlate up to 0.98, so that pictures of at most 32 pixels need 0.99 and 0.95, and the
/// limits change evenly between. What is found so is in `benchmarks/profiles.md`.
package struct NearDuplicateRule: Sendable {
  /// The longer side, in pixels, up to which a picture is small, and from which it is large.
  private static let small: Float = 32
  private static let large: Float = 48
  private static let correlation: (small: Float, large: Float) = (0.99, 0.93)
  private static let detail: (small: Float, large: Float) = (0.95, 0.85)
  private static let lightening: Float = 20
  private static let contrastRatio: ClosedRange<Float> = 0.8...1.25
  private static let colourDistance: Float = 10
  private static let stretch: ClosedRange<Float> = 0.83...1.2
  private static let overlap: Float = 0.75

  package init() {}

  /// Compares two pictures; `window` is that of the first which the second may be.
  ///
  /// The fit starts there, and where that leads nowhere, from equal windows.
  package func areNear(
    _ first: ComparisonThumbnail, _ second: ComparisonThumbnail, window: Margins
  ) -> Bool {
    guard first.colourDistance(to: second) <= Self.colourDistance else { return false }
    let side = Float(min(first.longerSide, second.longerSide))
    let size = min(max((side - Self.small) / (Self.large - Self.small), 0), 1)
    func limit(_ ends: (small: Float, large: Float)) -> Float {
      ends.small + size * (ends.large - ends.small)
    }
    let starts: [Margins] = window == Margins() ? [window] : [window, Margins()]
    return starts.contains { start in
      let fit = PictureRegistration(
        first, second, from: PictureRegistration.Mapping(window: start), levels: [32, 64])
      return fit.correlation >= limit(Self.correlation) && fit.detail >= limit(Self.detail)
        && fit.overlap >= Self.overlap && abs(fit.lightening) <= Self.lightening
        && Self.contrastRatio.contains(fit.contrastRatio)
        && Self.stretch.contains(fit.stretchX) && Self.stretch.contains(fit.stretchY)
    }
  }
}
