/// A run of equal mobile blocks, written as in TensorFlow's and timm's `arch_def`.
///
/// `ir_r2_k5_s2_e6_c40_se0.25` means: inverted residuals, 2 of them, a 5×5 depth-wise kernel, stride 2
/// in the first, 6-fold expansion, 40 output channels, squeeze-and-excitation to a quarter. `nre` and
/// `nsw` name another activation than the network's, `noskip` and `skip` say whether there is a
/// shortcut where the shapes allow one, `fc24` from how many channels an `er` block expands.
struct InvertedResidualBlock {
  enum Kind: String {
    /// Depth-wise and 1×1 convolution, as in MobileNetV1's body, no activation at the end.
    case depthwiseSeparable = "ds"
    /// The same with an activation at the end and no shortcut.
    case activatedDepthwiseSeparable = "dsa"
    /// 1×1 expansion, depth-wise convolution, 1×1 projection (MobileNetV2).
    case invertedResidual = "ir"
    /// Full convolution that expands, 1×1 projection (EfficientNet-EdgeTPU, EfficientNetV2).
    case edgeResidual = "er"
    /// A convolution with normalisation and activation.
    case convolution = "cn"
  }

  let kind: Kind
  let repeats: Int
  let kernel: Int
  let stride: Int
  let expansion: Double
  let channels: Int
  /// The part of the channels that squeeze-and-excitation keeps; 0 for none.
  let squeeze: Double
  /// Another activation than the network's.
  let activation: ActivationFunction?
  /// Whether there is a shortcut where the shapes allow one.
  let hasShortcut: Bool
  /// The channels, before scaling, of which an edge residual's expansion is a multiple; nil for its
  /// input's.
  let expandedFrom: Int?

  /// - Precondition: the text is well formed.
  init(_ text: String) {
    let parts = text.split(separator: "_").map(String.init)
    guard let first = parts.first, let kind = Kind(rawValue: first) else {
      preconditionFailure("'\(text)' does not begin with a kind of block")
    }
    var numbers: [String: Double] = [:]
    var activation: ActivationFunction?
    var shortcut: Bool?
    for part in parts.dropFirst() {
      switch part {
      case "noskip": shortcut = false
      case "skip": shortcut = true
      case "nre": activation = .relu
      case "nsw": activation = .silu
      default:
        let key = part.prefix { $0.isLetter }
        guard let number = Double(part.dropFirst(key.count)) else {
          preconditionFailure("'\(text)': '\(part)' has no number")
        }
        numbers[String(key)] = number
      }
    }
    func whole(_ key: String) -> Int {
      guard let number = numbers[key] else { preconditionFailure("'\(text)' has no '\(key)'") }
      return Int(number)
    }
    self.kind = kind
    repeats = whole("r")
    kernel = whole("k")
    stride = whole("s")
    channels = whole("c")
    expansion = numbers["e"] ?? 1
    squeeze = numbers["se"] ?? 0
    self.activation = activation
    hasShortcut =
      kind == .convolution
      ? shortcut == true
      : kind != .activatedDepthwiseSeparable && shortcut != false
    expandedFrom = numbers["fc"].map { Int($0) }
  }
}
