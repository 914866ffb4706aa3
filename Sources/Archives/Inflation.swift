internal import CZlib

/// Deflated bytes unpacked into memory of a given size.
struct Inflation {
  /// What stands around the deflated bytes.
  enum Wrapper: Int32 {
    /// Nothing, as in a zip archive.
    case none = -15
    /// gzip's header and checksum.
    case gzip = 31
  }

  /// Bytes unpacked.
  private(set) var written = 0
  /// Whether the end of the deflated bytes was reached.
  var isAtEnd: Bool { status == Z_STREAM_END }
  /// Whether zlib found the bytes to be damaged.
  var isDamaged: Bool { !isAtEnd && status != Z_OK && status != Z_BUF_ERROR }

  private var status = Z_OK

  /// Unpacks; nil where zlib cannot start.
  ///
  /// - Parameters:
  ///   - packed: the deflated bytes in their wrapper.
  ///   - unpacked: room for what they unpack to, or for a part of it.
  ///   - seeksEnd: whether to go on when there is no more room, which tells if anything was left.
  init?(
    _ packed: UnsafeRawBufferPointer, _ wrapper: Wrapper,
    into unpacked: UnsafeMutableRawBufferPointer, seeksEnd: Bool
  ) {
    var stream = z_stream()
    let size = Int32(MemoryLayout<z_stream>.size)
    guard inflateInit2_(&stream, wrapper.rawValue, ZLIB_VERSION, size) == Z_OK else { return nil }
    defer { inflateEnd(&stream) }
    var read = 0
    // zlib counts in 32 bits, so long runs go through in pieces.
    while status == Z_OK, seeksEnd || written < unpacked.count {
      let input = min(packed.count - read, 1 << 30)
      let output = min(unpacked.count - written, 1 << 30)
      stream.next_in = UnsafeMutablePointer(
        mutating: packed.baseAddress?.advanced(by: read).assumingMemoryBound(to: UInt8.self))
      stream.avail_in = UInt32(input)
      stream.next_out = unpacked.baseAddress?.advanced(by: written)
        .assumingMemoryBound(to: UInt8.self)
      stream.avail_out = UInt32(output)
      status = inflate(&stream, Z_NO_FLUSH)
      let taken = input - Int(stream.avail_in)
      let made = output - Int(stream.avail_out)
      read += taken
      written += made
      if status == Z_OK, taken + made == 0 { break }
    }
  }
}
