import Foundation
import Tensors

/// TransRate: how many nats knowing the class saves of coding the features.
///
///     TransRate = R(Z) − Σ_c w_c R(Z_c),  R(Z) = ½ ln det(I + ZᵀZ/(nε)),  ε = 10⁻⁴
///
/// over the n rows of Z: all rows, centred, or those of class c, centred at the mean of all. w_c is
/// n_c/N as in the paper; the authors' code takes 1/C. The formula depends on scale: features are
/// divided by their root mean square. Replicates are exact.
/// - Complexity: O(ND·min(N, D)), and Σ min(n_c, D)³/3 for each block.
/// - Reference: Huang et al., "Frustratingly easy transferability estimation", ICML 2022, eq. 4 to 7;
///   arXiv:2106.09362.
public enum TransRate {
  /// The distortion that coding may leave, in units of the features' mean square.
  static let distortion = 1e-4

  /// How classes are averaged.
  package enum Weighting: Sendable {
    /// By their rows, as in the paper.
    case rows
    /// All alike, as in the authors' code.
    case classes
  }

  static let score = Score(
    id: "transrate", name: "TransRate",
    summary: "Coding rate of the features less that within classes, in nats.",
    need: .features, cost: "O(NDm + Σ min(n_c, D)³) time, m = min(N, D), O(ND) memory",
    reference: "Huang et al., ICML 2022, eq. 4 to 7", evaluate: { try outcome($0, .rows) })

  /// The score with classes averaged in one of two ways.
  ///
  /// - Throws: `LinearAlgebraError` where a matrix cannot be factored.
  package static func outcome(
    _ candidate: Candidate, _ weighting: Weighting
  ) throws -> Score.Outcome {
    guard let features = try candidate.ordered, let moments = try candidate.reducedMoments else {
      return Score.Outcome(undefined: "no feature varies over the images")
    }
    let centred = features.centred
    let deletions =
      [Deletion(of: nil, features, centred)]
      + candidate.deletions.map { Deletion(of: $0, features, centred) }
    let whole = ([moments] + (try candidate.reducedMomentsWithoutEachBlock)).map(rate)
    var classes: [[Double?]] = []
    for class_ in 0..<features.classCount {
      let rows = features.starts[class_]..<features.starts[class_ + 1]
      classes.append(try rates(rows, centred, features, deletions))
    }
    let values = deletions.indices.map { index -> Double? in
      guard let whole = whole[index] else { return nil }
      let present = classes.indices.filter { classes[$0][index] != nil }
      guard present.count >= 2 else { return nil }
      var within = 0.0
      for class_ in present {
        let share =
          weighting == .classes
          ? 1 / Double(present.count)
          : Double(deletions[index].rowsKept(of: class_, features))
            / Double(deletions[index].rows)
        within += share * (classes[class_][index] ?? 0)
      }
      return whole - within
    }
    guard let value = values[0] else {
      return Score.Outcome(undefined: "a score needs at least two classes")
    }
    return Score.Outcome(value: value, replicates: Array(values.dropFirst()))
  }

  /// All rows, or all but a block.
  private struct Deletion {
    let block: Int?
    /// Rows left.
    let rows: Int
    /// How much the mean of the rows left is from that of all, [d].
    let shift: [Double]
    /// 1 over the mean square of the rows left, as features are divided by its root.
    let factor: Double

    init(of block: Int?, _ features: OrderedFeatures, _ centred: Matrix) {
      let width = features.featureCount
      self.block = block
      let gone =
        block == nil ? [] : features.blockOfRow.indices.filter { features.blockOfRow[$0] == block }
      rows = features.rowCount - gone.count
      var shift = [Double](repeating: 0, count: width)
      // The mean square of all is 1.
      var square = Double(features.rowCount * width)
      centred.values.withUnsafeBufferPointer { z in
        features.values.values.withUnsafeBufferPointer { x in
          for row in gone {
            for column in 0..<width {
              shift[column] -= z[row * width + column]
              square -= x[row * width + column] * x[row * width + column]
            }
          }
        }
      }
      let left = Double(max(1, rows))
      self.shift = shift.map { $0 / left }
      factor = square > 0 ? left * Double(width) / square : 0
    }

    func isKept(_ row: Int, _ features: OrderedFeatures) -> Bool {
      features.blockOfRow[row] != block
    }

    func rowsKept(of class_: Int, _ features: OrderedFeatures) -> Int {
      (features.starts[class_]..<features.starts[class_ + 1]).count { isKept($0, features) }
    }
  }

  /// R of all rows that moments are of.
  private static func rate(_ moments: ReducedMoments?) -> Double? {
    moments.flatMap { moments in
      moments.logDeterminant(shift: Double(moments.count) * distortion * moments.meanSquare)
        .map { $0 / 2 }
    }
  }

  /// R of some rows for each deletion, nil where no row is left.
  private static func rates(
    _ rows: Range<Int>, _ centred: Matrix, _ features: OrderedFeatures, _ deletions: [Deletion]
  ) throws -> [Double?] {
    let width = centred.columns
    let part = Matrix(
      rows: rows.count, columns: width,
      values: Array(centred.values[rows.lowerBound * width..<rows.upperBound * width]))
    let isWide = rows.count <= width
    let products =
      isWide
      ? LinearAlgebra.multiply(part, transposed: false, part, transposed: true)
      : LinearAlgebra.gram(part)
    var results = [Result<Double?, any Error>](
      repeating: .success(nil), count: deletions.count)
    results.withUnsafeMutableBufferPointer { results in
      Parallel.forEach(deletions.count) { index in
        let deletion = deletions[index]
        let kept = rows.indices.filter { deletion.isKept($0, features) }
          .map { $0 - rows.lowerBound }
        guard !kept.isEmpty else { return }
        results[index] = Result {
          var matrix =
            isWide
            ? among(kept, of: products, part, deletion)
            : withoutRows(kept, of: products, part, deletion)
          let order = matrix.columns
          let unit = deletion.factor / (Double(kept.count) * distortion)
          matrix.values.withUnsafeMutableBufferPointer { values in
            for place in values.indices { values[place] *= unit }
            for place in 0..<order { values[place * order + place] += 1 }
          }
          return try LinearAlgebra.logDeterminant(matrix) / 2
        }
      }
    }
    return try results.map { try $0.get() }
  }

  /// The products of the rows kept with each other, about their new mean, [n, n].
  private static func among(
    _ kept: [Int], of products: Matrix, _ part: Matrix, _ deletion: Deletion
  ) -> Matrix {
    guard deletion.block != nil else { return products }
    let along = LinearAlgebra.multiply(part, deletion.shift)
    let square = FeatureStatistics.dot(deletion.shift, deletion.shift)
    var result = Matrix(rows: kept.count, columns: kept.count)
    let count = part.rows
    products.values.withUnsafeBufferPointer { products in
      result.values.withUnsafeMutableBufferPointer { values in
        for (i, row) in kept.enumerated() {
          for (j, column) in kept.enumerated() {
            values[i * kept.count + j] =
              products[row * count + column] - along[row] - along[column] + square
          }
        }
      }
    }
    return result
  }

  /// The Gram matrix of the rows kept about their new mean, [d, d].
  private static func withoutRows(
    _ kept: [Int], of products: Matrix, _ part: Matrix, _ deletion: Deletion
  ) -> Matrix {
    guard deletion.block != nil else { return products }
    let width = part.columns
    let stays = Set(kept)
    let gone = (0..<part.rows).filter { !stays.contains($0) }
    var removed = Matrix(rows: gone.count, columns: width)
    var sum = [Double](repeating: 0, count: width)
    part.values.withUnsafeBufferPointer { rows in
      removed.values.withUnsafeMutableBufferPointer { target in
        for (place, row) in gone.enumerated() {
          for column in 0..<width { target[place * width + column] = rows[row * width + column] }
        }
      }
      for row in kept { for column in 0..<width { sum[column] += rows[row * width + column] } }
    }
    let block = LinearAlgebra.gram(removed)
    let shift = deletion.shift
    let count = Double(kept.count)
    var result = products
    result.values.withUnsafeMutableBufferPointer { values in
      block.values.withUnsafeBufferPointer { block in
        for i in 0..<width {
          for j in 0..<width {
            values[i * width + j] -=
              block[i * width + j] + sum[i] * shift[j] + shift[i] * sum[j]
              - count * shift[i] * shift[j]
          }
        }
      }
    }
    return result
  }
}
