/// Rules of ONNX about axes and shapes, with the batch as a number of its own.
///
/// How many samples there are is not known before a network runs. The length ``batch`` stands for it in
/// shapes; it is so large that no other length is a multiple of it, and a power of two, so that Float32
/// holds its multiples exactly.
enum ONNXAxes {
  /// The length that stands for the number of samples.
  static let batch = 1 << 30

  /// Whether a length counts samples, maybe several places of each.
  static func isBatch(_ length: Int) -> Bool { length > 0 && length % batch == 0 }

  /// Places of one sample along an axis.
  static func withoutBatch(_ length: Int) -> Int { isBatch(length) ? length / batch : length }

  /// An axis from the front.
  static func axis(_ axis: Int, rank: Int) throws(ONNXProblem) -> Int {
    let place = axis < 0 ? axis &+ rank : axis
    guard (0..<rank).contains(place) else { throw .malformed("it has no axis \(axis)") }
    return place
  }

  /// A boundary between axes, from 0 to the rank.
  static func end(_ axis: Int, rank: Int) throws(ONNXProblem) -> Int {
    let place = axis < 0 ? axis &+ rank : axis
    guard (0...rank).contains(place) else { throw .malformed("it has no axis \(axis)") }
    return place
  }

  /// Several axes from the front, each once.
  static func axes(_ axes: [Int], rank: Int) throws(ONNXProblem) -> [Int] {
    var result: [Int] = []
    for axis in axes {
      let place = try ONNXAxes.axis(axis, rank: rank)
      guard !result.contains(place) else { throw .malformed("it names axis \(axis) twice") }
      result.append(place)
    }
    return result
  }

  /// The part of a list of axes that `Shape` gives.
  static func bounds(of rank: Int, from start: Int?, to end: Int?) throws(ONNXProblem) -> Range<Int>
  {
    func place(_ axis: Int) -> Int { max(0, min(rank, axis < 0 ? axis &+ rank : axis)) }
    let (low, high) = (place(start ?? 0), place(end ?? rank))
    return low..<max(low, high)
  }

  /// An order of axes; the reverse where none is given.
  static func permutation(_ order: [Int]?, rank: Int) throws(ONNXProblem) -> [Int] {
    let order = try axes(order ?? (0..<rank).reversed(), rank: rank)
    guard order.count == rank else { throw .malformed("its order of axes is none of \(rank)") }
    return order
  }

  /// The shape with axes of one place taken away; all such axes where none are named.
  static func squeezed(_ shape: [Int], _ axes: [Int]?) throws(ONNXProblem) -> [Int] {
    let places = try axes.map { (axes) throws(ONNXProblem) in
      try ONNXAxes.axes(axes, rank: shape.count)
    }
    let removed = places ?? shape.indices.filter { shape[$0] == 1 }
    guard removed.allSatisfy({ shape[$0] == 1 }) else {
      throw .malformed("it squeezes an axis of more than one place of \(shape)")
    }
    return shape.indices.filter { !removed.contains($0) }.map { shape[$0] }
  }

  /// The shape with axes of one place put in.
  static func unsqueezed(_ shape: [Int], _ axes: [Int]) throws(ONNXProblem) -> [Int] {
    guard axes.count <= 16 else { throw .malformed("it adds \(axes.count) axes") }
    let rank = shape.count + axes.count
    let places = try ONNXAxes.axes(axes, rank: rank)
    var rest = shape[...]
    return (0..<rank).map { places.contains($0) ? 1 : rest.popFirst() ?? 1 }
  }

  /// The shape that `Reshape` makes of another.
  static func reshape(
    _ shape: [Int], to target: [Int], keepsZero: Bool
  ) throws(ONNXProblem) -> [Int] {
    var result = target
    guard target.count <= 16 else { throw .malformed("it makes \(target.count) axes") }
    for (axis, length) in target.enumerated() where length == 0 && !keepsZero {
      guard axis < shape.count else { throw .malformed("it keeps an axis that is not there") }
      result[axis] = shape[axis]
    }
    let open = result.indices.filter { result[$0] == -1 }
    guard open.count <= 1, result.allSatisfy({ $0 >= -1 }), let count = product(shape) else {
      throw .malformed("\(target) is no shape to give \(shape)")
    }
    if let axis = open.first {
      result[axis] = 1
      guard let others = product(result), others > 0, count % others == 0 else {
        throw .malformed("the values of \(shape) don't fill \(target)")
      }
      result[axis] = count / others
    }
    guard product(result) == count else {
      throw .malformed("the values of \(shape) don't fill \(target)")
    }
    return result
  }

  /// The product of lengths; nil where one is negative or it is too large.
  static func product(_ lengths: [Int]) -> Int? { elementCount(of: lengths) }

  /// The first place and the number of places that a slice takes of an axis.
  static func cut(_ length: Int, from start: Int, to end: Int, by step: Int) -> (Int, Int) {
    let (low, high) = step > 0 ? (0, length) : (-1, length - 1)
    let first = max(low, min(start < 0 ? start &+ length : start, high))
    // −1 − length, or less, means before the first place.
    let last = max(low, min(end < 0 ? max(end, -length - 1) + length : end, high))
    let distance = step > 0 ? last - first : first - last
    return (first, distance <= 0 ? 0 : (distance - 1) / Int(step.magnitude) + 1)
  }
}
