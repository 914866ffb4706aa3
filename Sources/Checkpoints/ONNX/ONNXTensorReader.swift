internal import Foundation
internal import ONNXFormat
internal import Tensors

/// Turns the tensors of an ONNX file into arrays; those whose values lie in a file of their own too.
///
/// A tensor's shape and type are checked against its bytes before anything is made of it.
struct ONNXTensorReader {
  /// The model, in whose folder external data must lie; nil where it has none.
  let model: URL?
  /// External files that were opened, by their path in the folder.
  private var mappings: [String: FileMapping] = [:]

  init(model: URL?) { self.model = model }

  /// Reads a tensor.
  mutating func array(_ proto: ONNXTensorProto) throws(CheckpointError.Problem) -> ONNXArray {
    var result = try elements(proto)
    result.type = ONNXTensorProto.DataType(rawValue: Int(proto.dataType))
      .flatMap(ONNXTensorReader.scalarType)
    return result
  }

  private mutating func elements(
    _ proto: ONNXTensorProto
  ) throws(CheckpointError.Problem) -> ONNXArray {
    let name = proto.name.isEmpty ? "of a node" : "'\(proto.name)'"
    let dims = proto.dims.map { Int($0) }
    guard let count = elementCount(of: dims), dims.count <= 16 else {
      throw .malformed("tensor \(name) has the impossible shape \(dims)")
    }
    guard let code = ONNXTensorProto.DataType(rawValue: Int(proto.dataType)),
      let type = ONNXTensorReader.scalarType(code)
    else {
      throw .unsupported(
        "tensor \(name) has the element type \(proto.dataType), which is none of real or whole "
          + "numbers")
    }
    if proto.dataLocation == .external {
      let (mapping, range) = try external(proto, name: name, byteCount: count, type)
      return mapping.withBytes {
        ONNXTensorReader.array(UnsafeRawBufferPointer(rebasing: $0[range]), type, shape: dims)
      }
    }
    if proto.hasRawData {
      let (needed, overflow) = count.multipliedReportingOverflow(by: type.byteCount)
      guard !overflow, proto.rawData.count == needed else {
        throw .malformed(
          "tensor \(name) of shape \(dims) and type \(type.rawValue) does not fit its "
            + "\(proto.rawData.count) bytes")
      }
      return proto.rawData.withUnsafeBytes { ONNXTensorReader.array($0, type, shape: dims) }
    }
    return try ONNXTensorReader.typed(proto, type, shape: dims, count: count, name: name)
  }

  /// Elements that lie in the fields of their own type.
  private static func typed(
    _ proto: ONNXTensorProto, _ type: ScalarType, shape: [Int], count: Int, name: String
  ) throws(CheckpointError.Problem) -> ONNXArray {
    func check(_ there: Int) throws(CheckpointError.Problem) {
      guard there == count else {
        throw .malformed("tensor \(name) of shape \(shape) holds \(there) values")
      }
    }
    switch type {
    case .float32:
      try check(proto.floatData.count)
      return ONNXArray(shape: shape, floats: proto.floatData)
    case .float64:
      try check(proto.doubleData.count)
      return ONNXArray(shape: shape, floats: proto.doubleData.map { Float($0) })
    case .float16, .bfloat16:
      // The bits of a number are the lower half of an Int32.
      try check(proto.int32Data.count)
      let bits = proto.int32Data.map { UInt16(truncatingIfNeeded: $0) }
      return bits.withUnsafeBytes { array($0, type, shape: shape) }
    case .int64:
      try check(proto.int64Data.count)
      return ONNXArray(shape: shape, integers: proto.int64Data.map { Int($0) })
    case .uint32, .uint64:
      try check(proto.uint64Data.count)
      return ONNXArray(shape: shape, integers: proto.uint64Data.map { Int(truncatingIfNeeded: $0) })
    case .int32, .bool:
      try check(proto.int32Data.count)
      return ONNXArray(shape: shape, integers: proto.int32Data.map { Int($0) })
    case .int8, .uint8, .int16, .uint16:
      try check(proto.int32Data.count)
      return ONNXArray(shape: shape, floats: proto.int32Data.map { Float($0) })
    }
  }

  /// Elements as they lie in memory, little-endian.
  private static func array(
    _ bytes: UnsafeRawBufferPointer, _ type: ScalarType, shape: [Int]
  ) -> ONNXArray {
    let count = bytes.count / type.byteCount
    func integers<T: FixedWidthInteger>(_: T.Type) -> ONNXArray {
      ONNXArray(
        shape: shape,
        integers: (0..<count).map {
          Int(
            truncatingIfNeeded: T(
              littleEndian: bytes.loadUnaligned(
                fromByteOffset: $0 * MemoryLayout<T>.size, as: T.self)))
        })
    }
    switch type {
    case .int64: return integers(Int64.self)
    case .int32: return integers(Int32.self)
    case .uint64: return integers(UInt64.self)
    case .uint32: return integers(UInt32.self)
    case .bool: return integers(UInt8.self)
    default:
      let storage = FloatStorage(uninitializedCount: count)
      type.convert(bytes, into: storage.buffer)
      return ONNXArray(shape: shape, floats: storage)
    }
  }

  /// The bytes of a tensor that lie in a file of their own.
  private mutating func external(
    _ proto: ONNXTensorProto, name: String, byteCount count: Int, _ type: ScalarType
  ) throws(CheckpointError.Problem) -> (FileMapping, Range<Int>) {
    let entries = Dictionary(
      proto.externalData.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
    guard let location = entries["location"] else {
      throw .malformed("tensor \(name) lies in a file of its own that is not named")
    }
    let mapping = try map(location, name: name)
    let (needed, overflow) = count.multipliedReportingOverflow(by: type.byteCount)
    guard !overflow, let offset = Int(entries["offset"] ?? "0"),
      let length = entries["length"].map({ Int($0) }) ?? needed, length == needed, offset >= 0
    else {
      throw .malformed(
        "tensor \(name) of type \(type.rawValue) does not fit the place that it has in "
          + "'\(location)'")
    }
    let (end, carry) = offset.addingReportingOverflow(needed)
    guard !carry, end <= mapping.bytes.count else {
      throw .truncated(
        "tensor \(name) needs \(needed) bytes at offset \(offset) of '\(location)', which has "
          + "\(mapping.bytes.count)")
    }
    return (mapping, offset..<end)
  }

  /// Whether a path leads to a file in the folder that it begins in.
  static func isInside(_ path: String) -> Bool {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    return !path.isEmpty && !path.contains("\0") && !path.contains("\\")
      && parts.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
  }

  /// Opens a file beside the model; never one outside its folder.
  private mutating func map(
    _ location: String, name: String
  ) throws(CheckpointError.Problem) -> FileMapping {
    if let mapping = mappings[location] { return mapping }
    guard let model else {
      throw .unsupported("tensor \(name) lies in a file of its own, '\(location)'")
    }
    guard ONNXTensorReader.isInside(location)
    else {
      throw .unsupported(
        "tensor \(name) asks for the file '\(location)', which is not a path inside the model's "
          + "folder")
    }
    let folder = model.deletingLastPathComponent()
    let file = folder.appendingPathComponent(location)
    // A link could lead out of the folder where the path does not. The Hub's cache keeps a snapshot as
    // links into one folder of blobs, so the folder that the model itself is linked from is allowed.
    let roots = [
      folder.resolvingSymlinksInPath(),
      model.resolvingSymlinksInPath()
        .deletingLastPathComponent(),
    ].map(\.path)
    let place = file.resolvingSymlinksInPath().path
    guard roots.contains(where: { place.hasPrefix($0.hasSuffix("/") ? $0 : $0 + "/") }) else {
      throw .unsupported(
        "tensor \(name) asks for the file '\(location)', a link out of the model's folder")
    }
    do {
      let mapping = try FileMapping(file)
      mappings[location] = mapping
      return mapping
    } catch {
      throw .unreadable(
        "its tensor \(name) lies in '\(location)', which cannot be read beside it"
          + (FileManager.default.fileExists(atPath: file.path) ? "" : ": there is no such file"))
    }
  }

  /// The element type; nil for what is no real or whole number.
  static func scalarType(_ type: ONNXTensorProto.DataType) -> ScalarType? {
    switch type {
    case .float: .float32
    case .double: .float64
    case .float16: .float16
    case .bfloat16: .bfloat16
    case .int64: .int64
    case .int32: .int32
    case .int16: .int16
    case .int8: .int8
    case .uint64: .uint64
    case .uint32: .uint32
    case .uint16: .uint16
    case .uint8: .uint8
    case .bool: .bool
    case .undefined, .string, .complex64, .complex128: nil
    }
  }
}
