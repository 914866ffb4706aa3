/// A window of the network's size out of a picture with a border round it.
///
/// The picture is scaled until its shorter side is that of the network, unless it is already; a border
/// of `padding` pixels goes round it, and the window is placed uniformly. On pictures of the network's
/// size this is torchvision's `RandomCrop(size, padding=padding)`, the usual augmentation of CIFAR.
public struct RandomCrop: Codable, Sendable, Hashable {
  /// Pixels of the border.
  public var padding: Int
  /// The colour of the border.
  public var fill: Colour

  /// A random crop from its parts.
  public init(padding: Int = 4, fill: Colour = .black) {
    precondition(padding >= 0, "RandomCrop: padding \(padding)")
    self.padding = padding
    self.fill = fill
  }

  /// The window's upper left corner for one sample of one epoch, relative to the picture without its
  /// border, so that −padding is the smallest.
  public func corner(
    width: Int, height: Int, side: Int, seed: UInt64, epoch: Int, sample: String
  ) -> (x: Int, y: Int) {
    var draws = RandomDraws("random-crop", seed: seed, epoch: epoch, sample: sample)
    let y = draws.integer(below: max(1, height + 2 * padding - side + 1)) - padding
    let x = draws.integer(below: max(1, width + 2 * padding - side + 1)) - padding
    return (x, y)
  }
}

extension Image {
  /// A window that may reach past the edges; what lies outside is `fill`.
  public func window(x: Int, y: Int, width: Int, height: Int, fill: Colour) -> Image {
    precondition(width > 0 && height > 0, "window: \(width) × \(height)")
    var result = [UInt8]()
    result.reserveCapacity(3 * width * height)
    func add(_ count: Int) {
      for _ in 0..<max(0, count) {
        result.append(fill.red)
        result.append(fill.green)
        result.append(fill.blue)
      }
    }
    let (left, right) = (min(max(x, 0), self.width), max(0, min(x + width, self.width)))
    for row in y..<y + height {
      guard row >= 0, row < self.height, right > left else {
        add(width)
        continue
      }
      add(left - x)
      result += pixels[3 * (row * self.width + left)..<3 * (row * self.width + right)]
      add(x + width - right)
    }
    return Image(width: width, height: height, pixels: result)
  }
}
