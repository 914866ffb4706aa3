import CKernels

extension graft_conv {
  /// A convolution over contiguous pixels; `bottom` and `right` padding decide the output size.
  init(
    batch: Int = 2, height: Int = 7, width: Int = 9, channels: Int, outputs: Int,
    kernel: (Int, Int) = (3, 3), stride: (Int, Int) = (1, 1), top: Int = 1, left: Int = 1,
    bottom: Int = 1, right: Int = 1, dilation: (Int, Int) = (1, 1), groups: Int = 1,
    slack: Int = 0
  ) {
    self.init()
    self.batch = batch
    in_height = height
    in_width = width
    in_channels = channels
    out_channels = outputs
    in_pixel_stride = channels + slack
    out_pixel_stride = outputs + 2 * slack
    (kernel_height, kernel_width) = kernel
    (stride_height, stride_width) = stride
    pad_top = top
    pad_left = left
    (dilation_height, dilation_width) = dilation
    self.groups = groups
    out_height = (height + top + bottom - dilation.0 * (kernel.0 - 1) - 1) / stride.0 + 1
    out_width = (width + left + right - dilation.1 * (kernel.1 - 1) - 1) / stride.1 + 1
  }

  var inputCount: Int { batch * in_height * in_width * in_pixel_stride }
  var outputCount: Int { batch * out_height * out_width * out_pixel_stride }
  var weightCount: Int { out_channels * kernel_height * kernel_width * in_channels / groups }

  /// Calls `body(output, input, weight)` with the indices of every product of the convolution.
  func forEachProduct(_ body: (Int, Int, Int) -> Void) {
    let inputs = in_channels / groups
    let outputs = out_channels / groups
    for n in 0..<batch {
      for oy in 0..<out_height {
        for ox in 0..<out_width {
          for ky in 0..<kernel_height {
            for kx in 0..<kernel_width {
              let iy = oy * stride_height + ky * dilation_height - pad_top
              let ix = ox * stride_width + kx * dilation_width - pad_left
              guard iy >= 0, iy < in_height, ix >= 0, ix < in_width else { continue }
              let x = ((n * in_height + iy) * in_width + ix) * in_pixel_stride
              let y = ((n * out_height + oy) * out_width + ox) * out_pixel_stride
              for o in 0..<out_channels {
                let w = ((o * kernel_height + ky) * kernel_width + kx) * inputs
                for i in 0..<inputs { body(y + o, x + o / outputs * inputs + i, w + i) }
              }
            }
          }
        }
      }
    }
  }
}

/// A convolution and its gradients in Float64, straight from the definition.
struct ConvolutionReference {
  var y: [Double], dx: [Double], dw: [Double]

  init(_ shape: graft_conv, x: [Float], w: [Float], dy: [Float]) {
    var y = [Double](repeating: 0, count: shape.outputCount)
    var dx = [Double](repeating: 0, count: shape.inputCount)
    var dw = [Double](repeating: 0, count: shape.weightCount)
    shape.forEachProduct { o, i, k in
      y[o] += Double(x[i]) * Double(w[k])
      dx[i] += Double(dy[o]) * Double(w[k])
      dw[k] += Double(dy[o]) * Double(x[i])
    }
    (self.y, self.dx, self.dw) = (y, dx, dw)
  }
}
