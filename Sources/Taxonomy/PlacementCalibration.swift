import Foundation

/// The tunable constants of the placement, read from `rules/placement.yaml`.
///
/// Every number that turns measurements into a place in the taxonomy, and votes into weights,
/// stands in that one file, each with its reason.
public struct PlacementCalibration: Sendable, Equatable {
  /// How one kind of evidence becomes a similarity.
  ///
  /// logit(similarity) = slope · (t(raw) − midpoint), t being log₁₀ or the identity.
  public struct Curve: Sendable, Equatable {
    /// Whether the raw value is taken to log₁₀ first.
    public let logarithmic: Bool
    /// The transformed raw value that means similarity ½.
    public let midpoint: Double
    /// Change of the logit for one unit of the transformed value; negative for distances.
    public let slope: Double
    /// How far, in logits, this kind of evidence typically misses (one standard deviation).
    public let spread: Double
    /// A factor on the precision, 0 to leave the evidence out.
    public let weight: Double

    /// Where a raw value lies in logits; logarithms see at least 10⁻⁶.
    func logit(_ raw: Double) -> Double {
      slope * ((logarithmic ? log10(max(raw, 1e-6)) : raw) - midpoint)
    }
  }

  /// Slope of the size axis per decade of images: 3.65 gives ¼, ½, ¾ at 50k, 100k, 200k.
  public let sizeSlope: Double
  /// log₁₀ of the number of images in the middle of the size axis.
  public let sizeMidpoint: Double
  /// Trainable parameters for which the size axis needs no shift.
  public let referenceParameters: Double
  /// Decades of images by which a tenfold of parameters moves a task towards small.
  public let shiftPerDecade: Double
  /// The most that parameters may shift, in decades.
  public let largestShift: Double
  /// Spread of the similarity before any evidence, in logits around ½.
  public let priorSpread: Double
  /// The curve of each kind of evidence.
  public let curves: [SimilarityEvidence.Kind: Curve]
  /// Lower bounds of the named levels of similarity, ascending from 0.
  public let levels: [Level]
  /// Temperature of the softmax that turns regime scores into weights.
  public let temperature: Double
  /// The regimes that advice ranks, each with the score it starts from.
  public let regimes: [Regime]
  /// The bands hyper-parameters have before any rule speaks.
  public let neutralBands: [Hyperparameter: ClosedRange<Double>]

  /// A named part of the similarity axis, from `from` to the next level.
  public struct Level: Sendable, Equatable {
    /// The name rules use.
    public let name: String
    /// Where it begins.
    public let from: Double
  }

  /// A regime that rules may advise.
  public struct Regime: Sendable, Equatable {
    /// The identifier, such as `linear-probe`.
    public let id: String
    /// The score before any rule: 0 for the plain regimes, less for what must earn its place.
    public let base: Double
    /// What the regime does, in one line.
    public let summary: String
  }

  /// The place of a number of labelled images on the size axis, 0 small to 1 large.
  ///
  /// μ(n) = 1 / (1 + exp(−slope · (log₁₀ n − shift − midpoint))), with
  /// shift = shiftPerDecade · log₁₀(P / reference), held within ± largestShift; no shift where P is
  /// unknown. Rises with n, falls with P.
  public func size(images: Double, trainableParameters: Double? = nil) -> Double {
    var shift = 0.0
    if let trainableParameters, trainableParameters > 0 {
      shift = shiftPerDecade * log10(trainableParameters / referenceParameters)
      shift = min(max(shift, -largestShift), largestShift)
    }
    return Self.logistic(sizeSlope * (log10(max(images, 1)) - shift - sizeMidpoint))
  }

  /// Blends evidence to one similarity with a 95 % interval.
  ///
  /// In logits: each piece z = curve(raw) has variance spread² + (measured interval / 3.92)², the
  /// prior is 0 with variance priorSpread²; the value is the precision-weighted mean (precision
  /// times weight), its variance 1 / Σ precision, widened by the Birge ratio when the pieces
  /// disagree by more than they admit. Without evidence: ½ with a wide interval.
  public func similarity(
    _ evidence: [SimilarityEvidence]
  ) -> (estimate: Estimate, shares: [Placement.EvidenceShare]) {
    let priorPrecision = 1 / (priorSpread * priorSpread)
    var pieces: [(evidence: SimilarityEvidence, logit: Double, precision: Double)] = []
    for piece in evidence {
      guard let curve = curves[piece.kind], curve.weight > 0 else { continue }
      let ends = [piece.low ?? piece.rawValue, piece.high ?? piece.rawValue].map(curve.logit)
      let measured = abs(ends[1] - ends[0]) / 3.92
      let variance = curve.spread * curve.spread + measured * measured
      pieces.append((piece, curve.logit(piece.rawValue), curve.weight / variance))
    }
    let total = pieces.reduce(priorPrecision) { $0 + $1.precision }
    let centre = pieces.reduce(0) { $0 + $1.precision * $1.logit } / total
    let disagreement = pieces.reduce(priorPrecision * centre * centre) {
      $0 + $1.precision * ($1.logit - centre) * ($1.logit - centre)
    }
    let birge = pieces.isEmpty ? 1 : max(1, disagreement / Double(pieces.count))
    let half = 1.96 * (birge / total).squareRoot()
    let estimate = Estimate(
      value: Self.logistic(centre), low: Self.logistic(centre - half),
      high: Self.logistic(centre + half))
    let shares = pieces.map {
      Placement.EvidenceShare(
        kind: $0.evidence.kind, rawValue: $0.evidence.rawValue,
        similarity: Self.logistic($0.logit), share: $0.precision / total)
    }
    return (estimate, shares)
  }

  static func logistic(_ z: Double) -> Double { 1 / (1 + exp(-z)) }
}
