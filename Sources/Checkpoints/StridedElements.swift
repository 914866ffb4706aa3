internal import Tensors

/// Elements somewhere in a run of bytes: where they start and how far apart they lie.
package struct StridedElements: Sendable {
  /// The order in which a dense array is stored.
  package enum Order: Sendable { case c, fortran }

  var type: ScalarType
  var offset = 0
  var shape: [Int]
  /// In elements, never negative.
  var strides: [Int]

  /// Elements with given strides.
  package init(type: ScalarType, offset: Int, shape: [Int], strides: [Int]) {
    self.type = type
    self.offset = offset
    self.shape = shape
    self.strides = strides
  }

  /// A dense array.
  package init(type: ScalarType, shape: [Int], order: Order) {
    self.type = type
    self.shape = shape
    strides = [Int](repeating: 1, count: shape.count)
    // Lengths are not yet checked against the bytes, so the products may overflow; `tensor` checks
    // the extent of what comes out.
    switch order {
    case .c:
      for i in shape.indices.dropLast().reversed() { strides[i] = strides[i + 1] &* shape[i + 1] }
    case .fortran:
      for i in shape.indices.dropFirst() { strides[i] = strides[i - 1] &* shape[i - 1] }
    }
  }

  /// Checks that bytes of this number hold every element.
  ///
  /// An expanded view (a stride of zero) may have more elements than there are bytes: whoever lets a
  /// file have such a view must bound the sum of all elements.
  ///
  /// - Returns: The number of elements.
  /// - Throws: `.malformed` when they do not.
  @discardableResult
  package func check(
    byteCount: Int, named name: String
  ) throws(CheckpointError.Problem) -> Int {
    guard let count = elementCount(of: shape) else {
      throw .malformed("the shape \(shape) of '\(name)' is impossible")
    }
    let available = byteCount / type.byteCount
    guard count <= available || strides.contains(0) else {
      throw .malformed(
        "'\(name)' of shape \(shape) needs \(count) elements and its storage holds \(available)")
    }
    guard count == 0 || extent.map({ $0 <= available }) == true else {
      throw .malformed("'\(name)' of shape \(shape) reaches past the end of its storage")
    }
    return count
  }

  /// Gathers the elements into a dense Float32 tensor in C order.
  ///
  /// - Throws: what ``check(byteCount:named:)`` throws.
  func tensor(
    from bytes: UnsafeRawBufferPointer, named name: String
  ) throws(CheckpointError.Problem) -> Tensor {
    let count = try check(byteCount: bytes.count, named: name)
    guard count > 0 else { return Tensor(shape: shape) }
    let storage = FloatStorage(uninitializedCount: count)
    if isDense {
      let start = offset * type.byteCount
      type.convert(
        UnsafeRawBufferPointer(rebasing: bytes[start..<(start + count * type.byteCount)]),
        into: storage.buffer)
    } else {
      gather(bytes, into: storage.buffer)
    }
    return Tensor(shape: shape, storage: storage)
  }

  /// One past the last element touched, counted from the start of the bytes; nil on overflow.
  private var extent: Int? {
    var last = offset
    for (length, stride) in zip(shape, strides) {
      let (span, overflow) = (length - 1).multipliedReportingOverflow(by: stride)
      let (sum, carry) = last.addingReportingOverflow(span)
      guard stride >= 0, !overflow, !carry else { return nil }
      last = sum
    }
    return last.addingReportingOverflow(1).overflow ? nil : last + 1
  }

  /// Whether the elements follow each other in C order.
  private var isDense: Bool {
    var expected = 1
    for (length, stride) in zip(shape, strides).reversed() {
      if length != 1, stride != expected { return false }
      expected *= length
    }
    return true
  }

  /// Walks the index space with the last axis innermost.
  private func gather(
    _ bytes: UnsafeRawBufferPointer, into output: UnsafeMutableBufferPointer<Float>
  ) {
    let span = UnsafeRawBufferPointer(rebasing: bytes[(offset * type.byteCount)...])
    let extent = (self.extent ?? offset) - offset
    // Converting the whole span once is cheaper than deciding on the type for every element.
    withUnsafeTemporaryAllocation(of: Float.self, capacity: extent) { source in
      source.initialize(repeating: 0)
      type.convert(
        UnsafeRawBufferPointer(rebasing: span[..<(extent * type.byteCount)]), into: source)
      copy(source, into: output)
    }
  }

  /// Copies row by row, a row being the last axis.
  private func copy(
    _ source: UnsafeMutableBufferPointer<Float>, into output: UnsafeMutableBufferPointer<Float>
  ) {
    let rowLength = shape.last ?? 1
    let rowStride = strides.last ?? 1
    let outer = shape.count - 1
    var index = [Int](repeating: 0, count: max(0, outer))
    var start = 0
    for row in Swift.stride(from: 0, to: output.count, by: rowLength) {
      for column in 0..<rowLength { output[row + column] = source[start + column &* rowStride] }
      var axis = outer - 1
      while axis >= 0 {
        // An axis of length one may have any stride at all; its overflow cancels itself.
        index[axis] += 1
        start &+= strides[axis]
        if index[axis] < shape[axis] { break }
        start &-= strides[axis] &* shape[axis]
        index[axis] = 0
        axis -= 1
      }
    }
  }
}
