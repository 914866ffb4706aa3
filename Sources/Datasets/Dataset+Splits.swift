internal import Tensors

extension Dataset {
  /// The data set that knows of further samples which a split must not part.
  ///
  /// - Parameter groups: indices in `samples`, such as those of near-duplicates; groups that share a
  ///   sample, or a `Sample.group`, become one.
  public func keeping(together groups: [[Int]]) -> Dataset {
    var result = self
    result.ties += groups.filter { $0.count > 1 }.map { $0.map { samples[$0].id } }
    return result
  }

  /// Sets samples of the training split aside for validation and test: stratified, seeded, and never
  /// parting samples that belong together.
  ///
  /// Of a class with n training samples, round(n · fraction) go to each split, at least one, as long
  /// as one stays in training; of a class with two or three, validation is served before test.
  /// A class with a single sample stays in training whole, and a finding says so. Which samples go
  /// depends on their ids and the seed alone, so that adding a file moves no other.
  ///
  /// Samples with the same `Sample.group`, and those that `keeping(together:)` named, go as one: when
  /// the first of them is drawn, all go if that brings the classes concerned nearer to their numbers,
  /// and none otherwise. Numbers are then met as nearly as the groups allow.
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
    var drawing = GroupDrawing(
      classes: indicesByClass(in: .train).map { shuffled($0, seed: seed, purpose: "split") },
      labels: samples.map(\.label), groups: trainingGroups)
    for (split, fraction) in fractions {
      for index in drawing.draw(fraction) { result.samples[index].split = split }
    }
    let alone = classCounts(in: .train).enumerated().filter { $1 == 1 }.map(\.offset)
    result.sortBySplit()
    result.findings += Self.findings(alone: alone, groups: drawing.groupCount, in: self)
    return result
  }

  /// The groups of more than one training sample, as indices; the order is that of the samples.
  private var trainingGroups: [[Int]] {
    let training = samples.indices.filter { samples[$0].split == .train }
    var sets = DisjointSets(count: samples.count)
    var first: [String: Int] = [:]
    for index in training {
      guard let group = samples[index].group else { continue }
      if let other = first[group] { sets.join(other, index) } else { first[group] = index }
    }
    if !ties.isEmpty {
      let places = Dictionary(
        training.map { (samples[$0].id, $0) }, uniquingKeysWith: { first, _ in first })
      for tie in ties {
        let members = tie.compactMap { places[$0] }
        for member in members.dropFirst() { sets.join(members[0], member) }
      }
    }
    return sets.groups()
  }

  private static func findings(
    alone: [Int], groups: (count: Int, samples: Int), in dataset: Dataset
  ) -> [DataFinding] {
    var result: [DataFinding] = []
    if !alone.isEmpty {
      let names = alone.map { dataset.classNames[$0] }
      result.append(
        DataFinding(
          code: .fewShotClass, severity: .warning,
          message: "\(names.count == 1 ? "One class has" : "\(names.count) classes have") a single"
            + " picture (\(names.prefix(5).joined(separator: ", "))\(names.count > 5 ? ", …" : "")):"
            + " it stays in training, so nothing is known about how well the class is recognised;"
            + " add pictures.",
          paths: alone.flatMap { label in
            dataset.samples.filter { $0.label == label && $0.split == .train }.map(\.id)
          }))
    }
    if groups.count > 0 {
      result.append(
        DataFinding(
          code: .keptTogether, severity: .info,
          message: "\(groups.samples) training pictures belong to"
            + " \(groups.count == 1 ? "one group" : "\(groups.count) groups") that show the same"
            + " thing; when images are set aside each group stays on one side.",
          count: groups.samples))
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
      let quotas = Quotas.proportional(to: classes.map(\.count), limit: limit)
      for (members, quota) in zip(classes, quotas) {
        kept.formUnion(shuffled(members, seed: seed, purpose: "limit").prefix(quota))
      }
    }
    return subset(at: samples.indices.filter(kept.contains))
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
