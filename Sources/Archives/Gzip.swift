/// Unpacking of gzip data.
package enum Gzip {
  /// Whether a file begins like gzip data.
  package static func matches(_ bytes: some Sequence<UInt8>) -> Bool {
    bytes.starts(with: [0x1F, 0x8B])
  }

  /// The first `limit` bytes of what was packed, fewer if there are fewer, nil if it is damaged.
  ///
  /// The checksum is checked where no more than `limit` bytes are there.
  /// No more memory is asked for than what is packed could justify (deflate's 1032-fold).
  package static func inflate(_ packed: SharedBytes, upTo limit: Int) -> SharedBytes? {
    let (most, overflow) = packed.count.multipliedReportingOverflow(by: 1032)
    let room = overflow ? limit : min(limit, most + 64)
    let unpacked = InflatedBytes(count: room)
    let result = packed.withBytes {
      Inflation($0, .gzip, into: unpacked.storage, seeksEnd: false)
    }
    guard let result, !result.isDamaged else { return nil }
    return SharedBytes(unpacked)[0..<result.written]
  }
}
