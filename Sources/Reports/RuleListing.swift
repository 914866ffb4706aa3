public import Foundation
public import Taxonomy

/// Rules as `graft rules` prints them: what each asks, advises and rests on.
public struct RuleListing: Codable, Sendable, Equatable {
  /// The version of this value's written form.
  public static let schema = "graft.rules/1"

  /// One rule.
  public struct Page: Codable, Sendable, Equatable {
    /// The id.
    public var id: String
    /// What it says in a few words.
    public var title: String
    /// The group it belongs to.
    public var family: String
    /// preview, stable or retired.
    public var status: String
    /// The version it came with.
    public var since: String
    /// How good its evidence is.
    public var strength: String
    /// How the evidence reached the rule, by the letters of rules/README.md.
    public var provenance: [String]
    /// When it holds, in words.
    public var condition: String
    /// What to do.
    public var message: String
    /// What to beware of.
    public var warning: String?
    /// How it votes on regimes, −1 to 1.
    public var votes: [String: Double]
    /// The bands it gives for hyper-parameters.
    public var bands: [Band]
    /// Why.
    public var why: String
    /// The works it rests on, each with the place in it.
    public var citations: [String]
    /// The rules that it overrides.
    public var overrides: [String]
  }

  /// A band of a hyper-parameter.
  public struct Band: Codable, Sendable, Equatable {
    /// The hyper-parameter.
    public var name: String
    /// The low end.
    public var low: Double
    /// The high end.
    public var high: Double
    /// The regimes it is for; empty for all.
    public var regimes: [String]
  }

  /// The version of the written form.
  public var schema = RuleListing.schema
  /// The rules, by family and id.
  public var rules: [Page]

  /// Lists a catalogue, or one rule of it.
  ///
  /// - Throws: `RuleListingError.unknownRule` with the nearest ids.
  public init(_ catalog: RuleCatalog, only id: String? = nil) throws {
    let chosen = id.map { id in catalog.rules.filter { $0.id == id } } ?? catalog.rules
    if let id, chosen.isEmpty {
      let words = Set(id.split(separator: "-"))
      let near = catalog.rules.map(\.id).filter {
        !words.isDisjoint(with: Set($0.split(separator: "-")))
      }
      throw RuleListingError.unknownRule(id, nearest: Array(near.prefix(4)))
    }
    rules = chosen.sorted { ($0.family, $0.id) < ($1.family, $1.id) }.map { rule in
      Page(
        id: rule.id, title: rule.title, family: rule.family, status: rule.status.rawValue,
        since: rule.since, strength: rule.strength.rawValue,
        provenance: rule.provenance.map(\.rawValue), condition: RuleIndex.text(rule.condition),
        message: rule.message, warning: rule.warning, votes: rule.votes,
        bands: rule.bands.map {
          Band(name: $0.name.rawValue, low: $0.low, high: $0.high, regimes: $0.regimes)
        },
        why: rule.why,
        citations: rule.references.map { reference in
          "\(catalog.citations[reference.key]?.text ?? reference.key) \(reference.place)"
        },
        overrides: rule.overrides)
    }
  }
}

/// Why a rule can't be shown.
public enum RuleListingError: Error, Sendable, Equatable, CustomStringConvertible {
  /// There is no such rule.
  case unknownRule(String, nearest: [String])

  /// One sentence for the person.
  public var description: String {
    switch self {
    case .unknownRule(let id, let nearest):
      "There is no rule '\(id)'"
        + (nearest.isEmpty ? "" : "; near it are \(nearest.joined(separator: ", "))")
        + "; 'graft rules list' names all."
    }
  }
}

/// What `graft rules check` found.
public struct RuleCheck: Codable, Sendable, Equatable {
  /// The version of this value's written form.
  public static let schema = "graft.rule-check/1"

  /// One problem.
  public struct Problem: Codable, Sendable, Equatable {
    /// The file, relative to the rules' folder.
    public var file: String
    /// The line, from 1.
    public var line: Int
    /// The column, from 1.
    public var column: Int
    /// What is wrong.
    public var message: String
  }

  /// The version of the written form.
  public var schema = RuleCheck.schema
  /// How many files were read.
  public var fileCount: Int
  /// The problems, by place.
  public var problems: [Problem]

  /// Checks the rules of a folder, or those built in.
  ///
  /// - Throws: `RuleCatalogError.unreadable`.
  public init(folder: URL?) throws {
    let found: [RuleProblem]
    if let folder {
      found = try RuleCatalog.check(directory: folder)
      fileCount =
        (try? FileManager.default.subpathsOfDirectory(atPath: folder.path))?
        .count { $0.hasSuffix(".yaml") } ?? 0
    } else {
      found = RuleCatalog.check(files: RuleCatalog.embeddedFiles)
      fileCount = RuleCatalog.embeddedFiles.count
    }
    problems = found.map {
      Problem(file: $0.file, line: $0.line, column: $0.column, message: $0.message)
    }
  }
}

/// Rules for the terminal.
public enum RuleText {
  /// One line a rule.
  public static func list(_ listing: RuleListing) -> String {
    var table = TextTable([("id", .left), ("evidence", .left), ("what it says", .left)])
    for rule in listing.rules { table.add([rule.id, rule.strength, rule.title]) }
    return table.text + "\n\(listing.rules.count) rules\n"
  }

  /// Whole pages.
  public static func page(_ listing: RuleListing) -> String {
    listing.rules.map { rule in
      var text = "\(rule.title)\n"
      text += "\(rule.id), family \(rule.family), \(rule.status) since \(rule.since), "
      text += "evidence \(rule.strength) [\(rule.provenance.joined(separator: ", "))]\n\n"
      text += "When\n" + Wording.wrapped(rule.condition, indent: 2)
      text += "\nAdvice\n" + Wording.wrapped(rule.message, indent: 2)
      if let warning = rule.warning { text += Wording.wrapped("Beware: \(warning)", indent: 2) }
      let votes = rule.votes.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      if !votes.isEmpty {
        text += "  votes: "
        text += votes.map { "\($0.key) \($0.value > 0 ? "+" : "")\($0.value)" }
          .joined(separator: ", ")
        text += "\n"
      }
      for band in rule.bands {
        text += "  \(band.name): \(band.low) to \(band.high)"
        if !band.regimes.isEmpty { text += " for \(band.regimes.joined(separator: ", "))" }
        text += "\n"
      }
      text += "\nWhy\n" + Wording.wrapped(rule.why, indent: 2)
      text += "\nRests on\n"
      for citation in rule.citations { text += Wording.wrapped(citation, indent: 2) }
      if !rule.overrides.isEmpty {
        text += "\nOverrides \(rule.overrides.joined(separator: ", "))\n"
      }
      return text
    }.joined(separator: "\n\n")
  }

  /// The outcome of a check.
  public static func check(_ check: RuleCheck) -> String {
    check.problems.isEmpty
      ? "\(check.fileCount) files, no problem.\n"
      : check.problems.map { "\($0.file):\($0.line):\($0.column): \($0.message)\n" }.joined()
        + "\(check.problems.count) problems in \(check.fileCount) files.\n"
  }
}
