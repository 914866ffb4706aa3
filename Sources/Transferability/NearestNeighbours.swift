import Tensors

/// Leave-one-out accuracy of three nearest neighbours.
///
/// Each row is named by the majority among the k = 3 other rows at the least Euclidean distance; where
/// no class has more votes than all others, the nearest neighbour among those with the most decides.
/// Of rows at the same distance the earlier one in the table is nearer. Columns that are constant are
/// left out, which changes nothing; scaling all features changes nothing. Replicates are exact: every
/// row keeps its nearest neighbours of each block.
/// - Complexity: O(N²D) time, O(N) memory beside the table in Float64.
/// - Reference: Cover & Hart, "Nearest neighbor pattern classification", IEEE Trans. Inf. Theory 13
///   (1967), eq. 3; as a transferability score in Puigcerver et al., ICLR 2021, section 3.
public enum NearestNeighbours {
  /// Neighbours that vote, k.
  static let neighbours = 3
  /// Rows kept of each block, besides those that rounding may have kept from among them.
  static let kept = neighbours
  private static let rowsAtOnce = 256

  static let score = Score(
    id: "knn", name: "3-NN accuracy",
    summary: "Leave-one-out accuracy of three nearest neighbours, Euclidean distance, 0 to 1.",
    need: .features, cost: "O(N²D) time, O(ND) memory",
    reference: "Cover & Hart 1967, eq. 3", evaluate: outcome)

  private static func outcome(_ candidate: Candidate) throws -> Score.Outcome {
    guard let features = try candidate.ordered else {
      return Score.Outcome(undefined: "no feature varies over the images")
    }
    let count = features.rowCount
    let blocks = candidate.deletions.count
    // right[0]: with all rows; right[1 + b]: without block b.
    var right = [Bool](repeating: false, count: count * (blocks + 1))
    let centred = features.centred
    let single = SingleMatrix(centred)
    let table = candidate.table.features
    let norms = squaredNorms(centred)
    for first in stride(from: 0, to: count, by: rowsAtOnce) {
      let height = min(rowsAtOnce, count - first)
      let part = SingleMatrix(
        rows: height, columns: centred.columns,
        Array(centred.values[first * centred.columns..<(first + height) * centred.columns]))
      let products = LinearAlgebra.multiply(part, transposed: false, single, transposed: true)
      right.withUnsafeMutableBufferPointer { right in
        Parallel.forEach(height) { row in
          var search = NeighbourSearch(of: first + row, features, blocks: candidate.blocks.count)
          search.run(products: products, row: row, norms: norms)
          search.measure(table)
          for left in -1..<blocks {
            right[(first + row) * (blocks + 1) + left + 1] =
              search.name(without: left) == features.classOfRow[first + row]
          }
        }
      }
    }
    var accuracies: [Double?] = []
    for left in -1..<blocks {
      let rows = (0..<count).filter { features.blockOfRow[$0] != left }
      let named = rows.count { right[$0 * (blocks + 1) + left + 1] }
      accuracies.append(rows.count > 1 ? Double(named) / Double(rows.count) : nil)
    }
    guard let value = accuracies[0] else {
      return Score.Outcome(undefined: "a row has no neighbour")
    }
    return Score.Outcome(value: value, replicates: Array(accuracies.dropFirst()))
  }

  private static func squaredNorms(_ rows: Matrix) -> [Double] {
    let width = rows.columns
    return rows.values.withUnsafeBufferPointer { values in
      (0..<rows.rows).map { row in
        (0..<width).reduce(0) { $0 + values[row * width + $1] * values[row * width + $1] }
      }
    }
  }
}

/// The nearest rows of each block to one row.
private struct NeighbourSearch {
  private struct Neighbour {
    var square: Double
    var row: Int
  }

  private let own: Int
  private let features: OrderedFeatures
  private let blocks: Int
  /// The places for each block, nearest first; row −1 is a free place.
  private var nearest: [Neighbour]

  init(of row: Int, _ features: OrderedFeatures, blocks: Int) {
    own = row
    self.features = features
    self.blocks = blocks
    nearest = Array(
      repeating: Neighbour(square: .infinity, row: -1),
      count: blocks * NearestNeighbours.kept)
  }

  /// Finds them by ‖a‖² + ‖b‖² − 2 aᵀb, given the products of the row with all, in Float32.
  ///
  /// Rows that may be as near, by a bound on the products' error, are found with them.
  mutating func run(products: SingleMatrix, row: Int, norms: [Double]) {
    let count = features.rowCount
    let own = own
    let kept = NearestNeighbours.kept
    let rows = features.rows
    let blockOfRow = features.blockOfRow
    blockOfRow.withUnsafeBufferPointer { blockOfRow in
      nearest.withUnsafeMutableBufferPointer { nearest in
        products.values.withUnsafeBufferPointer { products in
          for other in 0..<count {
            let square = norms[other] - 2 * Double(products[row * count + other])
            let end = (blockOfRow[other] + 1) * kept
            guard square <= nearest[end - 1].square, other != own else { continue }
            var candidate = Neighbour(square: square, row: other)
            for place in end - kept..<end {
              let there = nearest[place]
              if there.row < 0 || candidate.square < there.square
                || candidate.square == there.square && rows[candidate.row] < rows[there.row]
              {
                nearest[place] = candidate
                candidate = there
              }
            }
          }
        }
      }
    }
    addUndecided(products: products, row: row, norms: norms)
  }

  /// Adds rows that rounding may have kept from among the nearest of their block.
  private mutating func addUndecided(products: SingleMatrix, row: Int, norms: [Double]) {
    let count = features.rowCount
    let kept = NearestNeighbours.kept
    let error =
      2 * SingleMatrix.productError(features.featureCount) * norms[own].squareRoot()
    var limits: [Double] = []
    for block in 0..<blocks {
      let places = nearest[block * kept..<(block + 1) * kept]
      // All of a block's rows are there already where a place is free.
      limits.append(
        places.allSatisfy { $0.row >= 0 }
          ? places.map { $0.square + error * norms[$0.row].squareRoot() }.max() ?? 0 : -.infinity)
    }
    let found = Set(nearest.map(\.row))
    let highest = limits.max() ?? -.infinity
    let blockOfRow = features.blockOfRow
    for other in 0..<count {
      let square = norms[other] - 2 * Double(products.values[row * count + other])
      let least = square - error * norms[other].squareRoot()
      guard least <= highest, least <= limits[blockOfRow[other]], other != own,
        !found.contains(other)
      else { continue }
      nearest.append(Neighbour(square: square, row: other))
    }
  }

  /// Measures the distances found again, in the table's own numbers, and puts all in order.
  ///
  /// Rows at the same distance are so to the last bit, which scaling and products would spoil.
  mutating func measure(_ table: Tensor) {
    let width = table.rowLength
    let rows = features.rows
    nearest.removeAll { $0.row < 0 }
    table.withUnsafeBufferPointer { values in
      for place in nearest.indices {
        var square = 0.0
        let (a, b) = (rows[own] * width, rows[nearest[place].row] * width)
        for column in 0..<width {
          let difference = Double(values[a + column]) - Double(values[b + column])
          square += difference * difference
        }
        nearest[place].square = square
      }
    }
    nearest.sort {
      $0.square != $1.square ? $0.square < $1.square : rows[$0.row] < rows[$1.row]
    }
  }

  /// The class that the nearest rows name, leaving out a block (−1 leaves out none).
  func name(without block: Int) -> Int? {
    var votes: [(class_: Int, count: Int)] = []
    var left = NearestNeighbours.neighbours
    for neighbour in nearest where left > 0 && features.blockOfRow[neighbour.row] != block {
      let class_ = features.classOfRow[neighbour.row]
      if let place = votes.firstIndex(where: { $0.class_ == class_ }) {
        votes[place].count += 1
      } else {
        votes.append((class_, 1))
      }
      left -= 1
    }
    // In order of the nearest row of each class: the first of the most votes is the nearest.
    let most = votes.map(\.count).max()
    return votes.first { $0.count == most }?.class_
  }
}
