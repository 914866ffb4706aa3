internal import Datasets
public import Foundation

/// The pictures of a data set that are worth keeping, and why the others are not.
///
/// - Files that can't be read go.
/// - Of pictures that are the same, exactly or nearly, one stays: a copy in the test split before one
///   in validation before one in training (dropping a training picture costs a picture, dropping a
///   test picture changes what results are compared on), then the one with most pixels, then the first
///   by name.
/// - Pictures that are the same under more than one class all go: nothing tells which is right.
/// - Likely mislabelled pictures go only if asked for.
public struct CleanManifest: Sendable {
  /// Why a picture is left out.
  public enum Reason: String, Codable, Sendable, Hashable, CaseIterable {
    /// The file can't be read.
    case unreadable
    /// The same pixels are kept elsewhere.
    case exactCopy = "exact-copy"
    /// Nearly the same picture is kept elsewhere.
    case nearCopy = "near-copy"
    /// The same picture, exactly or nearly, has another class, too.
    case labelConflict = "label-conflict"
    /// It looks like another class.
    case mislabelled
  }

  /// Indices of the samples that stay, ascending.
  public let kept: [Int]
  /// Why each of the others is left out, by index.
  public let dropped: [Int: Reason]
  private let dataset: Dataset

  /// Decides about every sample.
  ///
  /// - Parameters:
  ///   - study: confirms near-duplicates, and names the mislabelled; nil without a network.
  ///   - dropsMislabelled: whether likely mislabelled pictures go.
  public init(
    _ examination: Examination, study: FeatureStudy? = nil, dropsMislabelled: Bool = false
  ) {
    dataset = examination.dataset
    let samples = dataset.samples
    let table = examination.table
    let groups = study.map { examination.confirmedGroups(by: $0) } ?? examination.groups
    var dropped: [Int: Reason] = [:]
    for (index, record) in table.records.enumerated() where !record.isReadable {
      dropped[index] = .unreadable
    }
    if dropsMislabelled {
      for issue in study?.mislabelled ?? [] { dropped[issue.sample] = .mislabelled }
    }
    for group in groups.together {
      // A wrong label that goes anyway is no conflict.
      let left = group.filter { dropped[$0] == nil }
      if Set(left.map { samples[$0].label }).count > 1 {
        for index in left { dropped[index] = .labelConflict }
        continue
      }
      func rank(_ index: Int) -> (Int, Int, String) {
        let split = Split.allCases.firstIndex(of: samples[index].split) ?? 0
        let record = table.records[index]
        return (-split, -Int(record.width) * Int(record.height), samples[index].id)
      }
      guard let best = left.min(by: { rank($0) < rank($1) }) else { continue }
      for index in left where index != best {
        let isExact = table.records[index].hash == table.records[best].hash
        dropped[index] = isExact ? .exactCopy : .nearCopy
      }
    }
    self.dropped = dropped
    kept = samples.indices.filter { dropped[$0] == nil }
  }

  /// How many samples are left out for each reason.
  public var counts: [Reason: Int] {
    dropped.values.reduce(into: [:]) { $0[$1, default: 0] += 1 }
  }

  /// The list as a CSV table with the columns path, label, split and group, as `Dataset.open` reads it.
  ///
  /// - Parameter folder: where the file will lie. Paths below it are relative to it, others absolute.
  /// - Returns: nil where the pictures lie inside larger files, which a manifest can't list.
  public func csv(in folder: URL) -> String? {
    let start = folder.standardizedFileURL.path
    let prefix = start.hasSuffix("/") ? start : start + "/"
    var text = "path,label,split,group\n"
    for index in kept {
      let sample = dataset.samples[index]
      guard let path = dataset.url(of: sample)?.standardizedFileURL.path else { return nil }
      let shown = path.hasPrefix(prefix) ? String(path.dropFirst(prefix.count)) : path
      text += CSVLine.text([
        shown, dataset.classNames[sample.label], sample.split.manifestName, sample.group ?? "",
      ])
    }
    return text
  }
}

extension Split {
  /// The name that manifests give it: train, val or test.
  fileprivate var manifestName: String { self == .validation ? "val" : rawValue }
}
