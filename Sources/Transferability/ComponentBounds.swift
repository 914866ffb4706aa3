/// A bound for each component of a mixture, scale · product + base, taken along rows of products.
///
/// The loops are by sixteen, so that a processor takes them at once.
struct ComponentBounds {
  let scale: Float
  let bases: [Float]

  /// The greatest bound of a row.
  func peak(_ row: UnsafeBufferPointer<Float>) -> Float {
    bases.withUnsafeBufferPointer { bases in
      var peaks = SIMD16<Float>(repeating: -.infinity)
      let whole = row.count / 16 * 16
      for first in stride(from: 0, to: whole, by: 16) {
        let values = values(row, bases, first)
        peaks.replace(with: values, where: values .> peaks)
      }
      var peak = peaks.max()
      for index in whole..<row.count { peak = max(peak, scale * row[index] + bases[index]) }
      return peak
    }
  }

  /// How many bounds of a row are no lower than a floor.
  func count(_ row: UnsafeBufferPointer<Float>, atLeast floor: Float) -> Int {
    var count = 0
    forEach(row, atLeast: floor) { _ in count += 1 }
    return count
  }

  /// Calls `body` with the components whose bounds are no lower than a floor, in order.
  func forEach(_ row: UnsafeBufferPointer<Float>, atLeast floor: Float, _ body: (Int) -> Void) {
    bases.withUnsafeBufferPointer { bases in
      let floors = SIMD16<Float>(repeating: floor)
      let whole = row.count / 16 * 16
      for first in stride(from: 0, to: whole, by: 16) {
        let isHigh = values(row, bases, first) .>= floors
        guard any(isHigh) else { continue }
        for lane in 0..<16 where isHigh[lane] { body(first + lane) }
      }
      for index in whole..<row.count where scale * row[index] + bases[index] >= floor {
        body(index)
      }
    }
  }

  @inline(__always)
  private func values(
    _ row: UnsafeBufferPointer<Float>, _ bases: UnsafeBufferPointer<Float>, _ first: Int
  ) -> SIMD16<Float> {
    guard let row = row.baseAddress, let bases = bases.baseAddress else { return .zero }
    let products = UnsafeRawPointer(row + first).loadUnaligned(as: SIMD16<Float>.self)
    let base = UnsafeRawPointer(bases + first).loadUnaligned(as: SIMD16<Float>.self)
    return products * scale + base
  }
}
