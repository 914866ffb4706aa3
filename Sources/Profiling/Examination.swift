public import Datasets
internal import Foundation
internal import Images

/// What one look at every file of a data set says: what profiles, splits and clean lists are made of.
public struct Examination: Sendable {
  /// The data, as it was looked at.
  public let dataset: Dataset
  /// Which pictures are the same, exactly or nearly.
  public internal(set) var groups: DuplicateGroups
  let table: InspectionTable

  /// The data set that knows its duplicates, so that `Dataset.split` never parts them.
  public var keepingDuplicatesTogether: Dataset { dataset.keeping(together: groups.together) }

  /// The profile.
  ///
  /// - Parameter study: what a network's features say, or nil without a network.
  public func profile(with study: FeatureStudy? = nil) -> DatasetProfile {
    let groups = study.map { confirmedGroups(by: $0) } ?? groups
    let readable = table.records.filter(\.isReadable)
    let hasTraining = dataset.samples.contains { $0.split == .train }
    let counts = dataset.classCounts(in: hasTraining ? .train : nil)
    let balance = ClassBalance(counts: counts)
    let fewShot = dataset.classNames.indices.filter { counts[$0] < ClassBalance.fewShotLimit }
    var findings = dataset.findings
    findings += FileFindings.findings(table, in: dataset)
    findings += DuplicateFindings.findings(groups, table, in: dataset)
    findings += OutlierFindings.findings(table, in: dataset)
    findings += BalanceFindings.findings(balance, counts: counts, fewShot: fewShot, in: dataset)
    if let study { findings += study.findings(in: dataset) }
    return DatasetProfile(
      name: dataset.name, path: dataset.path, classNames: dataset.classNames,
      sampleCount: dataset.samples.count, readableCount: readable.count,
      splits: dataset.splits.map { split in
        let counts = dataset.classCounts(in: split)
        return SplitProfile(split: split, count: counts.reduce(0, +), classCounts: counts)
      },
      balance: balance,
      fewShotClasses: fewShot.map { dataset.classNames[$0] },
      examples: examples,
      widths: Spread(readable.map { Double($0.width) }),
      heights: Spread(readable.map { Double($0.height) }),
      aspects: Spread(readable.map { Double($0.width) / Double($0.height) }),
      greyShare: readable.isEmpty
        ? nil : Double(readable.count(where: \.isGrey)) / Double(readable.count),
      fileTypes: readable.reduce(into: [:]) {
        $0[$1.format?.rawValue ?? dataset.packedTypeName ?? "pixels", default: 0] += 1
      },
      duplicates: DuplicateCounts(groups, in: dataset),
      model: study?.model, projection: study?.projection,
      findings: FindingList.mostSevereFirst(findings))
  }

  /// The groups, near-duplicates confirmed in the space of the features.
  func confirmedGroups(by study: FeatureStudy) -> DuplicateGroups {
    groups.confirmed(count: dataset.samples.count) { study.areNear($0, $1) }
  }

  /// Readable pictures of each class, at most three, spread over its list.
  private var examples: [[String]] {
    var members = [[Int]](repeating: [], count: dataset.classNames.count)
    for (index, sample) in dataset.samples.enumerated() where table.records[index].isReadable {
      members[sample.label].append(index)
    }
    return members.map { list in
      (0..<min(3, list.count)).map { place in
        dataset.samples[list[place * (list.count - 1) / max(1, min(3, list.count) - 1)]].id
      }
    }
  }
}
