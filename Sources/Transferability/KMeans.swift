import Tensors

/// Groups of rows around means: k-means++ seeds, then Lloyd's iterations.
///
/// - Reference: Arthur & Vassilvitskii, "k-means++: the advantages of careful seeding", SODA 2007;
///   Lloyd, IEEE Transactions on Information Theory 28 (1982).
struct KMeans {
  /// The group of each row, 0 ..< `groups`.
  private(set) var groupOf: [Int]
  /// The number of groups: what was asked for, or the number of distinct rows.
  let groups: Int

  /// The most iterations.
  static let iterations = 6
  /// Seeds proposed at once.
  private static let batch = 32

  /// Groups rows; ends when no row changes its group, or after `iterations`.
  ///
  /// - Parameters:
  ///   - rows: [N, d], about centred: distances are taken from products, and those below 10⁻⁵ of the
  ///     root mean square norm count as none.
  ///   - count: the number of groups, at least one.
  ///   - random: number 0 draws the first seed, 1 and 2 the first proposal, and so on.
  /// - Complexity: O(N·count·d) for seeding and for each iteration.
  init(_ rows: Matrix, count: Int, random: CounterRandom) {
    let norms = Self.squaredNorms(rows)
    let seeds = Self.seeds(rows, norms: norms, count: count, random: random)
    groups = seeds.count
    var centres = rows.rows(seeds)
    groupOf = [Int](repeating: -1, count: rows.rows)
    let single = SingleMatrix(rows)
    for _ in 0..<Self.iterations {
      let nearest = Self.nearest(rows, single, norms: norms, centres)
      if nearest == groupOf { break }
      groupOf = nearest
      let members = SparseMatrix(indicatorsOf: groupOf, groups: groups)
      let sums = LinearAlgebra.multiply(members, rows)
      for group in 0..<groups {
        let size = Double(members.count(inRow: group))
        guard size > 0 else { continue }  // A group that nobody is nearest to keeps its centre.
        for column in 0..<rows.columns {
          centres.values[group * rows.columns + column] =
            sums.values[group * rows.columns + column] / size
        }
      }
    }
  }

  /// Rows drawn one after the other, each with probability in proportion to its squared distance
  /// from those drawn before.
  ///
  /// Proposals are drawn in batches, by the distances at the batch's beginning, and one is taken with
  /// probability (distance now / distance then): the law is that of drawing one by one, and products
  /// with the whole batch are one matrix product.
  private static func seeds(
    _ rows: Matrix, norms: [Double], count: Int, random: CounterRandom
  ) -> [Int] {
    let total = rows.rows
    let least = 1e-10 * norms.reduce(0, +) / Double(total)
    var seeds = [min(Int(random.uniform(at: 0) * Double(total)), total - 1)]
    var distances = [Double](repeating: .infinity, count: total)
    lower(&distances, with: rows, norms, to: seeds, at: 0, least: least, products(rows, seeds))
    var drawn: UInt64 = 1
    while seeds.count < count {
      var cumulative = distances
      for row in 1..<max(total, 1) { cumulative[row] += cumulative[row - 1] }
      guard let mass = cumulative.last, mass > 0 else { break }
      let before = distances
      let proposals = (0..<UInt64(batch)).map { index in
        first(in: cumulative, above: random.uniform(at: drawn + 2 * index) * mass)
      }
      let products = products(rows, proposals)
      for (index, row) in proposals.enumerated() where seeds.count < count {
        let ratio = distances[row] / before[row]
        guard random.uniform(at: drawn + 2 * UInt64(index) + 1) < ratio else { continue }
        seeds.append(row)
        lower(&distances, with: rows, norms, to: proposals, at: index, least: least, products)
      }
      drawn += 2 * UInt64(batch)
    }
    return seeds
  }

  /// xᵢ · x_s for chosen rows s, [N, chosen.count].
  private static func products(_ rows: Matrix, _ chosen: [Int]) -> Matrix {
    LinearAlgebra.multiply(rows, transposed: false, rows.rows(chosen), transposed: true)
  }

  /// Takes in the squared distances to one more seed.
  private static func lower(
    _ distances: inout [Double], with rows: Matrix, _ norms: [Double], to chosen: [Int],
    at index: Int, least: Double, _ products: Matrix
  ) {
    let seed = chosen[index]
    let width = products.columns
    products.values.withUnsafeBufferPointer { products in
      distances.withUnsafeMutableBufferPointer { distances in
        for row in 0..<norms.count {
          let distance = norms[row] + norms[seed] - 2 * products[row * width + index]
          distances[row] = min(distances[row], distance > least ? distance : 0)
        }
      }
    }
    distances[seed] = 0
  }

  /// The first place whose cumulative mass is above a number; the last place with mass if none is.
  private static func first(in cumulative: [Double], above target: Double) -> Int {
    var (low, high) = (0, cumulative.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if cumulative[middle] > target { high = middle } else { low = middle + 1 }
    }
    while low > 0, cumulative[low] == cumulative[low - 1] { low -= 1 }
    return low
  }

  /// The nearest centre of each row, the first of those equally near.
  ///
  /// Float32 products leave few centres that may be the nearest, by a bound on their error; Float64
  /// decides between these.
  private static func nearest(
    _ rows: Matrix, _ single: SingleMatrix, norms: [Double], _ centres: Matrix
  ) -> [Int] {
    let (width, count) = (rows.columns, centres.rows)
    let squares = squaredNorms(centres)
    let longest = (squares.max() ?? 0).squareRoot()
    let error = 2 * SingleMatrix.productError(width)
    let products = LinearAlgebra.multiply(
      single, transposed: false, SingleMatrix(centres), transposed: true)
    var nearest = [Int](repeating: 0, count: rows.rows)
    nearest.withUnsafeMutableBufferPointer { nearest in
      products.values.withUnsafeBufferPointer { products in
        rows.values.withUnsafeBufferPointer { values in
          centres.values.withUnsafeBufferPointer { centres in
            guard let values = values.baseAddress, let centres = centres.baseAddress
            else { return }
            Parallel.ranges(rows.rows, grain: 64) { begin, end in
              for row in begin..<end {
                let first = row * count
                var least = Double.infinity
                for centre in 0..<count {
                  least = min(least, squares[centre] - 2 * Double(products[first + centre]))
                }
                let limit = least + 2 * error * norms[row].squareRoot() * longest
                var shortest = Double.infinity
                for centre in 0..<count
                where squares[centre] - 2 * Double(products[first + centre]) <= limit {
                  let product = LinearAlgebra.dot(
                    values + row * width, centres + centre * width, count: width)
                  let distance = squares[centre] - 2 * product
                  if distance < shortest { (shortest, nearest[row]) = (distance, centre) }
                }
              }
            }
          }
        }
      }
    }
    return nearest
  }

  private static func squaredNorms(_ rows: Matrix) -> [Double] {
    let width = rows.columns
    return rows.values.withUnsafeBufferPointer { values in
      (0..<rows.rows).map { row in
        var sum = 0.0
        for column in 0..<width {
          sum += values[row * width + column] * values[row * width + column]
        }
        return sum
      }
    }
  }
}
