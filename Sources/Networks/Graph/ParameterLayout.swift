/// How a parameter lies in the engine, against PyTorch's layout in the state dict.
package enum ParameterLayout: Hashable, Sendable {
  /// The same order on both sides.
  case same
  /// `[out, in, height, width]` in the state dict, `[out, height, width, in]` in the engine.
  case convolution

  /// Copies values from the state dict's order into the engine's.
  package func toEngine(
    _ source: UnsafeBufferPointer<Float>, shape: [Int], into target: UnsafeMutablePointer<Float>
  ) {
    permute(shape: shape) { pytorch, engine in target[engine] = source[pytorch] }
  }

  /// Copies values from the engine's order into the state dict's.
  package func fromEngine(
    _ source: UnsafePointer<Float>, shape: [Int], into target: UnsafeMutableBufferPointer<Float>
  ) {
    permute(shape: shape) { pytorch, engine in target[pytorch] = source[engine] }
  }

  /// Calls `body` with the matching positions of each entry in both orders.
  private func permute(shape: [Int], _ body: (_ pytorch: Int, _ engine: Int) -> Void) {
    switch self {
    case .same:
      for i in 0..<shape.reduce(1, *) { body(i, i) }
    case .convolution:
      precondition(shape.count == 4, "a convolution's weight has four axes, not \(shape)")
      let (inputs, taps) = (shape[1], shape[2] * shape[3])
      for o in 0..<shape[0] {
        for i in 0..<inputs {
          for t in 0..<taps { body((o * inputs + i) * taps + t, (o * taps + t) * inputs + i) }
        }
      }
    }
  }
}
