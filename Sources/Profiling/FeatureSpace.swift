package import Tensors

/// Features centred at their mean and scaled to length 1, for cosines between pictures.
package struct FeatureSpace: Sendable {
  private let rows: [Float]
  private let width: Int
  private let count: Int
  private let rowOf: [Int: Int]

  /// - Parameters:
  ///   - features: [N, D].
  ///   - rowOf: the row of each sample that has one.
  package init(_ features: Tensor, rowOf: [Int: Int]) {
    width = features.rowLength
    count = features.rowCount
    self.rowOf = rowOf
    var values = features.withUnsafeBufferPointer { Array($0) }
    var mean = [Double](repeating: 0, count: width)
    for row in 0..<count { for d in 0..<width { mean[d] += Double(values[row * width + d]) } }
    for d in 0..<width { mean[d] /= Double(max(1, count)) }
    for row in 0..<count {
      var square: Float = 0
      for d in 0..<width {
        values[row * width + d] -= Float(mean[d])
        square += values[row * width + d] * values[row * width + d]
      }
      let scale = square > 0 ? 1 / square.squareRoot() : 0
      for d in 0..<width { values[row * width + d] *= scale }
    }
    rows = values
  }

  /// The cosine of two samples, −1…1; nil where one has no features.
  func cosine(_ first: Int, _ second: Int) -> Float? {
    guard let a = rowOf[first], let b = rowOf[second] else { return nil }
    return product(a, b)
  }

  /// How many of a row's nearest neighbours have each class.
  ///
  /// Cost: `O(N D)`.
  func votes(
    of row: Int, labels: [Int], neighbours: Int, excluding isExcluded: (Int) -> Bool
  ) -> [Int: Int] {
    var nearest: [(similarity: Float, row: Int)] = []
    for other in 0..<count where !isExcluded(other) {
      let similarity = product(row, other)
      if nearest.count == neighbours, let last = nearest.last, similarity <= last.similarity {
        continue
      }
      let place = nearest.firstIndex { $0.similarity < similarity } ?? nearest.endIndex
      nearest.insert((similarity, other), at: place)
      if nearest.count > neighbours { nearest.removeLast() }
    }
    return nearest.reduce(into: [:]) { $0[labels[$1.row], default: 0] += 1 }
  }

  private func product(_ a: Int, _ b: Int) -> Float {
    rows.withUnsafeBufferPointer { rows in
      var sum: Float = 0
      for d in 0..<width { sum += rows[a * width + d] * rows[b * width + d] }
      return sum
    }
  }
}
