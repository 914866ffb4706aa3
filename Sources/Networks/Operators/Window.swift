/// The geometry of a window that slides over a feature map.
package struct Window: Hashable, Sendable {
  /// What lies around the feature map.
  package enum Padding: Hashable, Sendable {
    /// This many pixels on every side, as PyTorch pads.
    case symmetric(Int)
    /// TensorFlow's "same": an output of ⌈in / stride⌉, the odd pixel at the bottom and right.
    case same
    /// Each side by itself, as ONNX pads.
    case explicit(top: Int, left: Int, bottom: Int, right: Int)
  }

  /// The window along one axis.
  package struct Axis: Hashable, Sendable {
    /// Pixels of the window, those between dilated taps not counted.
    package let size: Int
    /// Pixels from one window to the next.
    package let stride: Int
    /// Pixels from one tap to the next.
    package let dilation: Int
    /// Pixels before and after the map; nil for TensorFlow's "same".
    package let padding: (before: Int, after: Int)?
    /// Whether a window may hang over the far edge (PyTorch's `ceil_mode`).
    package let ceilMode: Bool

    /// Pixels from the window's first tap to its last, both counted.
    package var reach: Int { (size - 1) * dilation + 1 }

    /// Windows along an axis of this length; 0 where not even one fits.
    package func outputs(along length: Int) -> Int {
      guard let padding else { return (length + stride - 1) / stride }
      let room = length + padding.before + padding.after - reach
      guard room >= 0 else { return 0 }
      guard ceilMode else { return room / stride + 1 }
      let windows = (room + stride - 1) / stride + 1
      // The last window must begin inside the map or its leading padding.
      return (windows - 1) * stride >= length + padding.before ? windows - 1 : windows
    }

    /// Padding before the first pixel of an axis of this length.
    package func leading(along length: Int) -> Int {
      padding?.before ?? overhang(along: length) / 2
    }

    /// Padding behind the last pixel of an axis of this length.
    package func trailing(along length: Int) -> Int {
      padding?.after ?? (overhang(along: length) + 1) / 2
    }

    /// Pixels by which the windows of TensorFlow's "same" padding exceed an axis of this length.
    private func overhang(along length: Int) -> Int {
      max(0, (outputs(along: length) - 1) * stride + reach - length)
    }

    package static func == (a: Axis, b: Axis) -> Bool {
      (a.size, a.stride, a.dilation, a.ceilMode) == (b.size, b.stride, b.dilation, b.ceilMode)
        && a.padding?.before == b.padding?.before && a.padding?.after == b.padding?.after
    }

    package func hash(into hasher: inout Hasher) {
      for value in [size, stride, dilation, padding?.before ?? -1, padding?.after ?? -1] {
        hasher.combine(value)
      }
    }
  }

  /// The window from top to bottom.
  package let vertical: Axis
  /// The window from left to right.
  package let horizontal: Axis

  /// A square window.
  package init(
    size: Int, stride: Int = 1, padding: Padding = .symmetric(0), dilation: Int = 1,
    ceilMode: Bool = false
  ) {
    self.init(
      height: size, width: size, strides: (stride, stride), padding: padding,
      dilations: (dilation, dilation), ceilMode: ceilMode)
  }

  /// A window of any height and width; pairs are (vertical, horizontal).
  package init(
    height: Int, width: Int, strides: (Int, Int) = (1, 1), padding: Padding = .symmetric(0),
    dilations: (Int, Int) = (1, 1), ceilMode: Bool = false
  ) {
    precondition(
      min(height, width, strides.0, strides.1, dilations.0, dilations.1) > 0,
      "a window has a positive size, stride and dilation")
    let (rows, columns): ((Int, Int)?, (Int, Int)?) =
      switch padding {
      case .symmetric(let pixels): ((pixels, pixels), (pixels, pixels))
      case .same: (nil, nil)
      case .explicit(let top, let left, let bottom, let right): ((top, bottom), (left, right))
      }
    vertical = Axis(
      size: height, stride: strides.0, dilation: dilations.0, padding: rows, ceilMode: ceilMode)
    horizontal = Axis(
      size: width, stride: strides.1, dilation: dilations.1, padding: columns, ceilMode: ceilMode)
  }

  /// A stride-1 window of odd height and width with an output of the input's size.
  package static func centred(height: Int, width: Int) -> Window {
    Window(
      height: height, width: width,
      padding: .explicit(top: height / 2, left: width / 2, bottom: height / 2, right: width / 2))
  }

  /// Taps of the window.
  package var taps: Int { vertical.size * horizontal.size }

  /// The output of a map with another number of channels.
  package func output(
    of inputs: [SampleShape], channels: Int
  ) throws(ShapeMismatch) -> SampleShape {
    let input = inputs[0]
    guard input.isMap else { throw ShapeMismatch("it needs a feature map") }
    let height = vertical.outputs(along: input.height)
    let width = horizontal.outputs(along: input.width)
    guard height > 0, width > 0 else {
      throw ShapeMismatch(
        "the map is smaller than the \(vertical.reach)×\(horizontal.reach) window")
    }
    return SampleShape(height: height, width: width, channels: channels)
  }
}
