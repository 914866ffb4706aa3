/// The element types of stored tensors and arrays.
public enum ScalarType: String, Sendable, Hashable, Codable, CaseIterable {
  /// IEEE 754 double precision.
  case float64 = "F64"
  /// IEEE 754 single precision.
  case float32 = "F32"
  /// IEEE 754 half precision.
  case float16 = "F16"
  /// The upper half of a single-precision number.
  case bfloat16 = "BF16"
  /// Signed, 64 bits.
  case int64 = "I64"
  /// Signed, 32 bits.
  case int32 = "I32"
  /// Signed, 16 bits.
  case int16 = "I16"
  /// Signed, 8 bits.
  case int8 = "I8"
  /// Unsigned, 64 bits.
  case uint64 = "U64"
  /// Unsigned, 32 bits.
  case uint32 = "U32"
  /// Unsigned, 16 bits.
  case uint16 = "U16"
  /// Unsigned, 8 bits.
  case uint8 = "U8"
  /// One byte, zero or one.
  case bool = "BOOL"

  /// Bytes per element.
  public var byteCount: Int {
    switch self {
    case .float64, .int64, .uint64: 8
    case .float32, .int32, .uint32: 4
    case .float16, .bfloat16, .int16, .uint16: 2
    case .int8, .uint8, .bool: 1
    }
  }

  /// Whether the type holds real numbers, as weights do.
  public var isFloatingPoint: Bool {
    switch self {
    case .float64, .float32, .float16, .bfloat16: true
    default: false
    }
  }

  /// Rounds little-endian elements to Float32; `bytes` holds exactly `output.count` of them.
  ///
  /// Integers beyond 2²⁴ and doubles round to the nearest single-precision number.
  package func convert(
    _ bytes: UnsafeRawBufferPointer, into output: UnsafeMutableBufferPointer<Float>
  ) {
    precondition(bytes.count == output.count * byteCount, "byte count does not match the elements")
    switch self {
    case .float32: UnsafeMutableRawBufferPointer(output).copyMemory(from: bytes)
    case .float64:
      for i in output.indices {
        output[i] = Float(Double(bitPattern: load(bytes, i)))
      }
    case .float16: for i in output.indices { output[i] = Self.half(load(bytes, i)) }
    case .bfloat16:
      for i in output.indices {
        output[i] = Float(bitPattern: UInt32(load(bytes, i) as UInt16) << 16)
      }
    case .int64: for i in output.indices { output[i] = Float(load(bytes, i) as Int64) }
    case .int32: for i in output.indices { output[i] = Float(load(bytes, i) as Int32) }
    case .int16: for i in output.indices { output[i] = Float(load(bytes, i) as Int16) }
    case .int8: for i in output.indices { output[i] = Float(load(bytes, i) as Int8) }
    case .uint64: for i in output.indices { output[i] = Float(load(bytes, i) as UInt64) }
    case .uint32: for i in output.indices { output[i] = Float(load(bytes, i) as UInt32) }
    case .uint16: for i in output.indices { output[i] = Float(load(bytes, i) as UInt16) }
    case .uint8: for i in output.indices { output[i] = Float(load(bytes, i) as UInt8) }
    case .bool: for i in output.indices { output[i] = load(bytes, i) as UInt8 == 0 ? 0 : 1 }
    }
  }

  private func load<T: FixedWidthInteger>(_ bytes: UnsafeRawBufferPointer, _ index: Int) -> T {
    T(
      littleEndian: bytes.loadUnaligned(
        fromByteOffset: index * MemoryLayout<T>.size, as: T.self))
  }

  /// Half to single precision by bits, exact for every value, subnormals and NaN included.
  ///
  /// Written out because `Float16` is not available on every platform that Swift compiles for.
  package static func half(_ bits: UInt16) -> Float {
    let sign = UInt32(bits & 0x8000) << 16
    let exponent = UInt32(bits >> 10) & 0x1F
    let fraction = UInt32(bits & 0x3FF)
    switch exponent {
    case 0:
      let magnitude = Float(fraction) * 0x1p-24
      return Float(bitPattern: magnitude.bitPattern | sign)
    case 0x1F: return Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
    default: return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
    }
  }
}
