internal import CImageCodecs
internal import Images

/// A picture's luminance, made smaller, and its histogram.
///
/// Luminance is Pillow's "L", `0.299 R + 0.587 G + 0.114 B` in 0…255 (ITU-R BT.601), averaged over
/// equal boxes so that the longer side is at most `longerSide` pixels; smaller pictures stay.
struct Luminance {
  /// Columns.
  let width: Int
  /// Rows.
  let height: Int
  /// height × width luminances, 0…255.
  let values: [Float]
  /// How many pixels of the whole picture have each of the 256 luminances.
  let histogram: [UInt32]
  /// True when red, green and blue are equal in every pixel.
  let isGrey: Bool

  /// Cost: one pass over the pixels.
  init(_ image: Image, longerSide: Int) {
    let longer = max(image.width, image.height)
    let width = longer > longerSide ? max(1, image.width * longerSide / longer) : image.width
    let height = longer > longerSide ? max(1, image.height * longerSide / longer) : image.height
    var histogram = [UInt32](repeating: 0, count: 256)
    var isGrey: Int32 = 0
    var status: Int32 = -1
    values = [Float](unsafeUninitializedCapacity: width * height) { grey, count in
      image.pixels.withUnsafeBufferPointer { pixels in
        histogram.withUnsafeMutableBufferPointer { counts in
          guard let from = pixels.baseAddress, let to = grey.baseAddress,
            let counts = counts.baseAddress
          else { return }
          status = graft_luminance(
            from, UInt32(image.width), UInt32(image.height), UInt32(width), UInt32(height), to,
            counts, &isGrey)
        }
      }
      count = width * height
    }
    precondition(status == 0, "Luminance: no memory for rows of \(image.width) pixels")
    self.width = width
    self.height = height
    self.histogram = histogram
    self.isGrey = isGrey != 0
  }
}
