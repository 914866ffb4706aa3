/// Convolution of each channel with its own window, with bias and activation.
///
/// `y[n, i, j, c] = clamp(Σ_{u, v} w[c, u, v] · x[n, i·s + u − p, j·s + v − p, c] + b[c])`.
/// Input `[H, W, C]`, output `[H', W', C]`; the weight is `[C, 1, k, k]` in the state dict and
/// `[k, k, C]` in the engine.
package struct DepthwiseConvolution: Operator {
  package static let kind = "depthwise-convolution"
  package let name: String
  package let channels: Int
  package let window: Window
  package let hasBias: Bool
  package let clamp: Clamp

  package init(
    _ name: String, channels: Int, window: Window, hasBias: Bool = false, clamp: Clamp = .none
  ) {
    self.name = name
    self.channels = channels
    self.window = window
    self.hasBias = hasBias
    self.clamp = clamp
  }

  package var parameters: [ParameterSpecification] {
    let weight = ParameterSpecification(
      name: "\(name).weight", shape: [channels, 1, window.size, window.size], role: .weight,
      initialization: .kaimingNormal(fan: window.size * window.size), layout: .depthwise)
    guard hasBias else { return [weight] }
    let bias = ParameterSpecification(
      name: "\(name).bias", shape: [channels], role: .bias, initialization: .constant(0))
    return [weight, bias]
  }

  package func outputShape(of inputs: [SampleShape]) throws(ShapeMismatch) -> SampleShape {
    guard inputs[0].channels == channels else {
      throw ShapeMismatch("it needs \(channels) channels")
    }
    return try window.output(of: inputs, channels: channels)
  }
}
