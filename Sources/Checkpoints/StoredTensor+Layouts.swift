internal import Tensors

extension StoredTensor {
  /// From convolution weights `[height, width, in, out]` to `[out, in, height, width]`.
  static let outputsFirst = [3, 2, 0, 1]

  /// The tensor with its axes in another order: axis i of the result is axis `axes[i]` of this one.
  ///
  /// A tensor with another number of axes comes back unchanged.
  func permuted(_ axes: [Int]) -> StoredTensor {
    guard shape.count == axes.count else { return self }
    return changed(to: axes.map { shape[$0] }) { $0.permuted(axes) }
  }

  /// Several tensors one after another along the first axis; they have all other axes in common.
  ///
  /// - Returns: nil where the shapes do not allow it.
  static func joined(_ parts: [StoredTensor]) -> StoredTensor? {
    guard let first = parts.first, !first.shape.isEmpty,
      parts.allSatisfy({ $0.shape.dropFirst() == first.shape.dropFirst() && !$0.shape.isEmpty })
    else { return nil }
    let rows = parts.reduce(0) { $0 + $1.shape[0] }
    let shape = [rows] + first.shape.dropFirst()
    return StoredTensor(shape: shape, type: first.type) { () throws(CheckpointError.Problem) in
      let storage = FloatStorage(uninitializedCount: shape.reduce(1, *))
      var offset = 0
      for part in parts {
        let tensor = try part.tensor()
        tensor.withUnsafeBufferPointer { values in
          if let base = values.baseAddress {
            (storage.pointer + offset).update(from: base, count: values.count)
          }
          offset += values.count
        }
      }
      return Tensor(shape: shape, storage: storage)
    }
  }

  /// A tensor of zeros, for a bias that a file leaves out because it has none.
  static func zeros(_ shape: [Int]) -> StoredTensor {
    StoredTensor(shape: shape, type: nil) { Tensor(shape: shape) }
  }

  /// The same values plus a constant.
  func adding(_ constant: Double) -> StoredTensor {
    changed(to: shape) { tensor in
      Tensor(shape: tensor.shape, values: tensor.values.map { Float(Double($0) + constant) })
    }
  }
}

extension Tensor {
  /// A copy with its axes in another order.
  fileprivate func permuted(_ axes: [Int]) -> Tensor {
    var strides = [Int](repeating: 1, count: shape.count)
    for axis in shape.indices.dropLast().reversed() {
      strides[axis] = strides[axis + 1] * shape[axis + 1]
    }
    let shape = axes.map { self.shape[$0] }
    let steps = axes.map { strides[$0] }
    let storage = FloatStorage(uninitializedCount: count)
    withUnsafeBufferPointer { source in
      var index = [Int](repeating: 0, count: shape.count)
      var from = 0
      for to in source.indices {
        storage.pointer[to] = source[from]
        for axis in shape.indices.reversed() {
          index[axis] += 1
          from += steps[axis]
          if index[axis] < shape[axis] { break }
          from -= steps[axis] * shape[axis]
          index[axis] = 0
        }
      }
    }
    return Tensor(shape: shape, storage: storage)
  }
}
