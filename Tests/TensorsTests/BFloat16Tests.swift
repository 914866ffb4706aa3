import CKernels
import Tensors
import Testing

extension Kernels {
  /// Conversions to and from bfloat16.
  @Suite struct BFloat16 {
    @Test func roundsToNearestEven() {
      // 1 + 2⁻⁸ lies halfway between 1 and 1 + 2⁻⁷: to the even one; 1 + 3·2⁻⁸ likewise, upwards.
      let x: [Float] = [
        1, 1 + 0x1p-8, 1 + 0x3p-8, 1 + 0x1p-8 + 0x1p-20, -(1 + 0x1p-8), 0, -0.0, .infinity,
        -.infinity, .greatestFiniteMagnitude, .leastNonzeroMagnitude, 0x1p-133,
      ]
      let expected: [Float] = [
        1, 1, 1 + 0x1p-6, 1 + 0x1p-7, -1, 0, -0.0, .infinity, -.infinity, .infinity, 0, 0x1p-133,
      ]
      Kernels.each { isa in
        #expect(Self.roundTrip(x).map(\.bitPattern) == expected.map(\.bitPattern), "\(isa)")
      }
    }

    @Test func aNaNStaysOne() {
      let x = [Float(bitPattern: 0x7f80_0001), .nan, Float(bitPattern: 0xffff_ffff)]
      Kernels.each { isa in
        #expect(Self.roundTrip(x).allSatisfy { $0.isNaN }, "\(isa)")
      }
    }

    @Test(arguments: Kernels.awkward + [1000]) func nearestOfBothNeighbours(_ n: Int) {
      let x = Kernels.random(n, "bf16")
      Kernels.each { isa in
        for (a, b) in zip(x, Self.roundTrip(x)) {
          let below = Float(bitPattern: a.bitPattern & 0xffff_0000)
          let above = Float(bitPattern: (a.bitPattern & 0xffff_0000) + 0x1_0000)
          #expect(b == below || b == above, "\(isa)")
          #expect(abs(a - b) <= min(abs(a - below), abs(a - above)), "\(isa): \(a), \(b)")
        }
      }
    }

    static func roundTrip(_ x: [Float]) -> [Float] {
      var narrow = [UInt16](repeating: 0, count: x.count)
      var wide = [Float](repeating: -1, count: x.count)
      graft_narrow_bfloat16(x, &narrow, 0, x.count)
      graft_widen_bfloat16(narrow, &wide, 0, x.count)
      return wide
    }
  }
}
