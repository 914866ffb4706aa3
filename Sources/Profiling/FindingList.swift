internal import Datasets

/// Puts findings in order and bounds their number.
enum FindingList {
  /// The most findings of one code that are listed one by one.
  static let limit = 500

  /// The most severe first, otherwise by code and in the order given; what goes beyond the limit of a
  /// code is summed up in one more finding.
  static func mostSevereFirst(_ findings: [DataFinding]) -> [DataFinding] {
    var seen: [DataFinding.Code: Int] = [:]
    var kept: [DataFinding] = []
    var rest: [DataFinding.Code: [DataFinding]] = [:]
    let order = [DataFinding.Severity.error, .warning, .info]
    let bySeverity = order.flatMap { severity in
      DataFinding.Code.allCases.flatMap { code in
        findings.filter { $0.severity == severity && $0.code == code }
      }
    }
    for finding in bySeverity {
      seen[finding.code, default: 0] += 1
      if seen[finding.code, default: 0] <= limit {
        kept.append(finding)
      } else {
        rest[finding.code, default: []].append(finding)
      }
    }
    for code in DataFinding.Code.allCases {
      guard let more = rest[code], let last = more.first else { continue }
      let count = more.reduce(0) { $0 + $1.count }
      let finding = DataFinding(
        code: code, severity: last.severity,
        message: "\(more.count) more findings like the \(limit) before, about \(count) files.",
        paths: more.flatMap(\.paths), count: count)
      let place = kept.lastIndex { $0.code == code }.map { $0 + 1 } ?? kept.endIndex
      kept.insert(finding, at: place)
    }
    return kept
  }
}
