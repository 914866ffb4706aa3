internal import CKernels

/// Floats that are worth a range of their own in element-wise work; a multiple of 16.
let elementGrain = 16384

/// Rows of this many floats that are worth a range of their own.
func rowGrain(_ channels: Int) -> Int { max(1, elementGrain / channels) }

/// The next multiple of 16 floats, so that what follows begins on a cache line.
func alignedCount(_ count: Int) -> Int { (count + 15) / 16 * 16 }

extension Run {
  /// Rows of the output in this run: samples × pixels.
  var outputRows: Int { batch * site.output.pixels }

  /// Floats of the output in this run.
  var outputCount: Int { batch * site.output.count }

  /// Where the gradient of an input goes, where it is wanted.
  func inputGradient(_ index: Int) -> InputGradient? {
    inputGradients[index]
  }

  /// Where the gradient of a parameter goes, where it is wanted.
  func parameterGradient(_ index: Int) -> UnsafeMutablePointer<Float>? {
    parameterGradients[index]
  }

  /// The gradient of the output.
  var givenGradient: UnsafeMutablePointer<Float> {
    guard let outputGradient else {
      preconditionFailure("backward of a node whose output has no gradient")
    }
    return outputGradient
  }
}

extension graft_conv {
  /// The kernels' description of a linear layer over rows: as many images of one pixel.
  ///
  /// It allocates nothing, as a ``SampleShape`` would, and so may be made in every call.
  static func linear(rows: Int, from inputs: Int, to outputs: Int) -> graft_conv {
    graft_conv(
      batch: rows, in_height: 1, in_width: 1, in_channels: inputs, in_pixel_stride: inputs,
      out_height: 1, out_width: 1, out_channels: outputs, out_pixel_stride: outputs,
      kernel_height: 1, kernel_width: 1, stride_height: 1, stride_width: 1, pad_top: 0,
      pad_left: 0, dilation_height: 1, dilation_width: 1, groups: 1)
  }
}

extension Window {
  /// The kernels' description of a convolution of a batch with this window.
  func shape(
    batch: Int, input: SampleShape, output: SampleShape, groups: Int
  ) -> graft_conv {
    graft_conv(
      batch: batch, in_height: input.height, in_width: input.width, in_channels: input.channels,
      in_pixel_stride: input.channels, out_height: output.height, out_width: output.width,
      out_channels: output.channels, out_pixel_stride: output.channels,
      kernel_height: vertical.size, kernel_width: horizontal.size,
      stride_height: vertical.stride, stride_width: horizontal.stride,
      pad_top: vertical.leading(along: input.height),
      pad_left: horizontal.leading(along: input.width),
      dilation_height: vertical.dilation, dilation_width: horizontal.dilation, groups: groups)
  }
}

extension Window {
  /// The kernels' description of a pooling with this window, which counts no padding.
  func pool(batch: Int, site: Site) -> graft_pool {
    let (input, output) = (site.inputs[0], site.output)
    return graft_pool(
      batch: batch, channels: input.channels, in_height: input.height, in_width: input.width,
      in_pixel_stride: input.channels, out_height: output.height, out_width: output.width,
      out_pixel_stride: output.channels, kernel_height: vertical.size,
      kernel_width: horizontal.size, stride_height: vertical.stride,
      stride_width: horizontal.stride, pad_top: vertical.leading(along: input.height),
      pad_left: horizontal.leading(along: input.width),
      pad_bottom: vertical.trailing(along: input.height),
      pad_right: horizontal.trailing(along: input.width), count_includes_pad: 0, adaptive: 0)
  }
}

extension Epilogue {
  /// The kernels' description of this epilogue; residual pixels are `stride` floats apart.
  func kernel(
    bias: UnsafePointer<Float>?, residual: UnsafePointer<Float>?, stride: Int
  ) -> graft_epilogue {
    let (kind, a, b) = activation.kernel
    return graft_epilogue(
      bias: bias, residual: residual, residual_stride: stride, low: a, high: b, activation: kind)
  }
}
