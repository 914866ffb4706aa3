internal import Tensors

/// What a ranking drawn at random reaches: the 5th and the 95th percentile of weighted τ.
///
/// With few networks that is far from 0 (−0.46 to 0.47 for eleven): a τ_w between the two says nothing.
/// Up to seven networks every order is counted, beyond 10,000 are drawn from a seed (fewer for hundreds
/// of networks, never fewer than 500).
public struct ChanceLevel: Codable, Sendable, Equatable {
  /// Number of networks.
  public let modelCount: Int
  /// 5th and 95th percentile of τ_w, mean of both orders.
  public let weightedTau: [Double]
  /// 5th and 95th percentile of τ_w with the ranks of the accuracies as weights.
  public let weightedTauByAccuracy: [Double]
  /// How many orders were looked at.
  public let orders: Int
  /// Whether these are all orders there are.
  public let isExact: Bool

  /// The level for these accuracies; nil for fewer than two, or where all are equal.
  ///
  /// - Complexity: O(n²) for each order.
  public init?(accuracies: [Double], seed: UInt64 = 0) {
    let count = accuracies.count
    guard count > 1 else { return nil }
    let isExact = count <= 7
    var orders: [[Double]] = []
    if isExact {
      var scores = (0..<count).map(Double.init)
      Self.permute(&scores, count, into: &orders)
    } else {
      var generator = SeededGenerator(seed: seed)
      let draws = max(500, min(10_000, 25_000_000 / (count * count)))
      orders = (0..<draws).map { _ in
        (0..<count).map(Double.init).shuffled(using: &generator)
      }
    }
    func level(_ convention: WeightedTau.Convention) -> [Double]? {
      var values = [Double?](repeating: nil, count: orders.count)
      values.withUnsafeMutableBufferPointer { values in
        Parallel.forEach(orders.count) {
          values[$0] = WeightedTau.value(
            scores: orders[$0], accuracies: accuracies, convention)
        }
      }
      let sorted = values.compactMap { $0 }.sorted()
      guard sorted.count == orders.count else { return nil }
      return [Quantile.value(of: sorted, 0.05), Quantile.value(of: sorted, 0.95)]
    }
    guard let both = level(.both), let accuracy = level(.accuracy) else { return nil }
    modelCount = count
    weightedTau = both
    weightedTauByAccuracy = accuracy
    self.orders = orders.count
    self.isExact = isExact
  }

  /// Heap's algorithm.
  private static func permute(
    _ items: inout [Double], _ count: Int, into orders: inout [[Double]]
  ) {
    guard count > 1 else { return orders.append(items) }
    for index in 0..<count {
      permute(&items, count - 1, into: &orders)
      if index < count - 1 { items.swapAt(count % 2 == 0 ? index : 0, count - 1) }
    }
  }
}

/// Quantiles of a sorted list, linear between its values (type 7 of Hyndman & Fan, NumPy's default).
enum Quantile {
  static func value(of sorted: [Double], _ share: Double) -> Double {
    let place = share * Double(sorted.count - 1)
    let below = Int(place)
    let above = min(below + 1, sorted.count - 1)
    return sorted[below] + (place - Double(below)) * (sorted[above] - sorted[below])
  }
}
