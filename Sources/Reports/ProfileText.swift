import Datasets
public import Profiling

/// A data set's profile for the terminal.
public enum ProfileText {
  /// The profile as text.
  public static func text(_ profile: DatasetProfile) -> String {
    var text = "\(profile.name): \(Wording.count(profile.sampleCount)) images"
    text += " in \(profile.classNames.count) classes\n\n"
    if profile.readableCount < profile.sampleCount {
      text +=
        "  \(profile.sampleCount - profile.readableCount) of them can't be read (see below)\n\n"
    }
    text += classes(profile) + "\n" + properties(profile)
    guard !profile.findings.isEmpty else { return text + "\nNothing was found to be wrong.\n" }
    text += "\nFindings\n"
    for finding in profile.findings {
      text += "  \(finding.severity.rawValue): \(finding.code.rawValue)\n"
      text += Wording.wrapped(finding.message, indent: 4)
      for path in finding.paths.prefix(5) { text += "      \(path)\n" }
      if finding.paths.count > 5 { text += "      … and \(finding.paths.count - 5) more\n" }
    }
    return text
  }

  private static func classes(_ profile: DatasetProfile) -> String {
    var table = TextTable(
      [("class", .left)] + profile.splits.map { ($0.split.rawValue, .right) })
    let shown = profile.classNames.count <= 24 ? profile.classNames.count : 20
    for index in 0..<shown {
      table.add(
        [profile.classNames[index]]
          + profile.splits.map { Wording.count($0.classCounts[index]) })
    }
    if shown < profile.classNames.count {
      table.add(
        ["… \(profile.classNames.count - shown) more"] + profile.splits.map { _ in "" })
    }
    table.add(["all"] + profile.splits.map { Wording.count($0.count) })
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
    if let grey = profile.greyShare {
      lines.append("grey images  \(Wording.percent(grey))")
    }
    let types = profile.fileTypes.sorted { $0.key < $1.key }
    if !types.isEmpty {
      lines.append(
        "file types   "
          + types.map { "\($0.key) \(Wording.count($0.value))" }.joined(separator: ", "))
    }
    return lines.map { $0 + "\n" }.joined()
  }
}
