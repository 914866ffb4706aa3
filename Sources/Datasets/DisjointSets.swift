/// Sets of the numbers 0..<n that are joined two at a time.
///
/// - Reference: Tarjan & van Leeuwen, Worst-case analysis of set union algorithms, J. ACM 31, 1984
///   (path halving; the smaller number stays the root).
package struct DisjointSets: Sendable {
  private var parents: [Int32]

  /// Every number a set of its own.
  package init(count: Int) { parents = (0..<Int32(count)).map { $0 } }

  /// The smallest number of the set, after some joins; equal for members of one set.
  package mutating func root(of number: Int) -> Int {
    var place = number
    while Int(parents[place]) != place {
      parents[place] = parents[Int(parents[place])]
      place = Int(parents[place])
    }
    return place
  }

  package mutating func join(_ a: Int, _ b: Int) {
    let (first, second) = (root(of: a), root(of: b))
    parents[max(first, second)] = Int32(min(first, second))
  }

  package mutating func areJoined(_ a: Int, _ b: Int) -> Bool { root(of: a) == root(of: b) }

  /// The sets of more than one, each ascending, by their smallest member.
  package mutating func groups() -> [[Int]] {
    var members: [Int: [Int]] = [:]
    for number in parents.indices where Int(parents[number]) != number {
      members[root(of: number), default: []].append(number)
    }
    return members.sorted { $0.key < $1.key }.map { [$0.key] + $0.value }
  }
}
