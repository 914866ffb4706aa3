internal import Archives
internal import Tensors

extension NumPyFile {
  /// The numeric arrays of an archive as weights; only their headers are read.
  static func weights(
    _ archive: ZipArchive, of mapping: FileMapping
  ) throws(CheckpointError.Problem) -> WeightFile {
    var weights = WeightFile(format: .npz)
    let contents = ZipContents(archive, of: mapping)
    for member in try NumPyArchive.members(of: archive) {
      guard let type = member.header.type.scalarType else { continue }
      weights.tensors[member.name] = StoredTensor(shape: member.header.shape, type: type) {
        () throws(CheckpointError.Problem) in
        try contents.withBytes(of: member.entry) { (bytes) throws(CheckpointError.Problem) in
          try inPart(member.entry.name) { () throws(CheckpointError.Problem) in
            try tensor(bytes)
          }
        }
      }
    }
    return weights
  }

  /// The numbers of an npy file, rounded to Float32.
  private static func tensor(
    _ bytes: UnsafeRawBufferPointer
  ) throws(CheckpointError.Problem) -> Tensor {
    var reader = ByteReader(bytes)
    let header = try NumPyHeader(&reader)
    guard let type = header.type.scalarType, !header.type.isBigEndian || type.byteCount == 1 else {
      guard let tensor = try parse(bytes).tensor else {
        throw .unsupported("it holds text and no numbers")
      }
      return tensor
    }
    let elements = StridedElements(
      type: type, shape: header.shape, order: header.isFortranOrder ? .fortran : .c)
    let body = try reader.take(reader.remaining, "its elements")
    return try elements.tensor(from: body, named: "its array")
  }
}
