/// Why a node of an ONNX graph cannot be taken over; whoever knows the node makes a sentence of it.
enum ONNXProblem: Error {
  /// Valid, but nothing that Graft has.
  case unsupported(String)
  /// The graph contradicts itself.
  case malformed(String)

  /// The same as a problem of the file, with `place` before it.
  func of(_ place: String = "") -> CheckpointError.Problem {
    switch self {
    case .unsupported(let why): .unsupported(place + why)
    case .malformed(let why): .malformed(place + why)
    }
  }
}
