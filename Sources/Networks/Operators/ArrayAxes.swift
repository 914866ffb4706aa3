internal import CKernels
internal import Tensors

/// Axes of a sample as arrays know them.
extension SampleShape {
  /// Where an axis lies, counted from the last backwards where negative.
  func place(ofAxis axis: Int) throws(ShapeMismatch) -> Int {
    let place = axis < 0 ? axis + dimensions.count : axis
    guard dimensions.indices.contains(place) else {
      throw ShapeMismatch("it needs an axis \(axis)")
    }
    return place
  }

  /// The product of the axes before one.
  func outer(_ axis: Int) -> Int {
    var product = 1
    for i in 0..<axis { product *= dimensions[i] }
    return product
  }

  /// The product of the axes behind one: floats from one of its places to the next.
  func inner(_ axis: Int) -> Int {
    var product = 1
    for i in (axis + 1)..<dimensions.count { product *= dimensions[i] }
    return product
  }

  /// Floats from one place to the next along an axis of a shape of `rank` axes that this one is broadcast
  /// to; 0 along those that it repeats.
  func stride(along axis: Int, ofRank rank: Int) -> Int {
    let own = axis - rank + dimensions.count
    return own < 0 || dimensions[own] == 1 ? 0 : inner(own)
  }

  /// The shape that two are broadcast to: axes are paired from the last on, and one of a single place, or
  /// one that is not there, is repeated.
  ///
  /// - Reference: NumPy's and ONNX's multidirectional broadcasting.
  func broadcast(with other: SampleShape) throws(ShapeMismatch) -> SampleShape {
    let rank = max(dimensions.count, other.dimensions.count)
    var result: [Int] = []
    for axis in 0..<rank {
      let (i, j) = (axis - rank + dimensions.count, axis - rank + other.dimensions.count)
      let (a, b) = (i < 0 ? 1 : dimensions[i], j < 0 ? 1 : other.dimensions[j])
      guard a == b || a == 1 || b == 1 else {
        throw ShapeMismatch("\(self) and \(other) cannot be broadcast")
      }
      result.append(max(a, b))
    }
    return try SampleShape.checked(result)
  }

  /// The shape if the kernels can walk it.
  static func checked(_ dimensions: [Int]) throws(ShapeMismatch) -> SampleShape {
    guard dimensions.count < GRAFT_MAX_AXES else {
      throw ShapeMismatch("more than \(GRAFT_MAX_AXES - 1) axes a sample")
    }
    guard let shape = SampleShape(dimensions: dimensions) else {
      throw ShapeMismatch("nothing would be left in \(dimensions)")
    }
    return shape
  }
}

/// An array in an element-wise loop: a batch of samples, or one constant for all.
struct ArrayOperand {
  let values: UnsafePointer<Float>
  let shape: SampleShape
  var isConstant = false

  var sampleStride: Int { isConstant ? 0 : shape.count }
}

extension graft_axes {
  /// The loop over `space`, to which all operands are broadcast, summed over the axes that `target` does
  /// not have.
  init(
    batch: Int, space: SampleShape, _ a: ArrayOperand, _ b: ArrayOperand?, _ c: ArrayOperand?,
    target: SampleShape
  ) {
    self.init()
    let rank = space.dimensions.count
    graft_axes_append(
      &self, batch, a.sampleStride, b?.sampleStride ?? 0, c?.sampleStride ?? 0, target.count)
    for pass in 0..<2 {
      for axis in 0..<rank {
        let y = target.stride(along: axis, ofRank: rank)
        guard (y != 0) == (pass == 0) else { continue }
        graft_axes_append(
          &self, space.dimensions[axis], a.shape.stride(along: axis, ofRank: rank),
          b?.shape.stride(along: axis, ofRank: rank) ?? 0,
          c?.shape.stride(along: axis, ofRank: rank) ?? 0, y)
      }
    }
  }
}

/// One call of `graft_combine` on all threads.
struct ArrayLoop {
  let batch: Int
  let space: SampleShape

  /// Writes (or adds) `scale · Σ f(a, b, c)`, the sum over the axes along which `target` is repeated.
  func combine(
    _ kind: graft_combination, scale: Float = 1, _ a: ArrayOperand, _ b: ArrayOperand? = nil,
    _ c: ArrayOperand? = nil, into y: UnsafeMutablePointer<Float>, _ target: SampleShape,
    accumulates: Bool = false
  ) {
    graft_axes(batch: batch, space: space, a, b, c, target: target).combine(
      kind, scale: scale, a.values, b?.values, c?.values, into: y, accumulates: accumulates,
      count: batch * space.count)
  }
}

extension graft_axes {
  /// Computes along these axes, `count` places in all, on all threads.
  func combine(
    _ kind: graft_combination, scale: Float = 1, _ a: UnsafePointer<Float>,
    _ b: UnsafePointer<Float>? = nil, _ c: UnsafePointer<Float>? = nil,
    into y: UnsafeMutablePointer<Float>, accumulates: Bool = false, count: Int
  ) {
    withUnsafePointer(to: self) { axes in
      let units = graft_combine_units(axes)
      Parallel.ranges(units, grain: rowGrain(max(1, count / units))) { begin, end in
        graft_combine(axes, kind, scale, a, b, c, y, accumulates ? 1 : 0, begin, end)
      }
    }
  }

  /// Copies (or adds) along these axes, `count` places in all, on all threads.
  func move(
    _ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, accumulates: Bool = false,
    count: Int
  ) {
    withUnsafePointer(to: self) { axes in
      let units = graft_move_units(axes)
      Parallel.ranges(units, grain: rowGrain(max(1, count / units))) { begin, end in
        graft_move(axes, x, y, accumulates ? 1 : 0, begin, end)
      }
    }
  }
}
