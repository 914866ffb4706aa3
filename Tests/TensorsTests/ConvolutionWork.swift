import CKernels
import Foundation
import Tensors
import Testing

/// One convolution with its data, run through the kernels and compared with the definition.
struct ConvolutionWork {
  let shape: graft_conv
  let x: [Float], w: [Float], dy: [Float], bias: [Float], residual: [Float], before: [Float]
  let reference: ConvolutionReference

  init(_ shape: graft_conv, poisoned: Float? = nil) {
    self.shape = shape
    var x = Kernels.random(shape.inputCount, "x")
    if let poisoned { x[x.count / 2] = poisoned }
    self.x = x
    w = Kernels.random(shape.weightCount, "w")
    dy = Kernels.random(shape.outputCount, "dy")
    bias = Kernels.random(shape.out_channels, "bias")
    residual = Kernels.random(shape.outputCount, "residual")
    before = Kernels.random(max(shape.inputCount, shape.weightCount), "before")
    reference = ConvolutionReference(shape, x: x, w: w, dy: dy)
  }

  /// y with bias, residual and clamp or another function, whose parameters `low` and `high` then are;
  /// what lies between strided pixels must stay as it was.
  func forward(
    low: Float, high: Float, activation: graft_activation_kind = GRAFT_CLAMP,
    depthwise: Bool = false
  ) -> [Float] {
    var y = residual
    withUnsafePointer(to: shape) { s in
      var packed = [Float](
        repeating: .nan, count: depthwise ? shape.weightCount : graft_conv_packed_count(s))
      if depthwise { graft_depthwise_pack(s, w, &packed) } else { graft_conv_pack(s, w, &packed) }
      let units =
        depthwise ? shape.batch * shape.out_height : graft_conv_forward_units(s)
      y.withUnsafeMutableBufferPointer { y in
        bias.withUnsafeBufferPointer { bias in
          guard let out = y.baseAddress else { return }
          // The residual is y itself: both adds and aliases.
          var epilogue = graft_epilogue(
            bias: bias.baseAddress, residual: UnsafePointer(out),
            residual_stride: shape.out_pixel_stride, low: low, high: high,
            activation: Int32(activation.rawValue))
          withUnsafePointer(to: &epilogue) { e in
            Parallel.ranges(units) { begin, end in
              if depthwise {
                graft_depthwise_forward(s, packed, x, e, out, begin, end)
              } else {
                graft_conv_forward(s, packed, x, e, out, begin, end)
              }
            }
          }
        }
      }
    }
    return y
  }

  func gradients(accumulate: Bool, depthwise: Bool = false) -> (dx: [Float], dw: [Float]) {
    var dx = Array(before.prefix(shape.inputCount))
    var dw = Array(before.prefix(shape.weightCount))
    let add: Int32 = accumulate ? 1 : 0
    withUnsafePointer(to: shape) { s in
      dx.withUnsafeMutableBufferPointer { dx in
        dw.withUnsafeMutableBufferPointer { dw in
          guard let toX = dx.baseAddress, let toW = dw.baseAddress else { return }
          if depthwise {
            depthwiseGradients(s, add, toX, toW)
          } else {
            fullGradients(s, add, toX, toW)
          }
        }
      }
    }
    return (dx, dw)
  }

  private func fullGradients(
    _ s: UnsafePointer<graft_conv>, _ add: Int32, _ dx: UnsafeMutablePointer<Float>,
    _ dw: UnsafeMutablePointer<Float>
  ) {
    var packed = [Float](repeating: .nan, count: graft_conv_packed_flipped_count(s))
    graft_conv_pack_flipped(s, w, &packed)
    Parallel.ranges(graft_conv_input_gradient_units(s)) {
      graft_conv_input_gradient(s, packed, dy, dx, add, $0, $1)
    }
    let scratch = FloatStorage(count: graft_conv_weight_gradient_scratch(s))
    scratch.buffer.update(repeating: .nan)
    Parallel.ranges(graft_conv_weight_gradient_units(s)) {
      graft_conv_weight_gradient(s, x, dy, scratch.pointer, dw, add, nil, $0, $1)
    }
    Parallel.ranges(graft_conv_weight_gradient_reduce_units(s)) {
      graft_conv_weight_gradient_reduce(s, scratch.pointer, dw, add, $0, $1)
    }
  }

  private func depthwiseGradients(
    _ s: UnsafePointer<graft_conv>, _ add: Int32, _ dx: UnsafeMutablePointer<Float>,
    _ dw: UnsafeMutablePointer<Float>
  ) {
    var packed = [Float](repeating: .nan, count: shape.weightCount)
    graft_depthwise_pack(s, w, &packed)
    Parallel.ranges(shape.batch * shape.in_height) {
      graft_depthwise_input_gradient(s, packed, dy, dx, add, $0, $1)
    }
    let scratch = FloatStorage(count: graft_depthwise_weight_gradient_scratch(s))
    scratch.buffer.update(repeating: .nan)
    Parallel.ranges(graft_depthwise_weight_gradient_units(s)) {
      graft_depthwise_weight_gradient(s, x, dy, scratch.pointer, $0, $1)
    }
    graft_depthwise_weight_gradient_reduce(s, scratch.pointer, dw, add)
  }

  /// y by the definition: a function of sum, bias and residual.
  func finished(_ function: (Double) -> Double) -> [Double] {
    reference.y.indices.map { i in
      let channel = i % shape.out_pixel_stride
      guard channel < shape.out_channels else { return Double(residual[i]) }
      return function(reference.y[i] + Double(bias[channel]) + Double(residual[i]))
    }
  }

  /// Compares forward and both gradients with the definition.
  func check(_ isa: String, accumulate: Bool, depthwise: Bool = false) {
    let low = -0.8
    let high = 1.1
    let tolerance = Kernels.Convolution.tolerance
    Kernels.expectClose(
      forward(low: Float(low), high: Float(high), depthwise: depthwise),
      finished { min(max($0, low), high) }, tolerance: tolerance, "\(isa) forward")
    Kernels.expectClose(
      forward(low: 0.5, high: 0, activation: GRAFT_SWISH, depthwise: depthwise),
      finished { $0 / (1 + exp(-0.5 * $0)) }, tolerance: tolerance, "\(isa) forward with swish")
    let (dx, dw) = gradients(accumulate: accumulate, depthwise: depthwise)
    let expectedX = reference.dx.indices.map { i -> Double in
      guard i % shape.in_pixel_stride < shape.in_channels else { return Double(before[i]) }
      return reference.dx[i] + (accumulate ? Double(before[i]) : 0)
    }
    let expectedW = reference.dw.indices.map {
      reference.dw[$0] + (accumulate ? Double(before[$0]) : 0)
    }
    Kernels.expectClose(dx, expectedX, tolerance: tolerance, "\(isa) input gradient")
    Kernels.expectClose(dw, expectedW, tolerance: tolerance, "\(isa) weight gradient")
  }
}
