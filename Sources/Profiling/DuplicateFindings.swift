internal import Datasets

/// Findings about pictures that are the same, exactly or nearly: duplicates, leakage, contradicting
/// labels.
///
/// Exactly the same are pictures of equal size whose decoded pixels are equal; the files may differ.
/// Of pictures that are nearly the same, the findings say so.
enum DuplicateFindings {
  static func findings(
    _ groups: DuplicateGroups, _ table: InspectionTable, in dataset: Dataset
  ) -> [DataFinding] {
    groups.exact.flatMap { exactFindings(of: $0, in: dataset) }
      + groups.together.flatMap { nearFindings(of: $0, table, in: dataset) }
  }

  private static func exactFindings(of group: [Int], in dataset: Dataset) -> [DataFinding] {
    let samples = group.map { dataset.samples[$0] }
    let paths = samples.map(\.id)
    var result: [DataFinding] = []
    let labels = Set(samples.map(\.label)).sorted()
    if labels.count > 1 {
      result.append(
        DataFinding(
          code: .labelConflict, severity: .error,
          message: "The same picture is filed under \(labels.count) classes"
            + " (\(names(of: labels, in: dataset))); keep one.",
          paths: paths))
    }
    let splits = splits(of: samples)
    if splits.count > 1 {
      result.append(
        DataFinding(
          code: .leakage, severity: .error,
          message: "The same picture is in \(names(of: splits)): accuracy there is flattered;"
            + " remove it from one.",
          paths: paths))
    }
    for split in splits {
      for label in labels {
        let same = samples.filter { $0.split == split && $0.label == label }
        guard same.count > 1 else { continue }
        result.append(
          DataFinding(
            code: .duplicateExact, severity: .warning,
            message: "\(same.count) files of \(dataset.classNames[label]) (\(split.rawValue)) hold"
              + " the same picture; keep one.",
            paths: same.map(\.id)))
      }
    }
    return result
  }

  /// Findings about a group in which not all pixels are equal.
  private static func nearFindings(
    of group: [Int], _ table: InspectionTable, in dataset: Dataset
  ) -> [DataFinding] {
    func differ(_ isOther: (Sample, Sample) -> Bool) -> Bool {
      group.contains(where: { first in
        group.contains(where: { second in
          table.records[first].hash != table.records[second].hash
            && isOther(dataset.samples[first], dataset.samples[second])
        })
      })
    }
    let samples = group.map { dataset.samples[$0] }
    let paths = samples.map(\.id)
    let labels = Set(samples.map(\.label)).sorted()
    let splits = splits(of: samples)
    var result: [DataFinding] = []
    if labels.count > 1, differ({ $0.label != $1.label }) {
      result.append(
        DataFinding(
          code: .labelConflict, severity: .warning,
          message: "Nearly the same picture is filed under \(labels.count) classes"
            + " (\(names(of: labels, in: dataset))); look which is right.",
          paths: paths))
    }
    if splits.count > 1, differ({ $0.split != $1.split }) {
      result.append(
        DataFinding(
          code: .leakage, severity: .error,
          message: "Nearly the same picture (encoded or cut differently) is in"
            + " \(names(of: splits)): accuracy there is flattered; remove it from one.",
          paths: paths))
    }
    for split in splits {
      for label in labels {
        let same = group.filter {
          dataset.samples[$0].split == split && dataset.samples[$0].label == label
        }
        guard Set(same.map { table.records[$0].hash }).count > 1 else { continue }
        result.append(
          DataFinding(
            code: .duplicateNear, severity: .warning,
            message: "\(same.count) files of \(dataset.classNames[label]) (\(split.rawValue)) show"
              + " nearly the same picture (encoded or cut differently); keep one.",
            paths: same.map { dataset.samples[$0].id }))
      }
    }
    return result
  }

  private static func splits(of samples: [Sample]) -> [Split] {
    Split.allCases.filter { split in samples.contains { $0.split == split } }
  }

  private static func names(of splits: [Split]) -> String {
    splits.map(\.rawValue).joined(separator: " and ")
  }

  private static func names(of labels: [Int], in dataset: Dataset) -> String {
    let names = labels.prefix(5).map { dataset.classNames[$0] }.joined(separator: ", ")
    return labels.count > 5 ? names + ", …" : names
  }
}
