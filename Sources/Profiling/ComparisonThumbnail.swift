package import Images

/// A small picture for comparing two pictures closely: grey, of at most 128 pixels on the longer side,
/// and its colours over 4 × 4 boxes.
package struct ComparisonThumbnail: Sendable {
  /// The longer side of the thumbnail of a large picture.
  static let limit = 128
  /// Columns.
  let width: Int
  /// Rows.
  let height: Int
  private let levels: [UInt8]
  /// Cb and Cr less 128 of each box, as JPEG defines them.
  private let chroma: [Float]

  /// Cost: one pass over the pixels; 16 KiB are kept at most.
  package init(_ image: Image) {
    let luminance = Luminance(image, longerSide: Self.limit)
    width = luminance.width
    height = luminance.height
    levels = luminance.values.map { UInt8($0.rounded()) }
    let small = image.resized(width: 4, height: 4, filter: .box).pixels.map(Float.init)
    chroma = stride(from: 0, to: small.count, by: 3).flatMap { i -> [Float] in
      let (red, green, blue) = (small[i], small[i + 1], small[i + 2])
      return [
        -0.168736 * red - 0.331264 * green + 0.5 * blue,
        0.5 * red - 0.418688 * green - 0.081312 * blue,
      ]
    }
  }

  /// The mean distance of the colours of two pictures, in levels of Cb and Cr.
  func colourDistance(to other: ComparisonThumbnail) -> Float {
    zip(chroma, other.chroma).reduce(0) { $0 + abs($1.0 - $1.1) } / Float(chroma.count)
  }

  /// The longer side.
  var longerSide: Int { max(width, height) }

  /// The picture averaged so that its longer side is `longerSide`; a smaller picture stays.
  func grid(longerSide: Int) -> Grid {
    let scale = min(1, Double(longerSide) / Double(self.longerSide))
    let columns = max(1, Int((Double(width) * scale).rounded()))
    let rows = max(1, Int((Double(height) * scale).rounded()))
    let values = levels.map(Float.init)
    guard columns < width || rows < height else {
      return Grid(width: width, height: height, values: values)
    }
    return Grid(
      width: columns, height: rows,
      values: BoxAverages(values, width: width, height: height).averaged(
        columns: columns, rows: rows))
  }

  /// A grey picture of `height × width` levels.
  struct Grid {
    let width: Int
    let height: Int
    let values: [Float]
  }
}
