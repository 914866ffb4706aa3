import Datasets
import Foundation
public import Profiling

/// A data set's profile for the terminal.
public enum ProfileText {
  /// The profile as text: what is there, then what was found, most severe first.
  public static func text(_ profile: DatasetProfile) -> String {
    var text = "\(profile.name): \(Wording.count(profile.sampleCount)) images"
    text += " in \(profile.classNames.count) classes\n\n"
    if profile.readableCount < profile.sampleCount {
      text +=
        "  \(profile.sampleCount - profile.readableCount) of them can't be read (see below)\n\n"
    }
    text += classes(profile) + "\n" + properties(profile)
    if let projection = profile.projection {
      text += "\n" + self.projection(projection, model: profile.model)
    }
    guard !profile.findings.isEmpty else { return text + "\nNothing was found to be wrong.\n" }
    return text + "\nFindings\n" + findings(profile.findings)
  }

  /// Findings of one code and severity stand together: how many, the first in words, some paths.
  private static func findings(_ findings: [DataFinding]) -> String {
    var text = ""
    var start = 0
    while start < findings.count {
      let first = findings[start]
      let end =
        findings[start...].firstIndex { $0.code != first.code || $0.severity != first.severity }
        ?? findings.count
      let alike = findings[start..<end]
      text += "  \(first.severity.rawValue): \(first.code.rawValue)"
      if alike.count > 1 {
        let files = alike.reduce(0) { $0 + $1.count }
        text += " (\(Wording.count(alike.count)) findings, \(Wording.count(files)) files)"
      }
      text += "\n"
      for finding in alike.prefix(shownFindings) {
        text += Wording.wrapped(finding.message, indent: 4)
        for path in finding.paths.prefix(shownPaths) { text += "      \(path)\n" }
        if finding.count > shownPaths, !finding.paths.isEmpty {
          text += "      … and \(Wording.count(finding.count - shownPaths)) more\n"
        }
      }
      if alike.count > shownFindings {
        text +=
          "    … and \(Wording.count(alike.count - shownFindings)) more of this kind"
          + " (--json lists them)\n"
      }
      start = end
    }
    return text
  }

  /// What a table of clean images keeps and leaves out, in one sentence.
  public static func sentence(_ clean: CleanManifest, path: String) -> String {
    let counts = clean.counts
    let reasons = CleanManifest.Reason.allCases.compactMap { reason -> String? in
      counts[reason].map { "\(Wording.count($0)) \(words(reason))" }
    }
    let left = reasons.isEmpty ? "" : " and leaves out \(reasons.joined(separator: ", "))"
    return "\(path) keeps \(Wording.count(clean.kept.count)) images\(left)."
  }

  private static func words(_ reason: CleanManifest.Reason) -> String {
    switch reason {
    case .unreadable: "unreadable"
    case .exactCopy: "exact copies"
    case .nearCopy: "near copies"
    case .labelConflict: "with two labels"
    case .mislabelled: "likely mislabelled"
    }
  }

  private static let shownFindings = 3
  private static let shownPaths = 5

  private static func projection(_ projection: SizeProjection, model: String?) -> String {
    var table = TextTable([("training images", .right), ("probe accuracy", .right)])
    for point in projection.points {
      table.add([Wording.count(point.images), Wording.percent(1 - point.error)])
    }
    let images = Wording.count(projection.images)
    let doubled = Wording.count(2 * projection.images)
    func points(_ share: Double) -> String { String(format: "%+.1f", share * 100) }
    return "What more labels would bring (linear probes on \(model ?? "the network")'s features)\n"
      + table.text
      + Wording.wrapped(
        "Doubling the labels from \(images) to \(doubled) would bring \(points(projection.gain))"
          + " points of accuracy [\(points(projection.low)), \(points(projection.high))], from"
          + " about \(Wording.percent(projection.accuracy)).", indent: 0)
  }

  private static func classes(_ profile: DatasetProfile) -> String {
    var table = TextTable(
      [("class", .left)] + profile.splits.map { ($0.split.rawValue, .right) }
        + [("for example", .left)])
    let shown = profile.classNames.count <= 24 ? profile.classNames.count : 20
    for index in 0..<shown {
      table.add(
        [profile.classNames[index]]
          + profile.splits.map { Wording.count($0.classCounts[index]) }
          + [profile.examples[index].first ?? ""])
    }
    if shown < profile.classNames.count {
      table.add(
        ["… \(profile.classNames.count - shown) more"] + profile.splits.map { _ in "" } + [""])
    }
    table.add(["all"] + profile.splits.map { Wording.count($0.count) } + [""])
    return table.text
  }

  private static func properties(_ profile: DatasetProfile) -> String {
    var lines: [String] = []
    let balance = profile.balance
    if let ratio = balance.ratio {
      lines.append(
        "balance      largest class / smallest \(Wording.number(ratio, digits: 1)), entropy "
          + "\(Wording.number(balance.normalisedEntropy, digits: 2)) of 1, as good as "
          + "\(Wording.number(balance.effectiveClassCount, digits: 1)) equal classes")
    }
    if let width = profile.widths, let height = profile.heights {
      func spread(_ spread: Spread) -> String {
        "\(Int(spread.median)) (\(Int(spread.minimum))–\(Int(spread.maximum)))"
      }
      lines.append(
        "resolution   width \(spread(width)), height \(spread(height)) pixels, median (range)")
    }
    if let aspect = profile.aspects {
      lines.append(
        "aspect       width / height \(Wording.number(aspect.median, digits: 2))"
          + " (\(Wording.number(aspect.minimum, digits: 2))–"
          + "\(Wording.number(aspect.maximum, digits: 2)))")
    }
    if let grey = profile.greyShare {
      lines.append("grey images  \(Wording.percent(grey))")
    }
    let types = profile.fileTypes.sorted { $0.key < $1.key }
    if !types.isEmpty {
      lines.append(
        "file types   "
          + types.map { "\($0.key) \(Wording.count($0.value))" }.joined(separator: ", "))
    }
    let copies = profile.duplicates
    if copies.exact + copies.near > 0 {
      lines.append(
        "duplicates   \(Wording.count(copies.exact)) exact, \(Wording.count(copies.near)) near;"
          + " \(Wording.count(copies.leaked)) across splits,"
          + " \(Wording.count(copies.conflicting)) across classes")
    }
    if !profile.fewShotClasses.isEmpty {
      let names = profile.fewShotClasses.prefix(8).joined(separator: ", ")
      let more = profile.fewShotClasses.count > 8 ? ", …" : ""
      lines.append("few-shot     \(profile.fewShotClasses.count) classes (\(names)\(more))")
    }
    return lines.map { $0 + "\n" }.joined()
  }
}
