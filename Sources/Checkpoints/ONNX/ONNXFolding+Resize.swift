internal import Foundation
internal import Tensors

/// `Resize` of constants, as position embeddings of another grid need it.
///
/// - Reference: ONNX's Resize (opset 13), without `roi` and without a filter against aliasing.
extension ONNXFolding {
  mutating func resized(
    _ node: ONNXNode, _ inputs: [ONNXArray?]
  ) throws(ONNXProblem) -> ONNXArray? {
    guard let array = inputs.first ?? nil, opset >= 11 else { return nil }
    func list(_ index: Int) -> ONNXArray? {
      guard inputs.indices.contains(index), let list = inputs[index], list.count > 0 else {
        return nil
      }
      return list
    }
    let rank = array.shape.count
    let sizes = try list(3).map { (list) throws(ONNXProblem) in try integers(list) }
    let scales = list(2)?.numbers.map(Double.init)
    let axes = try ONNXAxes.axes(node.integers("axes") ?? Array(0..<rank), rank: rank)
    guard (sizes?.count ?? scales?.count) == axes.count, node.integer("antialias") ?? 0 == 0,
      node.text("keep_aspect_ratio_policy") ?? "stretch" == "stretch"
    else { return nil }
    var result = array.tensorArray
    for (index, axis) in axes.enumerated() {
      let length = array.shape[axis]
      let scale = scales?[index]
      let target =
        sizes?[index] ?? Int((Double(length) * max(0, min(scale ?? 1, 65536))).rounded(.down))
      guard (1...(1 << 16)).contains(target), length > 0 else {
        throw .malformed("it resizes \(length) places to \(target)")
      }
      if target == length, scale ?? 1 == 1 { continue }
      let taps = try (0..<target).map { (place) throws(ONNXProblem) in
        try self.taps(
          node, place, length: length, target: target,
          scale: scale ?? Double(target) / Double(length))
      }
      result = try resampled(result, axis: axis, taps)
    }
    return result
  }

  /// Which places of an axis a target place is made of, and how much of each.
  private func taps(
    _ node: ONNXNode, _ place: Int, length: Int, target: Int, scale: Double
  ) throws(ONNXProblem) -> [(place: Int, share: Float)] {
    let (i, last) = (Double(place), Double(length - 1))
    let x: Double
    switch node.text("coordinate_transformation_mode") ?? "half_pixel" {
    case "half_pixel": x = (i + 0.5) / scale - 0.5
    case "pytorch_half_pixel": x = target > 1 ? (i + 0.5) / scale - 0.5 : 0
    case "align_corners": x = target > 1 ? i * last / Double(target - 1) : 0
    case "asymmetric": x = i / scale
    case let mode: throw .unsupported("it resizes with the coordinates '\(mode)'")
    }
    func clipped(_ place: Double) -> Int { Int(max(0, min(last, place))) }
    let floor = x.rounded(.down)
    let part = x - floor
    switch node.text("mode") ?? "nearest" {
    case "linear":
      return [(clipped(floor), Float(1 - part)), (clipped(floor + 1), Float(part))]
    case "cubic":
      let a = Double(node.float("cubic_coeff_a") ?? -0.75)
      func weight(_ distance: Double) -> Double {
        let d = abs(distance)
        if d <= 1 { return ((a + 2) * d - (a + 3)) * d * d + 1 }
        return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0
      }
      let isOutside = node.integer("exclude_outside") == 1
      guard !isOutside else { throw .unsupported("it leaves out what lies outside") }
      return (-1...2).map { offset in
        (clipped(floor + Double(offset)), Float(weight(part - Double(offset))))
      }
    case "nearest":
      let nearest: Double
      switch node.text("nearest_mode") ?? "round_prefer_floor" {
      case "floor": nearest = floor
      case "ceil": nearest = x.rounded(.up)
      case "round_prefer_ceil": nearest = (x + 0.5).rounded(.down)
      default: nearest = (x - 0.5).rounded(.up)
      }
      return [(clipped(nearest), 1)]
    case let mode: throw .unsupported("it resizes by '\(mode)'")
    }
  }

  /// Weighted sums of places of one axis.
  private mutating func resampled(
    _ array: ONNXArray, axis: Int, _ taps: [[(place: Int, share: Float)]]
  ) throws(ONNXProblem) -> ONNXArray {
    var shape = array.shape
    let length = shape[axis]
    shape[axis] = taps.count
    guard let count = ONNXAxes.product(shape) else { throw .malformed("\(shape) is no shape") }
    try spend(count)
    let inner = shape[(axis + 1)...].reduce(1, *)
    let (source, result) = (array.numbers, FloatStorage(count: count))
    for row in 0..<shape[..<axis].reduce(1, *) {
      for (place, parts) in taps.enumerated() {
        let target = result.pointer + (row * taps.count + place) * inner
        for part in parts {
          let from = (row * length + part.place) * inner
          for i in 0..<inner { target[i] += part.share * source[from + i] }
        }
      }
    }
    return ONNXArray(shape: shape, floats: result)
  }
}
