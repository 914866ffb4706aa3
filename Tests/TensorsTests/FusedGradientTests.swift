import CKernels
import Tensors
import Testing

extension Kernels {
  /// What a product does besides in training, against the same in passes of their own.
  @Suite struct FusedGradients {
    /// The shapes of one group: the others are refused.
    static let shapes = Convolution.shapes.filter { $0.groups == 1 }

    @Test("packing scaled weights is packing weights that are scaled", arguments: shapes.indices)
    func scaledPacking(_ index: Int) {
      let s = Self.shapes[index]
      let (w, scale) = (
        Kernels.random(s.weightCount, "w"), Kernels.random(s.out_channels, "scale")
      )
      let row = s.weightCount / s.out_channels
      let scaled = w.indices.map { w[$0] * scale[$0 / row] }
      Kernels.each { isa in
        withUnsafePointer(to: s) { s in
          for flipped in [false, true] {
            let count =
              flipped ? graft_conv_packed_flipped_count(s) : graft_conv_packed_count(s)
            var (found, expected) = (
              [Float](repeating: 9, count: count), [Float](repeating: 9, count: count)
            )
            graft_conv_pack_scaled(s, w, scale, flipped ? 1 : 0, &found)
            if flipped {
              graft_conv_pack_flipped(s, scaled, &expected)
            } else {
              graft_conv_pack(s, scaled, &expected)
            }
            #expect(found == expected, "\(isa), shape \(index)")
          }
        }
      }
    }

    @Test("the gradient of a function's argument", arguments: shapes.indices)
    func gradientThrough(_ index: Int) {
      let s = Self.shapes[index]
      let (w, dy) = (Kernels.random(s.weightCount, "w"), Kernels.random(s.outputCount, "dy"))
      let argument = Kernels.random(s.inputCount, "z").map { 4 * $0 }
      Kernels.each { isa in
        withUnsafePointer(to: s) { s in
          var packed = [Float](repeating: .nan, count: graft_conv_packed_flipped_count(s))
          graft_conv_pack_flipped(s, w, &packed)
          let units = graft_conv_input_gradient_units(s)
          // What lies between strided pixels must stay as it was.
          var plain = [Float](repeating: 1, count: argument.count)
          graft_conv_input_gradient(s, packed, dy, &plain, 0, 0, units)
          for (kind, a, b) in [
            (GRAFT_GELU, 0, 0), (GRAFT_HARD_SWISH, 0, 0), (GRAFT_SWISH, Float(1.7), Float(0)),
            (GRAFT_CLAMP, -1, 2),
          ] {
            var expected = plain
            graft_activate_backward(
              Int32(kind.rawValue), a, b, argument, plain, &expected, 0, 0, plain.count)
            for i in expected.indices where i % s.pointee.in_pixel_stride >= s.pointee.in_channels {
              expected[i] = 1
            }
            var found = [Float](repeating: 1, count: argument.count)
            graft_conv_input_gradient_through(
              s, packed, dy, Int32(kind.rawValue), a, b, argument, &found, 0, units)
            #expect(found == expected, "\(isa), shape \(index), function \(kind.rawValue)")
          }
        }
      }
    }

    @Test("sums of dy from the product for the weights", arguments: shapes.indices)
    func rowSums(_ index: Int) {
      let s = Self.shapes[index]
      let (x, dy) = (Kernels.random(s.inputCount, "x"), Kernels.random(s.outputCount, "dy"))
      let pixels = s.outputCount / s.out_pixel_stride
      let expected = (0..<s.out_channels).map { channel in
        (0..<pixels).reduce(0.0) { $0 + Double(dy[$1 * s.out_pixel_stride + channel]) }
      }
      var isas = 0
      Kernels.each { isa in
        withUnsafePointer(to: s) { s in
          let (rows, channels) = (graft_conv_weight_gradient_row_sums(s), s.pointee.out_channels)
          guard rows > 0 else { return }
          isas += 1
          var sums = [Double](repeating: .nan, count: rows * channels)
          let scratch = FloatStorage(count: graft_conv_weight_gradient_scratch(s))
          var dw = [Float](repeating: 0, count: s.pointee.weightCount)
          graft_conv_weight_gradient(
            s, x, dy, scratch.pointer, &dw, 0, &sums, 0, graft_conv_weight_gradient_units(s))
          let found = (0..<channels).map { channel in
            Float((0..<rows).reduce(0.0) { $0 + sums[$1 * channels + channel] })
          }
          Kernels.expectClose(found, expected, tolerance: 1e-6, "\(isa), shape \(index)")
        }
      }
      // A plain product of many channels has them.
      if s.kernel_height == 1 && s.kernel_width == 1 && s.stride_height == 1 && s.in_channels >= 200
      {
        #expect(isas == Kernels.instructionSets.count)
      }
    }

    @Test("a factor per row and its gradient", arguments: Kernels.awkward + [600])
    func channelScale(_ columns: Int) {
      let rows = 5
      let (w, g) = (Kernels.random(rows * columns, "w"), Kernels.random(rows * columns, "g"))
      let scale = Kernels.random(rows, "scale")
      let expected = (0..<rows).map { r in
        (0..<columns).reduce(0.0) {
          $0 + Double(w[r * columns + $1]) * Double(g[r * columns + $1])
        }
      }
      let scaled = g.indices.map { g[$0] * scale[$0 / columns] }
      Kernels.each { isa in
        var (dw, dscale) = (g, [Float](repeating: .nan, count: rows))
        graft_channel_scale_backward(columns, w, scale, &dw, &dscale, 0, rows)
        #expect(dw == scaled, "\(isa)")
        Kernels.expectClose(dscale, expected, tolerance: 1e-6, "\(isa), \(columns)")
        var again = g
        graft_channel_scale_backward(columns, w, scale, &again, nil, 0, rows)
        #expect(again == scaled)
      }
    }
  }
}
