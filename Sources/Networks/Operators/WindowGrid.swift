/// A map cut into windows, after it was rolled by a shift and filled up with zeros at the bottom and
/// right: which pixels lie next to each other in both.
struct WindowGrid {
  let map: SampleShape
  /// Height and width of a window.
  let height: Int
  let width: Int
  let shift: WindowShift

  /// Rows and columns of windows.
  var rows: Int { (map.height + height - 1) / height }
  var columns: Int { (map.width + width - 1) / width }
  /// Lines of the filled-up map, each a unit of work.
  var lines: Int { rows * height }
  /// Floats of all windows.
  var count: Int { rows * columns * height * width * map.channels }

  /// Calls `body` for each run of pixels of a line: where it begins in the windows and in the map, both
  /// in floats, and its length; the place in the map is nil for zeros.
  func forEachRun(ofLine line: Int, _ body: (_ window: Int, _ map: Int?, _ count: Int) -> Void) {
    let channels = map.channels
    let source = line < map.height ? (line + shift.down) % map.height : nil
    for column in 0..<columns {
      let window = line / height * columns + column
      let place = (window * height + line % height) * width
      let first = column * width
      // Pixels of the map in this line of the window, then zeros.
      let inside = source == nil ? 0 : max(0, min(width, map.width - first))
      if let source {
        // The roll may end inside the run.
        let start = (first + shift.right) % map.width
        let before = min(inside, map.width - start)
        if before > 0 {
          body(place * channels, (source * map.width + start) * channels, before * channels)
        }
        if before < inside {
          body(
            (place + before) * channels, source * map.width * channels,
            (inside - before) * channels)
        }
      }
      if inside < width { body((place + inside) * channels, nil, (width - inside) * channels) }
    }
  }
}
