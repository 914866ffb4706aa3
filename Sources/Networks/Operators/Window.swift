/// The geometry of a square window that slides over a feature map.
package struct Window: Hashable, Sendable {
  /// What lies around the feature map.
  package enum Padding: Hashable, Sendable {
    /// This many pixels on every side, as PyTorch pads.
    case symmetric(Int)
    /// TensorFlow's "same": an output of ⌈in / stride⌉, the odd pixel at the bottom and right.
    case same
  }

  /// Side of the window in pixels.
  package let size: Int
  /// Pixels from one window to the next.
  package let stride: Int
  /// What lies around the feature map.
  package let padding: Padding
  /// Whether a window may hang over the lower and right edge (PyTorch's `ceil_mode`).
  package let ceilMode: Bool

  package init(
    size: Int, stride: Int = 1, padding: Padding = .symmetric(0), ceilMode: Bool = false
  ) {
    precondition(size > 0 && stride > 0, "a window has a positive size and stride")
    self.size = size
    self.stride = stride
    self.padding = padding
    self.ceilMode = ceilMode
  }

  /// Windows along an axis of this length; 0 or less where not even one fits.
  package func outputs(along length: Int) -> Int {
    switch padding {
    case .same:
      return (length + stride - 1) / stride
    case .symmetric(let pixels):
      let room = length + 2 * pixels - size
      guard room >= 0 else { return 0 }
      guard ceilMode else { return room / stride + 1 }
      let windows = (room + stride - 1) / stride + 1
      // The last window must begin inside the map or its upper and left padding.
      return (windows - 1) * stride >= length + pixels ? windows - 1 : windows
    }
  }

  /// Padding before the first pixel of an axis of this length.
  package func leading(along length: Int) -> Int {
    switch padding {
    case .symmetric(let pixels): pixels
    case .same: max(0, (outputs(along: length) - 1) * stride + size - length) / 2
    }
  }

  /// The output of a map with another number of channels.
  package func output(
    of inputs: [SampleShape], channels: Int
  ) throws(ShapeMismatch) -> SampleShape {
    let input = inputs[0]
    let (height, width) = (outputs(along: input.height), outputs(along: input.width))
    guard height > 0, width > 0 else {
      throw ShapeMismatch("the map is smaller than the \(size)×\(size) window")
    }
    return SampleShape(height: height, width: width, channels: channels)
  }
}
