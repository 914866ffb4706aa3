import Checkpoints
import Foundation
import Testing

@Suite struct ScalarTypeTests {
  /// Every one of the 65,536 half-precision numbers, against the compiler's own conversion.
  @Test func halfPrecisionIsExact() {
    #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
    let wrong = (UInt16.min ... .max).filter { bits in
      let expected = Float(Float16(bitPattern: bits))
      let actual = ScalarType.half(bits)
      return actual.bitPattern != expected.bitPattern && !(actual.isNaN && expected.isNaN)
    }
    #expect(wrong.isEmpty, "\(wrong.count) wrong, the first \(wrong.first ?? 0)")
    #endif
  }
}
