internal import CZlib

/// Unpacking of gzip data held in memory.
package enum Gzip {
  /// The first `limit` bytes of what was packed, fewer if there are fewer, nil if it is damaged.
  package static func inflate(_ packed: [UInt8], upTo limit: Int) -> [UInt8]? {
    var stream = z_stream()
    // 15 bits of window; 16 more ask for gzip's header.
    guard
      inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else { return nil }
    defer { inflateEnd(&stream) }
    var input = packed
    var status = Z_OK
    var unpacked = [UInt8](unsafeUninitializedCapacity: limit) { target, count in
      input.withUnsafeMutableBufferPointer { source in
        var consumed = 0
        // zlib counts in 32 bits.
        while status == Z_OK && count < limit {
          stream.next_in = source.baseAddress.map { $0 + consumed }
          stream.avail_in = UInt32(clamping: source.count - consumed)
          stream.next_out = target.baseAddress.map { $0 + count }
          stream.avail_out = UInt32(clamping: limit - count)
          let (before, room) = (stream.avail_in, stream.avail_out)
          status = CZlib.inflate(&stream, Z_NO_FLUSH)
          consumed += Int(before - stream.avail_in)
          count += Int(room - stream.avail_out)
          if before == stream.avail_in && room == stream.avail_out { break }
        }
      }
    }
    guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else { return nil }
    if unpacked.count > limit { unpacked.removeLast(unpacked.count - limit) }
    return unpacked
  }
}
