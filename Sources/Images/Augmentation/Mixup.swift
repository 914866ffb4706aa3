internal import Foundation
internal import Tensors

/// Pictures of a batch mixed with those of the same batch in reverse order, and labels with them.
///
/// Mixup adds λx + (1 − λ)x′; cutmix pastes a rectangle of x′ into x and takes for λ the share that
/// is left. λ is Beta(α, α).
///
/// - Reference: Zhang et al., mixup, ICLR 2018, eq. 1; Yun et al., CutMix, ICCV 2019, eq. 1–2; timm
///   `Mixup`, whose semantics these are. The labels are mixed by `Batch.mixed` of Datasets.
public struct Mixup: Codable, Sendable, Hashable {
  /// What shares one draw; timm's `mixup_mode`.
  public enum Mode: String, Codable, Sendable, Hashable {
    /// One draw for the batch.
    case batch
    /// One for a picture and its partner.
    case pair
    /// One for each picture.
    case element = "elem"
  }

  /// α of mixup; 0 for no mixup.
  public var mixupAlpha: Double
  /// α of cutmix; 0 for no cutmix.
  public var cutmixAlpha: Double
  /// Probability that a batch, pair or picture is mixed.
  public var probability: Double
  /// Probability of cutmix where both are on.
  public var switchProbability: Double
  /// What shares one draw.
  public var mode: Mode

  private enum CodingKeys: String, CodingKey, CaseIterable {
    case mixupAlpha, cutmixAlpha, probability, switchProbability, mode
  }

  /// The names that a recipe may use.
  package static var keys: [String] { CodingKeys.allCases.map(\.stringValue) }

  /// Mixup from its parts; the defaults are timm's.
  public init(
    mixupAlpha: Double = 1, cutmixAlpha: Double = 0, probability: Double = 1,
    switchProbability: Double = 0.5, mode: Mode = .batch
  ) {
    self.mixupAlpha = mixupAlpha
    self.cutmixAlpha = cutmixAlpha
    self.probability = probability
    self.switchProbability = switchProbability
    self.mode = mode
    precondition(problem == nil, "Mixup: \(problem ?? "")")
  }

  /// Reads what a recipe says; what it leaves out is off for α, and timm's default for the others.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    func value(_ key: CodingKeys, _ usual: Double) throws -> Double {
      try container.decodeIfPresent(Double.self, forKey: key) ?? usual
    }
    mixupAlpha = try value(.mixupAlpha, 0)
    cutmixAlpha = try value(.cutmixAlpha, 0)
    probability = try value(.probability, 1)
    switchProbability = try value(.switchProbability, 0.5)
    mode = try container.decodeIfPresent(Mode.self, forKey: .mode) ?? .batch
  }

  /// What is wrong with the values, or nil.
  var problem: String? {
    guard mixupAlpha >= 0, cutmixAlpha >= 0, mixupAlpha + cutmixAlpha > 0,
      (mixupAlpha + cutmixAlpha).isFinite,
      [probability, switchProbability].allSatisfy({ (0...1).contains($0) })
    else {
      return
        "mixup needs a positive mixupAlpha or cutmixAlpha, and probabilities in [0, 1]"
    }
    return nil
  }

  /// How one picture is mixed with its partner.
  public struct Mix: Sendable, Hashable {
    /// The share of the picture's own label.
    public var lambda: Double
    /// What is pasted from the partner, for cutmix; nil for mixup.
    public var rectangle: PixelRectangle?
  }

  /// The draw of each picture of a batch; nil where the picture stays as it is.
  ///
  /// - Parameters:
  ///   - count: pictures in the batch.
  ///   - batch: the batch's number in its epoch.
  public func draws(
    count: Int, width: Int, height: Int, seed: UInt64, epoch: Int, batch: Int
  ) -> [Mix?] {
    var draws = RandomDraws("mixup", seed: seed, epoch: epoch, sample: "\(batch)")
    let drawCount =
      switch mode {
      case .batch: 1
      case .pair: count / 2
      case .element: count
      }
    let mixes = (0..<drawCount).map { _ in draw(width: width, height: height, &draws) }
    return (0..<count).map { index in
      switch mode {
      case .batch: mixes[0]
      // The middle one of an odd number has itself for a partner.
      case .pair: 2 * index + 1 == count ? nil : mixes[min(index, count - 1 - index)]
      case .element: mixes[index]
      }
    }
  }

  private func draw(width: Int, height: Int, _ draws: inout RandomDraws) -> Mix? {
    let isMixed = draws.chance(probability)
    let isCut = mixupAlpha == 0 || (cutmixAlpha > 0 && draws.chance(switchProbability))
    let lambda = draws.beta(isCut ? cutmixAlpha : mixupAlpha)
    let (row, column) = (draws.integer(below: height), draws.integer(below: width))
    guard isMixed, lambda != 1 else { return nil }
    guard isCut else { return Mix(lambda: lambda, rectangle: nil) }
    // A box of the area (1 − λ), centred anywhere and cut off at the edges; λ follows what is left.
    let ratio = (1 - lambda).squareRoot()
    let (boxHeight, boxWidth) = (Int(Double(height) * ratio), Int(Double(width) * ratio))
    let top = max(0, row - boxHeight / 2), bottom = min(height, row + (boxHeight + 1) / 2)
    let left = max(0, column - boxWidth / 2), right = min(width, column + (boxWidth + 1) / 2)
    let box = PixelRectangle(x: left, y: top, width: right - left, height: bottom - top)
    return Mix(
      lambda: 1 - Double(box.width * box.height) / Double(width * height), rectangle: box)
  }
}
