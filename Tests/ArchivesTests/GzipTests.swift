import Archives
import TestSupport
import Testing

struct GzipTests {
  private func shared(_ bytes: [UInt8]) -> SharedBytes {
    SharedBytes(bytes.withUnsafeBytes { FileMapping(copying: $0) })
  }

  private func inflate(_ bytes: [UInt8], upTo limit: Int) -> [UInt8]? {
    Gzip.inflate(shared(bytes), upTo: limit).map { $0.withBytes { Array($0) } }
  }

  @Test func unpacksNoMoreThanIsAskedFor() {
    let text = (0..<100_000).map { UInt8(truncatingIfNeeded: $0) }
    let packed = Packing.gzip(text)
    #expect(inflate(packed, upTo: 10) == Array(text.prefix(10)))
    #expect(inflate(packed, upTo: text.count) == text)
    #expect(inflate(packed, upTo: 1 << 40) == text)
    #expect(inflate(packed, upTo: 0) == [])
  }

  @Test func damageIsNoticed() {
    let packed = Packing.gzip([1, 2, 3])
    #expect(inflate([1, 2, 3], upTo: 3) == nil)
    for length in 0..<packed.count {
      #expect(
        inflate(Array(packed.prefix(length)), upTo: 10) != [1, 2, 3] || length >= 18, "\(length)")
    }
    var wrong = packed
    wrong[15] ^= 0x40
    #expect(inflate(wrong, upTo: 10) == nil && inflate(wrong, upTo: 3) == nil)
  }
}
