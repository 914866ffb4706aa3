import CKernels
import Tensors
import Testing

extension Kernels {
  /// Factors per image and channel, and sums over pixels, against the definition in Float64.
  @Suite struct Gating {
    static let (images, pixels) = (3, 5)

    @Test(arguments: Kernels.awkward + [130, 300])
    func gates(_ channels: Int) {
      let count = Self.images * Self.pixels * channels
      let (a, b) = (Kernels.random(count, "a"), Kernels.random(count, "b"))
      let before = Kernels.random(count, "before")
      let gates = Kernels.random(Self.images * channels, "gates")
      let others = Kernels.random(Self.images * channels, "others")
      let shift = Kernels.random(channels, "shift")
      // Rows 1 to the last but one: the others stay.
      let (begin, end) = (1, Self.images * Self.pixels - 1)
      for accumulate in [false, true] {
        for isFull in [false, true] {
          let expected = (0..<count).map { i -> Double in
            let (row, c) = (i / channels, i % channels)
            guard row >= begin, row < end else { return Double(before[i]) }
            let gate = row / Self.pixels * channels + c
            var y = Double(a[i]) * Double(gates[gate])
            if isFull { y += Double(b[i]) * Double(others[gate]) + Double(shift[c]) }
            return y + (accumulate ? Double(before[i]) : 0)
          }
          Kernels.each { isa in
            var y = before
            if isFull {
              graft_gate(
                Self.pixels, channels, a, gates, b, others, shift, &y, accumulate ? 1 : 0, begin,
                end)
            } else {
              graft_gate(
                Self.pixels, channels, a, gates, nil, nil, nil, &y, accumulate ? 1 : 0, begin, end)
            }
            Kernels.expectClose(y, expected, tolerance: 1e-6, "\(isa) gate")
          }
        }
      }
    }

    @Test(arguments: Kernels.awkward + [127, 128, 129, 300])
    func pixelProducts(_ channels: Int) {
      let count = Self.images * Self.pixels * channels
      let (a, b) = (Kernels.random(count, "a"), Kernels.random(count, "b"))
      let before = Kernels.random(Self.images * channels, "before")
      for accumulate in [false, true] {
        let expected = before.indices.map { i -> Double in
          let (image, c) = (i / channels, i % channels)
          return (0..<Self.pixels).reduce(accumulate ? Double(before[i]) : 0) {
            let place = (image * Self.pixels + $1) * channels + c
            return $0 + Double(a[place]) * Double(b[place])
          }
        }
        Kernels.each { isa in
          var sums = before
          for unit in 0..<graft_pixel_products_units(Self.images, channels) {
            graft_pixel_products(
              Self.pixels, channels, a, b, &sums, accumulate ? 1 : 0, unit, unit + 1)
          }
          Kernels.expectClose(sums, expected, tolerance: 1e-6, "\(isa) sums of products")
        }
      }
    }
  }
}
