internal import CRuleCatalog
public import Foundation

/// The rules, their citations and the constants of the placement.
public struct RuleCatalog: Sendable {
  /// The rules, by family and id.
  public let rules: [Rule]
  /// The works cited, by key.
  public let citations: [String: Citation]
  /// The tunable constants.
  public let calibration: PlacementCalibration

  /// The name of the file with the constants.
  static let calibrationFile = "placement.yaml"
  /// The name of the file with the works cited.
  static let citationsFile = "citations.yaml"

  /// The catalogue built into the program.
  ///
  /// - Precondition: the rules that were compiled in are free of problems; a test holds this.
  public static let embedded: RuleCatalog = {
    do {
      return try RuleCatalog(files: embeddedFiles)
    } catch {
      preconditionFailure("the embedded rules are wrong:\n\(error)")
    }
  }()

  /// The texts compiled into the program, by path relative to the rules folder.
  public static var embeddedFiles: [String: String] {
    var files: [String: String] = [:]
    for index in 0..<graft_rule_file_count() {
      let file = graft_rule_file_at(index)
      let bytes = UnsafeRawBufferPointer(start: file.bytes, count: file.count)
      files[String(cString: file.path)] = String(decoding: bytes, as: UTF8.self)
    }
    return files
  }

  /// The catalogue in a folder.
  ///
  /// - Parameter directory: a folder with `placement.yaml`, `citations.yaml` and, one level down,
  ///   one YAML file for each rule.
  /// - Throws: `RuleCatalogError.unreadable` where the folder or a file cannot be read,
  ///   `.invalid` with every problem found.
  public init(directory: URL) throws(RuleCatalogError) {
    try self.init(files: Self.files(in: directory))
  }

  /// The catalogue from texts by path relative to the rules folder.
  ///
  /// - Throws: `RuleCatalogError.invalid` with every problem found.
  public init(files: [String: String]) throws(RuleCatalogError) {
    let (catalog, problems) = Self.read(files)
    guard let catalog, problems.isEmpty else { throw .invalid(problems) }
    self = catalog
  }

  private init(
    rules: [Rule], citations: [String: Citation], calibration: PlacementCalibration
  ) {
    self.rules = rules
    self.citations = citations
    self.calibration = calibration
  }

  /// Every problem in a folder of rules; empty where all is well.
  ///
  /// - Throws: `RuleCatalogError.unreadable` where the folder or a file cannot be read.
  public static func check(directory: URL) throws(RuleCatalogError) -> [RuleProblem] {
    check(files: try files(in: directory))
  }

  /// Every problem in the texts of a rules folder: what does not parse, examples that come out
  /// otherwise, overrides of nothing, and rules that contradict each other without saying which
  /// outweighs which.
  public static func check(files: [String: String]) -> [RuleProblem] {
    let (catalog, problems) = read(files)
    return problems + (catalog.map { RuleExaminer(catalog: $0).problems } ?? [])
  }

  /// The rule with an id, nil where there is none.
  public func rule(_ id: String) -> Rule? {
    rules.first { $0.id == id }
  }

  /// Reads what can be read, with every problem.
  private static func read(
    _ files: [String: String]
  ) -> (catalog: RuleCatalog?, problems: [RuleProblem]) {
    var problems: [RuleProblem] = []
    func text(_ file: String) -> String {
      if let text = files[file] { return text }
      problems.append(
        RuleProblem(file: file, line: 1, column: 1, message: "the rules folder lacks this file"))
      return ""
    }
    let calibrationText = text(calibrationFile)
    let citationsText = text(citationsFile)
    guard problems.isEmpty else { return (nil, problems) }
    var placement = CalibrationReader(file: calibrationFile)
    let calibration = placement.calibration(calibrationText)
    var works = CalibrationReader(file: citationsFile)
    let citations = works.citations(citationsText)
    problems += placement.reader.problems + works.reader.problems
    guard let calibration else { return (nil, problems) }

    let vocabulary = RuleReader.Vocabulary(
      calibration: calibration, citations: Set(citations.keys))
    var rules: [Rule] = []
    for (file, text) in files.sorted(by: { $0.key < $1.key })
    where file.contains("/") && file.hasSuffix(".yaml") {
      var reader = RuleReader(file: file, vocabulary: vocabulary)
      let rule = reader.rule(text)
      problems += reader.reader.problems
      if let rule {
        if let twin = rules.first(where: { $0.id == rule.id }) {
          problems.append(
            RuleProblem(
              file: file, line: 1, column: 1,
              message: "\(twin.file) already has the id '\(rule.id)'"))
        }
        rules.append(rule)
      }
    }
    return (RuleCatalog(rules: rules, citations: citations, calibration: calibration), problems)
  }

  /// The YAML files of a folder and of its folders.
  private static func files(in directory: URL) throws(RuleCatalogError) -> [String: String] {
    var files: [String: String] = [:]
    let folder = directory.resolvingSymlinksInPath()
    do {
      for path in try FileManager.default.subpathsOfDirectory(atPath: folder.path)
      where path.hasSuffix(".yaml") {
        let url = folder.appendingPathComponent(path)
        files[path] = try String(contentsOf: url, encoding: .utf8)
      }
    } catch {
      throw .unreadable(path: directory.path, reason: error.localizedDescription)
    }
    return files
  }
}
