import Foundation
import Testing

/// The top-level folder of rules, and files that are generated from it.
enum RulesFolder {
  static let checkout = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  static let url = checkout.appendingPathComponent("rules").resolvingSymlinksInPath()

  /// The YAML files, relative to the folder.
  static var paths: [String] {
    get throws {
      try FileManager.default.subpathsOfDirectory(atPath: url.path)
        .filter { $0.hasSuffix(".yaml") }.sorted()
    }
  }

  /// Expects a generated file to be current; `UPDATE_GOLDEN=1` rewrites it and still fails.
  static func expectCurrent(_ path: String, _ expected: String) throws {
    let file = checkout.appendingPathComponent(path)
    let found = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
    if found != expected, ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
      try expected.write(to: file, atomically: true, encoding: .utf8)
      Issue.record("\(path) was rewritten; look at the difference and run the tests again")
      return
    }
    #expect(found == expected, "\(path) is stale; UPDATE_GOLDEN=1 rewrites it")
  }
}
