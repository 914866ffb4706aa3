import CKernels
import Foundation
import Tensors
import Testing

extension Kernels {
  /// Resized maps against the definition in Float64, and their gradients as the transposed sums.
  @Suite struct Resizing {
    /// The source places of a target along an axis, and their shares.
    static func taps(
      _ kind: graft_interpolation, _ scale: Double, _ offset: Double, _ target: Int, _ size: Int
    ) -> [(place: Int, share: Double)] {
      let x = min(max(scale * Double(target) + offset, 0), Double(size - 1))
      switch kind {
      case GRAFT_NEAREST_FLOOR: return [(Int(x), 1)]
      case GRAFT_NEAREST_CEIL: return [(Int(ceil(x)), 1)]
      case GRAFT_NEAREST_PREFER_FLOOR: return [(Int(ceil(x - 0.5)), 1)]
      case GRAFT_NEAREST_PREFER_CEIL: return [(Int(floor(x + 0.5)), 1)]
      default:
        let low = Int(x)
        return [(low, 1 - x + Double(low)), (min(low + 1, size - 1), x - Double(low))]
      }
    }

    @Test(arguments: [1, 3, 16, 33, 70])
    func forwardAndBackward(_ channels: Int) {
      let (height, width, tall, wide) = (3, 4, 6, 7)
      for kind in [
        GRAFT_LINEAR, GRAFT_NEAREST_FLOOR, GRAFT_NEAREST_CEIL, GRAFT_NEAREST_PREFER_FLOOR,
        GRAFT_NEAREST_PREFER_CEIL,
      ] {
        var shape = graft_resize(
          batch: 2, channels: channels, in_height: height, in_width: width, out_height: tall,
          out_width: wide, vertical_scale: 0.5, vertical_offset: -0.25, horizontal_scale: 0.625,
          horizontal_offset: 0, interpolation: kind)
        let x = Kernels.random(2 * height * width * channels, "x")
        let dy = Kernels.random(2 * tall * wide * channels, "dy")
        let before = Kernels.random(x.count, "before")
        var (y, dx) = ([Double](repeating: 0, count: dy.count), before.map(Double.init))
        for i in dy.indices {
          let (pixel, c) = i.quotientAndRemainder(dividingBy: channels)
          let (image, oy, ox) = (pixel / wide / tall, pixel / wide % tall, pixel % wide)
          for v in Resizing.taps(kind, 0.5, -0.25, oy, height) {
            for h in Resizing.taps(kind, 0.625, 0, ox, width) {
              let place = ((image * height + v.place) * width + h.place) * channels + c
              y[i] += v.share * h.share * Double(x[place])
              dx[place] += v.share * h.share * Double(dy[i])
            }
          }
        }
        Kernels.each { isa in
          var (own, slope) = ([Float](repeating: 0, count: dy.count), before)
          for row in 0..<2 * tall { graft_resize_forward(&shape, x, &own, row, row + 1) }
          for unit in 0..<graft_resize_backward_units(&shape) {
            graft_resize_backward(&shape, dy, &slope, 1, unit, unit + 1)
          }
          Kernels.expectClose(own, y, tolerance: 1e-6, "\(isa) resize \(kind.rawValue)")
          Kernels.expectClose(slope, dx, tolerance: 2e-6, "\(isa) gradient \(kind.rawValue)")
        }
      }
    }
  }
}
