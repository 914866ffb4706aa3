internal import CKernels
internal import Tensors

/// A map of another height and width, by nearest neighbours or bilinear interpolation: `[H, W, C]` to
/// `[H′, W′, C]`.
///
/// Target i along an axis stands at the source coordinate that ``Coordinates`` say, kept to the source's
/// first and last pixel; bilinear interpolation takes the two pixels around it, nearest one of them.
///
/// - Reference: ONNX's Resize (opset 13), modes `linear` and `nearest`; PyTorch's
///   `interpolate(mode="bilinear")` is linear with `halfPixel` or `alignCorners`, its `"nearest"` is
///   nearest by floor with `asymmetric`.
package struct Resize: Operator {
  package static let kind = "resize"
  package let size: Size
  package let mode: Mode
  package let coordinates: Coordinates

  /// How large the output is.
  package enum Size: Hashable, Sendable {
    case exactly(height: Int, width: Int)
    /// The input's sides times these factors, rounded down.
    case scaled(height: Double, width: Double)
  }

  package enum Mode: Hashable, Sendable {
    case linear
    case nearest(Rounding)
  }

  /// Which pixel is the nearest.
  package enum Rounding: Hashable, Sendable {
    case floor, ceil, preferFloor, preferCeil
  }

  /// The source coordinate of target i, with s the source's length over the target's.
  package enum Coordinates: Hashable, Sendable {
    /// `s · (i + 1/2) − 1/2`
    case halfPixel
    /// As `halfPixel`, but 0 for a target of one pixel.
    case pytorchHalfPixel
    /// `i · (source − 1) / (target − 1)`; 0 for a target of one pixel.
    case alignCorners
    /// `s · i`
    case asymmetric
  }

  package init(_ size: Size, mode: Mode, coordinates: Coordinates = .halfPixel) {
    self.size = size
    self.mode = mode
    self.coordinates = coordinates
  }

  package func outputShape(of inputs: [SampleShape]) throws(ShapeMismatch) -> SampleShape {
    let input = inputs[0]
    guard input.isMap else { throw ShapeMismatch("it needs a feature map") }
    let (height, width) =
      switch size {
      case .exactly(let height, let width): (height, width)
      case .scaled(let height, let width):
        (Int(Double(input.height) * height), Int(Double(input.width) * width))
      }
    return try SampleShape.checked([height, width, input.channels])
  }
}

extension Resize {
  package func forward(_ run: borrowing Run) {
    let (x, y, output) = (run.inputs[0], run.output, run.site.output)
    withUnsafePointer(to: shape(run)) { shape in
      let length = output.width * output.channels
      Parallel.ranges(run.batch * output.height, grain: rowGrain(length)) { begin, end in
        graft_resize_forward(shape, x, y, begin, end)
      }
    }
  }

  package func backward(_ run: borrowing Run) {
    guard let gradient = run.inputGradient(0) else { return }
    let dy = run.givenGradient
    withUnsafePointer(to: shape(run)) { shape in
      Parallel.ranges(graft_resize_backward_units(shape)) { begin, end in
        graft_resize_backward(
          shape, dy, gradient.values, gradient.accumulates ? 1 : 0, begin, end)
      }
    }
  }

  private func shape(_ run: borrowing Run) -> graft_resize {
    let (input, output) = (run.site.inputs[0], run.site.output)
    var scales: (Double?, Double?) = (nil, nil)
    if case .scaled(let height, let width) = size { scales = (1 / height, 1 / width) }
    let vertical = line(input.height, output.height, scale: scales.0)
    let horizontal = line(input.width, output.width, scale: scales.1)
    let interpolation =
      switch mode {
      case .linear: GRAFT_LINEAR
      case .nearest(.floor): GRAFT_NEAREST_FLOOR
      case .nearest(.ceil): GRAFT_NEAREST_CEIL
      case .nearest(.preferFloor): GRAFT_NEAREST_PREFER_FLOOR
      case .nearest(.preferCeil): GRAFT_NEAREST_PREFER_CEIL
      }
    return graft_resize(
      batch: run.batch, channels: input.channels, in_height: input.height, in_width: input.width,
      out_height: output.height, out_width: output.width, vertical_scale: vertical.scale,
      vertical_offset: vertical.offset, horizontal_scale: horizontal.scale,
      horizontal_offset: horizontal.offset, interpolation: interpolation)
  }

  /// The coordinates along an axis as a line; `scale` where it is given rather than follows from the sides.
  private func line(
    _ source: Int, _ target: Int, scale: Double?
  ) -> (scale: Double, offset: Double) {
    let s = scale ?? Double(source) / Double(target)
    return switch coordinates {
    case .halfPixel: (s, 0.5 * s - 0.5)
    case .pytorchHalfPixel: target > 1 ? (s, 0.5 * s - 0.5) : (0, 0)
    case .alignCorners: (target > 1 ? Double(source - 1) / Double(target - 1) : 0, 0)
    case .asymmetric: (s, 0)
    }
  }
}
