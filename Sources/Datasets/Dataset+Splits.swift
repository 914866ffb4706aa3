internal import Tensors

extension Dataset {
  /// Sets samples of the training split aside for validation and test: stratified and seeded.
  ///
  /// Of a class with n training samples, round(n · fraction) go to each split, at least one, as long
  /// as one stays in training; of a class with two or three, validation is served before test.
  /// A class with a single sample stays in training whole, and a finding says so. Which samples go
  /// depends on their ids and the seed alone, so that adding a file moves no other.
  ///
  /// - Parameters:
  ///   - validationFraction: share of each class for validation, in 0..<1; a data set that has a
  ///     validation split already keeps it and sets nothing aside.
  ///   - testFraction: likewise for test.
  public func split(
    validationFraction: Double, testFraction: Double = 0, seed: UInt64
  ) -> Dataset {
    precondition(
      validationFraction >= 0 && testFraction >= 0 && validationFraction + testFraction < 1,
      "split: fractions \(validationFraction) and \(testFraction)")
    let present = splits
    let fractions: [(Split, Double)] = [
      (.validation, present.contains(.validation) ? 0 : validationFraction),
      (.test, present.contains(.test) ? 0 : testFraction),
    ].filter { $0.1 > 0 }
    guard !fractions.isEmpty else { return self }

    var result = self
    var alone: [Int] = []
    for (label, members) in indicesByClass(in: .train).enumerated() where !members.isEmpty {
      if members.count == 1 { alone.append(label) }
      var queue = shuffled(members, seed: seed, purpose: "split")[...]
      for (split, fraction) in fractions {
        let wanted = max(1, Int((Double(members.count) * fraction).rounded()))
        for index in queue.prefix(min(wanted, queue.count - 1)) {
          result.samples[index].split = split
          queue.removeFirst()
        }
      }
    }
    result.sortBySplit()
    if !alone.isEmpty {
      let names = alone.map { classNames[$0] }
      result.findings.append(
        DataFinding(
          code: .fewShotClass, severity: .warning,
          message: "\(names.count == 1 ? "One class has" : "\(names.count) classes have") a single"
            + " picture (\(names.prefix(5).joined(separator: ", "))\(names.count > 5 ? ", …" : "")):"
            + " it stays in training, so nothing is known about how well the class is recognised;"
            + " add pictures.",
          paths: alone.flatMap { label in
            samples.filter { $0.label == label && $0.split == .train }.map(\.id)
          }))
    }
    return result
  }

  /// At most `limit` samples in each split, classes in proportion (at least one each while the limit
  /// allows), chosen by id and seed.
  public func limited(to limit: Int, seed: UInt64) -> Dataset {
    precondition(limit > 0, "limited: at most \(limit) samples")
    var kept = Set<Int>()
    for split in Split.allCases {
      let classes = indicesByClass(in: split)
      for (members, quota) in zip(classes, Self.quotas(classes.map(\.count), limit: limit)) {
        kept.formUnion(shuffled(members, seed: seed, purpose: "limit").prefix(quota))
      }
    }
    return subset(at: samples.indices.filter(kept.contains))
  }

  /// Shares `limit` out: one for each class, largest first, then in proportion by largest remainder.
  static func quotas(_ counts: [Int], limit: Int) -> [Int] {
    guard counts.reduce(0, +) > limit else { return counts }
    let filled = counts.indices.filter { counts[$0] > 0 }
    var quotas = [Int](repeating: 0, count: counts.count)
    for label in filled.sorted(by: { (counts[$0], $1) > (counts[$1], $0) }).prefix(limit) {
      quotas[label] = 1
    }
    let left = limit - quotas.reduce(0, +)
    guard left > 0 else { return quotas }
    let spare = filled.reduce(0) { $0 + counts[$1] - 1 }
    // Whole shares first; what is left goes to the largest remainders, in integers throughout.
    for label in filled { quotas[label] += (counts[label] - 1) * left / spare }
    let byRemainder = filled.sorted {
      ((counts[$0] - 1) * left % spare, $1) > ((counts[$1] - 1) * left % spare, $0)
    }
    for label in byRemainder.prefix(limit - quotas.reduce(0, +)) { quotas[label] += 1 }
    return quotas
  }

  private func indicesByClass(in split: Split) -> [[Int]] {
    var result = [[Int]](repeating: [], count: classNames.count)
    for (index, sample) in samples.enumerated() where sample.split == split {
      result[sample.label].append(index)
    }
    return result
  }

  /// Ordered by a number drawn for each sample's id.
  private func shuffled(_ indices: [Int], seed: UInt64, purpose: String) -> [Int] {
    indices
      .map { (CounterRandom(seed: seed, key: "\(purpose)/\(samples[$0].id)").bits(at: 0), $0) }
      .sorted { $0 < $1 }
      .map(\.1)
  }

  private mutating func sortBySplit() {
    samples = Split.allCases.flatMap { split in samples.filter { $0.split == split } }
  }
}
