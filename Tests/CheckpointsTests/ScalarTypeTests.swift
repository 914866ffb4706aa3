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

  @Test(arguments: [
    (0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    (55, "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318"),
    (56, "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a"),
    (64, "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb"),
    (1_000_000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
  ])
  func digestsAreThoseOfTheStandard(_ count: Int, _ expected: String) {
    let message = [UInt8](repeating: UInt8(ascii: "a"), count: count)
    #expect(message.withUnsafeBytes { SHA256.hexadecimal(of: $0) } == expected)
  }
}
