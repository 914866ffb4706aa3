internal import CZlib

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
    var stream = z_stream()
    // 15 bits of window; 16 more ask for gzip's header.
    guard
      inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else { return nil }
    defer { inflateEnd(&stream) }
    let unpacked = InflatedBytes(count: room)
    var status = Z_OK
    var (read, written) = (0, 0)
    packed.withBytes { source in
      // zlib counts in 32 bits.
      while status == Z_OK && written < room {
        let input = min(source.count - read, 1 << 30)
        let output = min(room - written, 1 << 30)
        stream.next_in = UnsafeMutablePointer(
          mutating: source.baseAddress?.advanced(by: read).assumingMemoryBound(to: UInt8.self))
        stream.avail_in = UInt32(input)
        stream.next_out = unpacked.storage.baseAddress?.advanced(by: written)
          .assumingMemoryBound(to: UInt8.self)
        stream.avail_out = UInt32(output)
        status = CZlib.inflate(&stream, Z_NO_FLUSH)
        let progress = (input - Int(stream.avail_in)) + (output - Int(stream.avail_out))
        read += input - Int(stream.avail_in)
        written += output - Int(stream.avail_out)
        if status == Z_OK, progress == 0 { break }
      }
    }
    guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else { return nil }
    return SharedBytes(unpacked)[0..<written]
  }
}
