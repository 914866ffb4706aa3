internal import CImageCodecs

/// Averages over boxes of any window of a grey picture, from sums over rectangles.
///
/// - Reference: Crow, Summed-area tables for texture mapping, SIGGRAPH 1984.
struct BoxAverages: Sendable {
  private let width: Int
  private let height: Int
  private let integral: [Double]

  /// Cost: one pass over `height × width` values.
  init(_ values: [Float], width: Int, height: Int) {
    precondition(values.count == width * height, "BoxAverages: \(width) × \(height)")
    self.width = width
    self.height = height
    let count = (width + 1) * (height + 1)
    integral = [Double](unsafeUninitializedCapacity: count) { sums, initialized in
      values.withUnsafeBufferPointer { grey in
        guard let from = grey.baseAddress, let to = sums.baseAddress else { return }
        graft_integral(from, UInt32(width), UInt32(height), to)
      }
      initialized = count
    }
  }

  /// The picture without its margins, averaged to `rows` × `columns`; pixels are constant boxes.
  ///
  /// - Parameter margins: what is left out on each side, as a share of the side.
  func averaged(columns: Int, rows: Int, without margins: Margins = Margins()) -> [Float] {
    let (w, h) = (Double(width), Double(height))
    return [Float](unsafeUninitializedCapacity: rows * columns) { averages, count in
      integral.withUnsafeBufferPointer { sums in
        guard let from = sums.baseAddress, let to = averages.baseAddress else { return }
        graft_box_averages(
          from, UInt32(width), UInt32(height), margins.left * w, margins.top * h,
          w - margins.right * w, h - margins.bottom * h, UInt32(columns), UInt32(rows), to)
      }
      count = rows * columns
    }
  }
}

/// Shares of a picture's sides that a window leaves out.
package struct Margins: Sendable, Hashable {
  var left = 0.0
  var top = 0.0
  var right = 0.0
  var bottom = 0.0

  /// Shares from their parts.
  package init(left: Double = 0, top: Double = 0, right: Double = 0, bottom: Double = 0) {
    (self.left, self.top, self.right, self.bottom) = (left, top, right, bottom)
  }
}
