import CKernels
import Foundation
import Tensors
import Testing

extension ConvolutionWork {
  /// y with bias, residual (y itself) and clamp or another function, by Winograd's form.
  func winogradForward(
    low: Float, high: Float, activation: graft_activation_kind = GRAFT_CLAMP
  ) -> [Float] {
    var y = residual
    withUnsafePointer(to: shape) { s in
      let packed = winogradWeights(s, GRAFT_WINOGRAD_FORWARD)
      let (scratch, stride) = winogradScratch(s, GRAFT_WINOGRAD_FORWARD)
      y.withUnsafeMutableBufferPointer { y in
        bias.withUnsafeBufferPointer { bias in
          guard let out = y.baseAddress else { return }
          let epilogue = graft_epilogue(
            bias: bias.baseAddress, residual: UnsafePointer(out),
            residual_stride: shape.out_pixel_stride, low: low, high: high,
            activation: Int32(activation.rawValue))
          withUnsafePointer(to: epilogue) { e in
            Parallel.ranges(
              graft_winograd_units(s, GRAFT_WINOGRAD_FORWARD), slots: Parallel.threadCount
            ) { slot, begin, end in
              graft_winograd_forward(
                s, packed, x, e, out, scratch.pointer + slot * stride, begin, end)
            }
          }
        }
      }
    }
    return y
  }

  /// dx by Winograd's form.
  func winogradInputGradient(accumulate: Bool) -> [Float] {
    var dx = Array(before.prefix(shape.inputCount))
    withUnsafePointer(to: shape) { s in
      let packed = winogradWeights(s, GRAFT_WINOGRAD_INPUT_GRADIENT)
      let (scratch, stride) = winogradScratch(s, GRAFT_WINOGRAD_INPUT_GRADIENT)
      dx.withUnsafeMutableBufferPointer { dx in
        guard let to = dx.baseAddress else { return }
        Parallel.ranges(
          graft_winograd_units(s, GRAFT_WINOGRAD_INPUT_GRADIENT), slots: Parallel.threadCount
        ) { slot, begin, end in
          graft_winograd_input_gradient(
            s, packed, dy, to, accumulate ? 1 : 0, scratch.pointer + slot * stride, begin, end)
        }
      }
    }
    return dx
  }

  /// dw by Winograd's form.
  func winogradWeightGradient(accumulate: Bool) -> [Float] {
    var dw = Array(before.prefix(shape.weightCount))
    let add: Int32 = accumulate ? 1 : 0
    withUnsafePointer(to: shape) { s in
      let partial = FloatStorage(count: graft_winograd_partial(s))
      partial.buffer.update(repeating: .nan)
      let (scratch, stride) = winogradScratch(s, GRAFT_WINOGRAD_WEIGHT_GRADIENT)
      dw.withUnsafeMutableBufferPointer { dw in
        guard let to = dw.baseAddress else { return }
        Parallel.ranges(
          graft_winograd_units(s, GRAFT_WINOGRAD_WEIGHT_GRADIENT), slots: Parallel.threadCount
        ) { slot, begin, end in
          graft_winograd_weight_gradient(
            s, x, dy, partial.pointer, to, add, scratch.pointer + slot * stride, begin, end)
        }
        Parallel.ranges(graft_winograd_weight_gradient_reduce_units(s)) { begin, end in
          graft_winograd_weight_gradient_reduce(s, partial.pointer, to, add, begin, end)
        }
      }
    }
    return dw
  }

  /// Compares forward and gradients with the definition.
  func checkWinograd(_ isa: String, accumulate: Bool) {
    let tolerance = Kernels.Winograd.tolerance
    let (low, high) = (-0.8, 1.1)
    Kernels.expectClose(
      winogradForward(low: Float(low), high: Float(high)), finished { min(max($0, low), high) },
      tolerance: tolerance, "\(isa) forward")
    Kernels.expectClose(
      winogradForward(low: 0.5, high: 0, activation: GRAFT_SWISH),
      finished { $0 / (1 + exp(-0.5 * $0)) }, tolerance: tolerance, "\(isa) forward with swish")
    let dx = reference.dx.indices.map { i -> Double in
      guard i % shape.in_pixel_stride < shape.in_channels else { return Double(before[i]) }
      return reference.dx[i] + (accumulate ? Double(before[i]) : 0)
    }
    Kernels.expectClose(
      winogradInputGradient(accumulate: accumulate), dx, tolerance: tolerance,
      "\(isa) input gradient")
    let dw = reference.dw.indices.map {
      reference.dw[$0] + (accumulate ? Double(before[$0]) : 0)
    }
    Kernels.expectClose(
      winogradWeightGradient(accumulate: accumulate), dw, tolerance: tolerance,
      "\(isa) weight gradient")
  }

  private func winogradWeights(
    _ s: UnsafePointer<graft_conv>, _ pass: graft_winograd_pass
  ) -> [Float] {
    var packed = [Float](repeating: .nan, count: graft_winograd_packed_count(s, pass))
    graft_winograd_pack(s, pass, w, &packed)
    return packed
  }

  /// Scratch memory for every thread, and floats from one thread's to the next.
  private func winogradScratch(
    _ s: UnsafePointer<graft_conv>, _ pass: graft_winograd_pass
  ) -> (FloatStorage, Int) {
    let stride = graft_winograd_scratch(s, pass)
    let scratch = FloatStorage(count: stride * Parallel.threadCount)
    scratch.buffer.update(repeating: .nan)
    return (scratch, stride)
  }
}
