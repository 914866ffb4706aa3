internal import CKernels
internal import Tensors

/// Cuts a map into windows: `[H, W, C]` to `[⌈H/h⌉, ⌈W/w⌉, h·w, C]`.
///
/// The map is rolled up and to the left first; windows that reach over its edge are filled up with
/// zeros. ``WindowReversal`` is the inverse.
///
/// - Reference: Liu et al. 2021, arXiv:2103.14030, §3.2.
package struct WindowPartition: Operator {
  package static let kind = "window-partition"
  package let height: Int
  package let width: Int
  package let shift: WindowShift

  package init(height: Int, width: Int, shift: WindowShift = WindowShift()) {
    self.height = height
    self.width = width
    self.shift = shift
  }

  package func outputShape(of inputs: [SampleShape]) throws(ShapeMismatch) -> SampleShape {
    guard inputs[0].isMap else { throw ShapeMismatch("it needs a feature map") }
    let grid = grid(inputs[0])
    return SampleShape(axes: [grid.rows, grid.columns, height * width, inputs[0].channels])
  }
}

extension WindowPartition {
  package func forward(_ run: borrowing Run) {
    let (x, y, grid) = (run.inputs[0], run.output, grid(run.site.inputs[0]))
    Parallel.ranges(run.batch * grid.lines, grain: 4) { begin, end in
      for unit in begin..<end {
        let (sample, line) = unit.quotientAndRemainder(dividingBy: grid.lines)
        let (source, target) = (x + sample * grid.map.count, y + sample * grid.count)
        grid.forEachRun(ofLine: line) { window, pixel, count in
          if let pixel {
            (target + window).update(from: source + pixel, count: count)
          } else {
            (target + window).update(repeating: 0, count: count)
          }
        }
      }
    }
  }

  package func backward(_ run: borrowing Run) {
    guard let gradient = run.inputGradient(0) else { return }
    let (dy, dx, grid) = (run.givenGradient, gradient.values, grid(run.site.inputs[0]))
    let accumulate: Int32 = gradient.accumulates ? 1 : 0
    Parallel.ranges(run.batch * grid.lines, grain: 4) { begin, end in
      for unit in begin..<end {
        let (sample, line) = unit.quotientAndRemainder(dividingBy: grid.lines)
        let (source, target) = (dy + sample * grid.count, dx + sample * grid.map.count)
        grid.forEachRun(ofLine: line) { window, pixel, count in
          guard let pixel else { return }
          graft_copy_rows(count, source + window, count, target + pixel, count, accumulate, 0, 1)
        }
      }
    }
  }

  private func grid(_ map: SampleShape) -> WindowGrid {
    WindowGrid(map: map, height: height, width: width, shift: shift)
  }
}
