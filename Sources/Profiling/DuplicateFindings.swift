internal import Datasets
internal import Images

/// Findings about pictures with the same pixels: duplicates, leakage, contradicting labels.
///
/// Two pictures are the same when size and every decoded pixel are; the files may differ.
enum DuplicateFindings {
  static func findings(_ inspections: [Inspection], in dataset: Dataset) -> [DataFinding] {
    var groups: [PixelHash: [Int]] = [:]
    for (index, inspection) in inspections.enumerated() {
      if let hash = inspection.hash { groups[hash, default: []].append(index) }
    }
    // In the order of the first member, so that hashing leaves no trace.
    return groups.values.filter { $0.count > 1 }.sorted { $0[0] < $1[0] }.flatMap {
      findings(of: $0, in: dataset)
    }
  }

  private static func findings(of group: [Int], in dataset: Dataset) -> [DataFinding] {
    let samples = group.map { dataset.samples[$0] }
    let paths = samples.map(\.id)
    var result: [DataFinding] = []
    let labels = Set(samples.map(\.label)).sorted()
    if labels.count > 1 {
      let names = labels.map { dataset.classNames[$0] }.joined(separator: ", ")
      result.append(
        DataFinding(
          code: .labelConflict, severity: .error,
          message: "The same picture is filed under \(labels.count) classes (\(names)); keep one.",
          paths: paths))
    }
    let splits = Split.allCases.filter { split in samples.contains { $0.split == split } }
    if splits.count > 1 {
      let names = splits.map(\.rawValue).joined(separator: " and ")
      result.append(
        DataFinding(
          code: .leakage, severity: .error,
          message: "The same picture is in \(names): accuracy there is flattered;"
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
}
