/// Draws samples for a split, class by class, without parting groups.
struct GroupDrawing {
  /// Samples left of each class, in the order in which they are drawn.
  private var classes: [[Int]]
  private let labels: [Int]
  /// The members of each group of more than one.
  private let groups: [[Int]]
  private let groupOf: [Int: Int]
  private var left: [Int]

  /// - Parameters:
  ///   - classes: the samples of each class, shuffled.
  ///   - labels: the class of every sample.
  ///   - groups: samples that must stay together; no sample in two.
  init(classes: [[Int]], labels: [Int], groups: [[Int]]) {
    self.classes = classes
    self.labels = labels
    self.groups = groups
    left = classes.map(\.count)
    groupOf = Dictionary(
      groups.enumerated().flatMap { group, members in members.map { ($0, group) } },
      uniquingKeysWith: { first, _ in first })
    sizes = left
  }

  /// Samples of each class before anything was drawn.
  private let sizes: [Int]

  /// How many groups there are, and of how many samples.
  var groupCount: (count: Int, samples: Int) {
    (groups.count, groups.reduce(0) { $0 + $1.count })
  }

  /// Draws round(n · fraction) of each class of n, at least one, while one is left behind.
  mutating func draw(_ fraction: Double) -> [Int] {
    var wanted = sizes.indices.map { label in
      sizes[label] == 0
        ? 0 : min(max(1, Int((Double(sizes[label]) * fraction).rounded())), left[label] - 1)
    }
    var drawn = Set<Int>()
    for label in classes.indices {
      for index in classes[label] where wanted[label] > 0 && !drawn.contains(index) {
        let unit = unit(of: index)
        if improves(unit, wanted: wanted) { take(unit, &drawn, &wanted) }
      }
    }
    // A class of large groups only still gets its smallest, rather than nothing.
    for label in classes.indices where wanted[label] > 0 {
      guard !classes[label].contains(where: drawn.contains) else { continue }
      let units = classes[label].map { unit(of: $0) }.filter { leavesSome($0) }
      if let smallest = units.min(by: { $0.count < $1.count }) { take(smallest, &drawn, &wanted) }
    }
    for label in classes.indices { classes[label].removeAll(where: drawn.contains) }
    return drawn.sorted()
  }

  private func unit(of index: Int) -> [Int] { groupOf[index].map { groups[$0] } ?? [index] }

  private func counts(_ unit: [Int]) -> [Int: Int] {
    unit.reduce(into: [:]) { $0[labels[$1], default: 0] += 1 }
  }

  private func leavesSome(_ unit: [Int]) -> Bool {
    counts(unit).allSatisfy { left[$0.key] > $0.value }
  }

  /// Whether taking the unit brings the numbers of its classes nearer to what is wanted.
  private func improves(_ unit: [Int], wanted: [Int]) -> Bool {
    guard leavesSome(unit) else { return false }
    var change = 0
    for (label, count) in counts(unit) { change += abs(wanted[label] - count) - abs(wanted[label]) }
    return change < 0
  }

  private mutating func take(_ unit: [Int], _ drawn: inout Set<Int>, _ wanted: inout [Int]) {
    drawn.formUnion(unit)
    for (label, count) in counts(unit) {
      wanted[label] -= count
      left[label] -= count
    }
  }
}
