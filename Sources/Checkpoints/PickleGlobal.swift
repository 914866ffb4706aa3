/// The Python names that a pickle may mention; there are no others.
///
/// Each stands for something done here, in Swift; none of them runs a line of Python.
package enum PickleGlobal {
  case orderedDictionary
  case set
  case encodeText
  case size
  case device
  case rebuildTensor
  case rebuildParameter
  case storageClass(ScalarType)
  case numPyReconstruct
  case numPyFromBuffer
  case numPyScalar
  case numPyArrayClass
  case numPyTypeClass

  /// Finds a name, or refuses it.
  static func value(
    module: String, name: String
  ) throws(CheckpointError.Problem) -> PickleValue {
    switch (module, name) {
    case ("collections", "OrderedDict"): return .global(.orderedDictionary)
    case ("builtins", "set"), ("__builtin__", "set"), ("builtins", "frozenset"),
      ("__builtin__", "frozenset"):
      return .global(.set)
    case ("_codecs", "encode"): return .global(.encodeText)
    case ("torch", "Size"): return .global(.size)
    case ("torch", "device"): return .global(.device)
    case ("torch._utils", "_rebuild_tensor"), ("torch._utils", "_rebuild_tensor_v2"),
      ("torch._utils", "_rebuild_tensor_v3"):
      return .global(.rebuildTensor)
    case ("torch._utils", "_rebuild_parameter"), ("torch._utils", "_rebuild_parameter_with_state"):
      return .global(.rebuildParameter)
    case ("torch.storage", "UntypedStorage"), ("torch", "UntypedStorage"):
      return .global(.storageClass(.uint8))
    case ("torch", _):
      if name.hasSuffix("Storage"), let type = torchStorages[String(name.dropLast(7))] {
        return .global(.storageClass(type))
      }
      if let type = torchTypes[name] { return .scalarType(type) }
      if unreadTypes.contains(where: { name.hasPrefix($0) }) {
        throw .unsupported(
          "it holds tensors of the element type torch.\(name.prefix(40)); convert them to float32 or "
            + "float16 in Python")
      }
    case ("numpy", "ndarray"): return .global(.numPyArrayClass)
    case ("numpy", "dtype"): return .global(.numPyTypeClass)
    case ("numpy.core.multiarray", "_reconstruct"), ("numpy._core.multiarray", "_reconstruct"):
      return .global(.numPyReconstruct)
    case ("numpy.core.multiarray", "scalar"), ("numpy._core.multiarray", "scalar"):
      return .global(.numPyScalar)
    case ("numpy.core.numeric", "_frombuffer"), ("numpy._core.numeric", "_frombuffer"):
      return .global(.numPyFromBuffer)
    default: break
    }
    throw .refused(global: "\(module).\(name)")
  }

  private static let torchStorages: [String: ScalarType] = [
    "Double": .float64, "Float": .float32, "Half": .float16, "BFloat16": .bfloat16,
    "Long": .int64, "Int": .int32, "Short": .int16, "Char": .int8, "Byte": .uint8, "Bool": .bool,
  ]

  /// Beginnings of the names of types, and of their storages, whose numbers are not read.
  private static let unreadTypes = [
    "float8", "float4", "complex", "qint", "quint", "bits", "Complex", "QInt", "QUInt", "Float8",
  ]

  private static let torchTypes: [String: ScalarType] = [
    "float64": .float64, "float32": .float32, "float16": .float16, "bfloat16": .bfloat16,
    "int64": .int64, "int32": .int32, "int16": .int16, "int8": .int8, "uint8": .uint8,
    "uint16": .uint16, "uint32": .uint32, "uint64": .uint64, "bool": .bool,
  ]
}
