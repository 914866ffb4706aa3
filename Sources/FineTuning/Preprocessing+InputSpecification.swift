public import Images
public import Networks

extension Preprocessing {
  /// What makes of a picture the input that a network expects.
  ///
  /// The two types say the same from both sides: a network doesn't know of pictures, nor a picture
  /// of networks; here, where both are known, one becomes the other.
  public init(_ input: InputSpecification) {
    let filter: ResizeFilter
    switch input.interpolation {
    case .bilinear: filter = .bilinear
    case .bicubic: filter = .bicubic
    }
    let resize: Resize
    switch input.resize {
    case .crop: resize = .crop
    case .squash: resize = .squash
    case .border: resize = .border
    }
    self.init(
      imageSize: input.imageSize,
      mean: input.mean,
      standardDeviation: input.standardDeviation,
      cropPercent: input.cropPercent,
      resize: resize,
      filter: filter,
      channelOrder: input.channelOrder == .rgb ? .rgb : .bgr
    )
  }
}
