public import Foundation
public import Networks
internal import Tensors

/// Reads and writes safetensors files: a JSON header, then raw little-endian tensors.
///
/// The whole layout is checked before any tensor is made: the header's length, every element type,
/// shape and offset, and that the tensors cover the data without gap or overlap, as the format
/// demands.
///
/// - Reference: https://github.com/huggingface/safetensors (format, version 0.x)
public enum SafeTensors {
  /// Reads every tensor, rounded to Float32, and the file's own `__metadata__`.
  ///
  /// The file is memory-mapped; cost is one pass over its data. ``WeightFile/read(_:)`` reads no more
  /// than the header.
  ///
  /// - Throws: ``CheckpointError`` naming the file and the tensor at fault.
  public static func read(
    _ file: URL
  ) throws(CheckpointError) -> (StateDict, metadata: [String: String]) {
    try naming(file) { () throws(CheckpointError.Problem) in
      let weights = try parse(try FileMapping(file))
      return (try weights.tensors.read(), weights.metadata)
    }
  }

  static func parse(_ mapping: FileMapping) throws(CheckpointError.Problem) -> WeightFile {
    var reader = ByteReader(mapping.bytes)
    let announced = try reader.integer(UInt64.self, "its header length")
    // The reference implementation's own limit.
    guard announced <= 100_000_000 else {
      throw .malformed("its header announces \(announced) bytes, more than any header has")
    }
    let header = try Header(try reader.take(Int(announced), "its header"))
    let start = reader.offset
    let entries = header.tensors.sorted {
      ($0.value.begin, $0.value.end, $0.key) < ($1.value.begin, $1.value.end, $1.key)
    }
    try check(entries, dataCount: reader.remaining)
    var weights = WeightFile(format: .safeTensors, metadata: header.metadata)
    for (name, entry) in entries {
      let elements = StridedElements(type: entry.type, shape: entry.shape, order: .c)
      let range = (start + entry.begin)..<(start + entry.end)
      weights.tensors[name] = StoredTensor(shape: entry.shape, type: entry.type) {
        () throws(CheckpointError.Problem) in
        try elements.tensor(
          from: UnsafeRawBufferPointer(rebasing: mapping.bytes[range]), named: name)
      }
    }
    return weights
  }

  private static func check(
    _ entries: [(key: String, value: Header.Entry)], dataCount: Int
  ) throws(CheckpointError.Problem) {
    var position = 0
    for (name, entry) in entries {
      guard entry.begin == position else {
        throw .malformed("tensor '\(name)' starts at \(entry.begin), not at \(position)")
      }
      guard let count = elementCount(of: entry.shape),
        case let (size, overflow) = count.multipliedReportingOverflow(by: entry.type.byteCount),
        !overflow, size == entry.end - entry.begin
      else {
        throw .malformed(
          "tensor '\(name)' of shape \(entry.shape) and type \(entry.type.rawValue) does not fit "
            + "its \(entry.end - entry.begin) bytes")
      }
      guard entry.end <= dataCount else {
        throw .truncated(
          "tensor '\(name)' ends at byte \(entry.end) of \(dataCount) that are there")
      }
      position = entry.end
    }
    guard position == dataCount else {
      throw .malformed("\(dataCount - position) bytes at its end belong to no tensor")
    }
  }
}

extension SafeTensors {
  /// The JSON header: tensors by name, and free metadata.
  struct Header: Decodable {
    struct Entry: Decodable {
      var type: ScalarType
      var shape: [Int]
      var begin: Int
      var end: Int

      enum CodingKeys: String, CodingKey { case dtype, shape, dataOffsets = "data_offsets" }

      init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let code = try container.decode(String.self, forKey: .dtype)
        guard let type = ScalarType(rawValue: code) else {
          throw CheckpointError.Problem.unsupported(
            "tensor '\(decoder.codingPath.last?.stringValue ?? "")' has the element type "
              + "\(code.prefix(40)); convert it to F32, F16 or BF16")
        }
        self.type = type
        shape = try container.decode([Int].self, forKey: .shape)
        let offsets = try container.decode([Int].self, forKey: .dataOffsets)
        guard offsets.count == 2, offsets[0] >= 0, offsets[0] <= offsets[1] else {
          throw CheckpointError.Problem.malformed(
            "tensor '\(decoder.codingPath.last?.stringValue ?? "")' has impossible data offsets")
        }
        begin = offsets[0]
        end = offsets[1]
      }
    }

    struct Name: CodingKey {
      var stringValue: String
      var intValue: Int? { nil }
      init(stringValue: String) { self.stringValue = stringValue }
      init?(intValue: Int) { nil }
    }

    var tensors: [String: Entry] = [:]
    var metadata: [String: String] = [:]

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: Name.self)
      for key in container.allKeys {
        if key.stringValue == "__metadata__" {
          metadata = try container.decode([String: String].self, forKey: key)
        } else {
          tensors[key.stringValue] = try container.decode(Entry.self, forKey: key)
        }
      }
    }

    init(_ json: UnsafeRawBufferPointer) throws(CheckpointError.Problem) {
      do {
        self = try JSONDecoder().decode(Header.self, from: Data(json))
      } catch let problem as CheckpointError.Problem {
        throw problem
      } catch {
        throw .malformed("its header is not the JSON that safetensors prescribes")
      }
    }
  }
}
