import Foundation
import TestSupport
import Testing

/// The built `graft`, run as a person runs it.
enum GraftBinary {
  /// What a call left behind.
  struct Outcome {
    let status: Int32
    let output: Data
    let errors: String

    /// Standard output as text.
    var text: String { String(decoding: output, as: UTF8.self) }

    /// Standard output as one JSON object.
    func json() throws -> [String: Any] {
      try #require(
        try JSONSerialization.jsonObject(with: output) as? [String: Any],
        "standard output is no JSON object: \(text.prefix(300))")
    }
  }

  /// Beside the test bundle, where SwiftPM puts every product.
  static let url: URL = {
    let beside = URL(fileURLWithPath: CommandLine.arguments[0])
      .deletingLastPathComponent().appendingPathComponent("graft")
    return FileManager.default.isExecutableFile(atPath: beside.path)
      ? beside : Checkout.root.appendingPathComponent(".build/release/graft")
  }()

  /// A narrow terminal, no model, cache or token of the person who runs the tests, and no Hub.
  static func environment(_ scratch: URL) -> [String: String] {
    [
      "COLUMNS": "80", "XDG_CACHE_HOME": scratch.appendingPathComponent("cache").path,
      "GRAFT_MODELS": scratch.appendingPathComponent("no-models").path,
      "HF_HOME": scratch.appendingPathComponent("hf").path, "HF_HUB_CACHE": "", "HF_TOKEN": "",
      "HF_ENDPOINT": "http://127.0.0.1:9", "HF_HUB_OFFLINE": "", "no_proxy": "127.0.0.1",
    ]
  }

  static func run(
    _ arguments: [String], environment own: [String: String] = [:]
  ) throws -> Outcome {
    let result = try Checkout.run(
      url, arguments,
      environment: environment(FileManager.default.temporaryDirectory).merging(own) { $1 })
    return Outcome(status: result.status, output: result.output, errors: result.errors)
  }

  /// Expects exit status 1, nothing on standard output and one clear sentence on standard error.
  @discardableResult
  static func expectFailure(
    _ arguments: [String], naming names: [String], environment: [String: String] = [:],
    location: SourceLocation = #_sourceLocation
  ) throws -> Outcome {
    let outcome = try run(arguments, environment: environment)
    #expect(outcome.status == 1, "\(arguments): \(outcome.errors)", sourceLocation: location)
    #expect(outcome.output.isEmpty, "\(outcome.text)", sourceLocation: location)
    let errors = outcome.errors.split(separator: "\n").filter { $0.hasPrefix("Error: ") }
    #expect(errors.count == 1, "\(outcome.errors)", sourceLocation: location)
    let sentence = errors.first.map(String.init) ?? ""
    #expect(
      sentence.last.map { ".?)".contains($0) } == true, "\(sentence)", sourceLocation: location)
    for name in names {
      #expect(sentence.contains(name), "no '\(name)' in: \(sentence)", sourceLocation: location)
    }
    for word in ["Fatal error", "Stack dump", "NSCocoaErrorDomain", "Error Domain", "Swift/", "😱"] {
      #expect(!outcome.errors.contains(word), "\(outcome.errors)", sourceLocation: location)
    }
    return outcome
  }
}
