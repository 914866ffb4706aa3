public import Foundation
public import Networks
internal import Tensors

extension SafeTensors {
  /// Writes a state dict as Float32; the file appears only once it is complete.
  ///
  /// Batch-normalisation counters (`…num_batches_tracked`) are written as 64-bit integers, as
  /// PyTorch keeps them. Data begin at a multiple of 8 bytes, so that readers may map them.
  ///
  /// - Parameter metadata: Free text; `format: pt` is what readers written for PyTorch look for.
  /// - Throws: ``CheckpointError`` with `.unwritable`.
  public static func write(
    _ state: StateDict, metadata: [String: String] = ["format": "pt"], to file: URL
  ) throws(CheckpointError) {
    // Wider elements first, then in the state dict's order, so that each stays aligned.
    let counters = state.names.filter { $0.hasSuffix("num_batches_tracked") }
    let names = counters + state.names.filter { !$0.hasSuffix("num_batches_tracked") }
    let header = headerBytes(state, names, integerCount: counters.count, metadata)
    try AtomicFile.write(to: file) { (output) throws(CheckpointError.Problem) in
      var length: [UInt8] = []
      length.append(little: UInt64(header.count))
      try output.append(length)
      try output.append(header)
      for (index, name) in names.enumerated() {
        guard let tensor = state[name] else { continue }
        if index < counters.count {
          var integers: [UInt8] = []
          for value in tensor.values { integers.append(little: Int64(value)) }
          try output.append(integers)
        } else {
          try output.append(floats: tensor)
        }
      }
    }
  }

  private static func headerBytes(
    _ state: StateDict, _ names: [String], integerCount: Int, _ metadata: [String: String]
  ) -> [UInt8] {
    var parts: [String] = []
    if !metadata.isEmpty {
      let pairs = metadata.sorted { $0.key < $1.key }.map {
        "\(quoted($0.key)):\(quoted($0.value))"
      }
      parts.append("\"__metadata__\":{\(pairs.joined(separator: ","))}")
    }
    var position = 0
    for (index, name) in names.enumerated() {
      guard let tensor = state[name] else { continue }
      let type: ScalarType = index < integerCount ? .int64 : .float32
      let end = position + tensor.count * type.byteCount
      let shape = tensor.shape.map(String.init).joined(separator: ",")
      parts.append(
        "\(quoted(name)):{\"dtype\":\"\(type.rawValue)\",\"shape\":[\(shape)],"
          + "\"data_offsets\":[\(position),\(end)]}")
      position = end
    }
    var header = Array("{\(parts.joined(separator: ","))}".utf8)
    while !header.count.isMultiple(of: 8) { header.append(UInt8(ascii: " ")) }
    return header
  }

  /// A JSON string literal.
  private static func quoted(_ string: String) -> String {
    var result = "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case _ where scalar.value < 0x20:
        let hexadecimal = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - hexadecimal.count) + hexadecimal
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}

extension AtomicFile {
  /// Appends a tensor's elements as little-endian Float32.
  mutating func append(floats tensor: Tensor) throws(CheckpointError.Problem) {
    var failure: CheckpointError.Problem?
    tensor.withUnsafeBufferPointer { floats in
      do throws(CheckpointError.Problem) { try append(UnsafeRawBufferPointer(floats)) } catch {
        failure = error
      }
    }
    if let failure { throw failure }
  }
}
