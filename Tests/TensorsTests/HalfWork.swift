import CKernels
import Foundation
import Tensors
import Testing

/// One convolution in half precision, run through the kernels and compared with the definition on operands
/// that are rounded as the format rounds them.
struct HalfWork {
  let format: graft_half
  let shape: graft_conv
  var x: [Float], w: [Float]
  let bias: [Float], residual: [Float]

  init(_ format: graft_half, _ shape: graft_conv) {
    self.format = format
    self.shape = shape
    x = Kernels.random(shape.inputCount, "x")
    w = Kernels.random(shape.weightCount, "w")
    bias = Kernels.random(shape.out_channels, "bias")
    residual = Kernels.random(shape.outputCount, "residual")
  }

  /// Products in a sum.
  var depth: Int { shape.kernel_height * shape.kernel_width * shape.in_channels / shape.groups }

  /// y with bias, residual and clamp or another function, whose parameters `low` and `high` then are;
  /// what lies between strided pixels must stay as it was.
  func forward(
    low: Float, high: Float, activation: graft_activation_kind = GRAFT_CLAMP, adds: Bool = true
  ) -> [Float] {
    var y = residual
    let threads = Parallel.threadCount
    withUnsafePointer(to: shape) { s in
      var packed = [Float](repeating: .nan, count: graft_half_packed_count(format, s))
      graft_half_pack(format, s, w, &packed)
      let slotScratch = (graft_half_scratch(format, s) + 15) / 16 * 16
      let scratch = FloatStorage(count: threads * slotScratch)
      scratch.buffer.update(repeating: .nan)
      y.withUnsafeMutableBufferPointer { y in
        bias.withUnsafeBufferPointer { bias in
          guard let out = y.baseAddress else { return }
          // The residual is y itself: both adds and aliases.
          let epilogue = graft_epilogue(
            bias: adds ? bias.baseAddress : nil, residual: adds ? UnsafePointer(out) : nil,
            residual_stride: shape.out_pixel_stride, low: low, high: high,
            activation: Int32(activation.rawValue))
          withUnsafePointer(to: epilogue) { e in
            Parallel.ranges(graft_half_units(format, s), slots: threads) { slot, begin, end in
              graft_half_forward(
                format, s, packed, x, e, out, scratch.pointer + slot * slotScratch, begin, end)
            }
          }
        }
      }
    }
    return y
  }

  /// y by the definition: a function of sum, bias and residual.
  func expected(_ function: (Double) -> Double) -> [Double] {
    let reference = ConvolutionReference(
      shape, x: x.map(rounded), w: w.map(rounded),
      dy: [Float](repeating: 0, count: shape.outputCount))
    return reference.y.indices.map { i in
      let channel = i % shape.out_pixel_stride
      guard channel < shape.out_channels else { return Double(residual[i]) }
      return function(reference.y[i] + Double(bias[channel]) + Double(residual[i]))
    }
  }

  /// The nearest number of 11 or 8 bits, ties to even.
  private func rounded(_ x: Float) -> Float {
    let dropped: UInt32 = format == GRAFT_FLOAT16 ? 13 : 16
    let half = (UInt32(1) << (dropped - 1)) - 1
    let bits = x.bitPattern &+ half &+ (x.bitPattern >> dropped & 1)
    return Float(bitPattern: bits & ~(2 * half + 1))
  }

  /// Compares with the definition.
  ///
  /// Float16 rounds each of at most 64 sums before they are widened, bfloat16 only in Float32. Winograd's
  /// form rounds at its points, and a result in a tile's corner takes 11 times the error of some.
  func check() {
    let isWinograd =
      format == GRAFT_FLOAT16
      && withUnsafePointer(to: shape) { graft_winograd_wins($0, GRAFT_WINOGRAD_FORWARD) != 0 }
    let unit = isWinograd ? 1.5e-2 : format == GRAFT_FLOAT16 ? 1.5e-3 : 3e-6
    let tolerance = unit * Double(depth).squareRoot()
    Kernels.expectClose(
      forward(low: -0.8, high: 1.1), expected { min(max($0, -0.8), 1.1) }, tolerance: tolerance,
      "clamp")
    Kernels.expectClose(
      forward(low: 0.5, high: 0, activation: GRAFT_SWISH),
      expected { $0 / (1 + exp(-0.5 * $0)) }, tolerance: tolerance, "swish")
    let (y, sums) = (forward(low: -.infinity, high: .infinity), expected { $0 })
    Kernels.expectClose(y, sums, tolerance: tolerance, "sum")
    let error = zip(y, sums).reduce(0) { $0 + (Double($1.0) - $1.1) * (Double($1.0) - $1.1) }
    let relative = (error / sums.reduce(0) { $0 + $1 * $1 }).squareRoot()
    #expect(relative < unit, "root mean square")
  }
}
