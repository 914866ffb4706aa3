/// The sizes in which vision transformers are made; names are timm's.
///
/// - Reference: Dosovitskiy et al. 2020, arXiv:2010.11929, table 1; Zhai et al. 2021,
///   arXiv:2106.04560, table 2 (giant, gigantic); Alabdulmohsin et al. 2023, arXiv:2305.13035
///   (`so…`, optimised shapes).
extension VisionTransformer.Size {
  /// timm's for tests, whose checkpoints are small.
  static func test(depth: Int) -> Self { Self(width: 64, depth: depth, heads: 2, hidden: 192) }
  static let tiny = Self(width: 192, depth: 12, heads: 3)
  static let extraSmall = Self(width: 256, depth: 10, heads: 4)
  static let wee = Self(width: 256, depth: 14, heads: 4, hidden: 1280)
  static let little = Self(width: 320, depth: 14, heads: 5, hidden: 1792)
  static let small = Self(width: 384, depth: 12, heads: 6)
  static let smallDeep = Self(width: 384, depth: 36, heads: 6)
  static let medium = Self(width: 512, depth: 12, heads: 8)
  static let mediumDeep = Self(width: 512, depth: 20, heads: 8)
  static let betwixt = Self(width: 640, depth: 12, heads: 10)
  static let base = Self(width: 768, depth: 12, heads: 12)
  static let baseManyHeads = Self(width: 768, depth: 12, heads: 16)
  static let basePlus = Self(width: 896, depth: 12, heads: 14)
  static let so150m = Self(width: 896, depth: 18, heads: 14, hidden: 2304)
  static let so150m2 = Self(width: 832, depth: 21, heads: 13, hidden: 2176)
  static let large = Self(width: 1024, depth: 24, heads: 16)
  static let so400m = Self(width: 1152, depth: 27, heads: 16, hidden: 4304)
  static let huge = Self(width: 1280, depth: 32, heads: 16)
  static let giant = Self(width: 1408, depth: 40, heads: 16, hidden: 6144)
  static let giantOptimal = Self(width: 1536, depth: 40, heads: 16)
  static let giantWide = Self(width: 1536, depth: 40, heads: 24)
  static let giantGated = Self(width: 1536, depth: 40, heads: 24, hidden: 8192)
  static let gigantic = Self(width: 1664, depth: 48, heads: 16, hidden: 8192)
}

extension Architecture {
  /// Every vision transformer.
  static let visionTransformers: [Architecture] =
    classicVisionTransformers + deiTs + clipTowers + dinoV2s + averagedVisionTransformers

  static func visionTransformer(
    _ id: String, summary: String, _ network: VisionTransformer, input: InputSpecification
  ) -> Architecture {
    Architecture(id: id, summary: summary, input: input) { network.graph(classCount: $0) }
  }
}

extension VisionTransformer {
  /// By which mean and deviation a family normalises its images.
  enum Mean {
    /// 0.5 and 0.5.
    case half
    /// ImageNet's.
    case imageNet
    /// CLIP's.
    case clip
    /// 0 and 1: images as they are.
    case plain

    func input(
      _ imageSize: Int, crop: Double, resize: InputSpecification.Resize = .crop,
      interpolation: InputSpecification.Interpolation = .bicubic
    ) -> InputSpecification {
      let (mean, deviation): ([Double], [Double]) =
        switch self {
        case .half: ([0.5, 0.5, 0.5], [0.5, 0.5, 0.5])
        case .imageNet:
          (InputSpecification.imageNetMean, InputSpecification.imageNetStandardDeviation)
        case .clip:
          ([0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711])
        case .plain: ([0, 0, 0], [1, 1, 1])
        }
      return InputSpecification(
        imageSize: imageSize, mean: mean, standardDeviation: deviation, cropPercent: crop,
        resize: resize, interpolation: interpolation)
    }
  }
}
