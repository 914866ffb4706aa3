internal import CKernels
internal import Tensors

/// Puts each 2×2 pixels of a map side by side in the channels: `[H, W, C]` to
/// `[⌈H/2⌉, ⌈W/2⌉, 4C]`, zeros behind an odd edge.
///
/// The order of the pixels (y, x) is (0, 0), (1, 0), (0, 1), (1, 1).
///
/// - Reference: Liu et al. 2021, arXiv:2103.14030, §3.1.
package struct PatchMerging: Operator {
  package static let kind = "patch-merging"

  package init() {}

  package func outputShape(of inputs: [SampleShape]) throws(ShapeMismatch) -> SampleShape {
    let map = inputs[0]
    guard map.isMap else { throw ShapeMismatch("it needs a feature map") }
    return SampleShape(
      height: (map.height + 1) / 2, width: (map.width + 1) / 2, channels: 4 * map.channels)
  }
}

extension PatchMerging {
  package func forward(_ run: borrowing Run) {
    let (x, y, input, output) = (run.inputs[0], run.output, run.site.inputs[0], run.site.output)
    forEachLine(run) { source, line, target in
      for column in 0..<2 {
        let to = y + target + column * 2 * input.channels + line * input.channels
        let pixels = source == nil ? 0 : (input.width - column + 1) / 2
        if let source {
          graft_copy_rows(
            input.channels, x + source + column * input.channels, 2 * input.channels, to,
            output.channels, 0, 0, pixels)
        }
        for pixel in pixels..<output.width {
          graft_fill(0, to + pixel * output.channels, 0, input.channels)
        }
      }
    }
  }

  package func backward(_ run: borrowing Run) {
    guard let gradient = run.inputGradient(0) else { return }
    let (dy, input, output) = (run.givenGradient, run.site.inputs[0], run.site.output)
    forEachLine(run) { source, line, target in
      guard let source else { return }
      for column in 0..<2 {
        graft_copy_rows(
          input.channels, dy + target + column * 2 * input.channels + line * input.channels,
          output.channels, gradient.values + source + column * input.channels, 2 * input.channels,
          gradient.accumulates ? 1 : 0, 0, (input.width - column + 1) / 2)
      }
    }
  }

  /// Calls `body` with where a line of the input begins (nil where there is none), whether it is the
  /// upper (0) or lower (1) of its pair, and where the output's line begins, in floats.
  private func forEachLine(
    _ run: borrowing Run, _ body: (_ source: Int?, _ line: Int, _ target: Int) -> Void
  ) {
    let (input, output) = (run.site.inputs[0], run.site.output)
    Parallel.forEach(run.batch * output.height) { unit in
      let (sample, row) = unit.quotientAndRemainder(dividingBy: output.height)
      for line in 0..<2 {
        let y = 2 * row + line
        body(
          y < input.height ? (sample * input.height + y) * input.width * input.channels : nil, line,
          unit * output.width * output.channels)
      }
    }
  }
}
