internal import CKernels
internal import Tensors

/// Puts windows back to where ``WindowPartition`` took them from, and adds a residual:
/// inputs `[⌈H/h⌉, ⌈W/w⌉, h·w, C]` and the residual `[H, W, C]`, output `[H, W, C]`.
package struct WindowReversal: Operator {
  package static let kind = "window-reversal"
  package let height: Int
  package let width: Int
  package let shift: WindowShift

  package init(height: Int, width: Int, shift: WindowShift = WindowShift()) {
    self.height = height
    self.width = width
    self.shift = shift
  }

  package func outputShape(of inputs: [SampleShape]) throws(ShapeMismatch) -> SampleShape {
    guard inputs[1].isMap else { throw ShapeMismatch("the residual must be a feature map") }
    let grid = grid(inputs[1])
    guard
      inputs[0].dimensions == [grid.rows, grid.columns, height * width, inputs[1].channels]
    else { throw ShapeMismatch("the windows are not those of the residual's map") }
    return inputs[1]
  }
}

extension WindowReversal {
  package var inputsOutputMayReplace: [Int] { [1] }
  package var inputsGradientMayReplace: [Int] { [1] }

  package func forward(_ run: borrowing Run) {
    let (windows, residual, y) = (run.inputs[0], run.inputs[1], run.output)
    let grid = grid(run.site.output)
    Parallel.ranges(run.batch * grid.lines, grain: 4) { begin, end in
      for unit in begin..<end {
        let (sample, line) = unit.quotientAndRemainder(dividingBy: grid.lines)
        let (source, offset) = (windows + sample * grid.count, sample * grid.map.count)
        grid.forEachRun(ofLine: line) { window, pixel, count in
          guard let pixel else { return }
          graft_add(
            source + window, residual + offset + pixel, -.infinity, .infinity, y + offset + pixel,
            0, count)
        }
      }
    }
  }

  package func backward(_ run: borrowing Run) {
    let (dy, grid) = (run.givenGradient, grid(run.site.output))
    if let gradient = run.inputGradient(0) {
      let accumulate: Int32 = gradient.accumulates ? 1 : 0
      Parallel.ranges(run.batch * grid.lines, grain: 4) { begin, end in
        for unit in begin..<end {
          let (sample, line) = unit.quotientAndRemainder(dividingBy: grid.lines)
          let (source, target) = (
            dy + sample * grid.map.count, gradient.values + sample * grid.count
          )
          grid.forEachRun(ofLine: line) { window, pixel, count in
            if let pixel {
              graft_copy_rows(
                count, source + pixel, count, target + window, count, accumulate, 0, 1)
            } else if !gradient.accumulates {
              (target + window).update(repeating: 0, count: count)
            }
          }
        }
      }
    }
    if let gradient = run.inputGradient(1), gradient.values != dy {
      let count = grid.map.count
      Parallel.ranges(run.batch) { begin, end in
        graft_copy_rows(
          count, dy, count, gradient.values, count, gradient.accumulates ? 1 : 0, begin, end)
      }
    }
  }

  private func grid(_ map: SampleShape) -> WindowGrid {
    WindowGrid(map: map, height: height, width: width, shift: shift)
  }
}
