/// A picture averaged to 8 × 8 luminances, one byte each: enough to tell most pictures apart that a
/// hash mistakes for each other, and small enough to keep for every picture.
enum ThumbnailDescriptor {
  static let side = 8
  static let length = side * side

  static func bytes(_ picture: BoxAverages) -> [UInt8] {
    picture.averaged(columns: side, rows: side).map { UInt8(min(max($0.rounded(), 0), 255)) }
  }

  /// Pearson's correlation of two descriptors, −1…1; 0 where one of them is flat.
  static func correlation(_ a: UnsafePointer<UInt8>, _ b: UnsafePointer<UInt8>) -> Float {
    var sums: (a: Int32, b: Int32, aa: Int32, bb: Int32, ab: Int32) = (0, 0, 0, 0, 0)
    for i in 0..<length {
      let (x, y) = (Int32(a[i]), Int32(b[i]))
      sums.a += x
      sums.b += y
      sums.aa += x * x
      sums.bb += y * y
      sums.ab += x * y
    }
    let count = Float(length)
    let covariance = count * Float(sums.ab) - Float(sums.a) * Float(sums.b)
    let first = count * Float(sums.aa) - Float(sums.a) * Float(sums.a)
    let second = count * Float(sums.bb) - Float(sums.b) * Float(sums.b)
    return first > 0 && second > 0 ? covariance / (first * second).squareRoot() : 0
  }

  /// The mean distance of two descriptors in levels, 0…255.
  static func distance(_ a: UnsafePointer<UInt8>, _ b: UnsafePointer<UInt8>) -> Float {
    var sum: Int32 = 0
    for i in 0..<length { sum += abs(Int32(a[i]) - Int32(b[i])) }
    return Float(sum) / Float(length)
  }
}
