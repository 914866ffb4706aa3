public import Checkpoints
public import Hub
import Networks

/// What `graft models pull` prints.
public struct PullReport: Codable, Sendable {
  /// One model that was pulled.
  public struct Entry: Codable, Sendable {
    /// What came.
    public var pull: HubPull
    /// The model, as other commands take it.
    public var name: String
    /// What the model is; nil where it cannot be opened.
    public var card: ModelCard?
    /// Why the model cannot be opened, as a sentence.
    public var problem: String?

    /// States what came, and what it is or why it cannot be opened.
    public init(pull: HubPull, name: String, card: ModelCard? = nil, problem: String? = nil) {
      self.pull = pull
      self.name = name
      self.card = card
      self.problem = problem
    }
  }

  /// The version of this value's written form.
  public var schema = "graft.pull/1"
  /// The models in the order in which they were named.
  public var models: [Entry] = []

  /// A report of no models yet.
  public init() {}
}

/// What `graft models remove` prints.
public struct RemovalReport: Codable, Sendable {
  /// The version of this value's written form.
  public var schema = "graft.removal/1"
  /// The models in the order in which they were named.
  public var models: [ModelRemoval] = []

  /// A report of no models yet.
  public init() {}
}

extension ModelText {
  /// A number of bytes, such as `46.8 MB`.
  public static func size(_ bytes: Int) -> String {
    switch bytes {
    case ..<1000: "\(bytes) bytes"
    case ..<1_000_000: "\(Wording.number(Double(bytes) / 1e3, digits: 1)) kB"
    case ..<1_000_000_000: "\(Wording.number(Double(bytes) / 1e6, digits: 1)) MB"
    default: "\(Wording.number(Double(bytes) / 1e9, digits: 2)) GB"
    }
  }

  /// What was pulled, as text.
  public static func pull(_ report: PullReport) -> String {
    report.models.map { entry in
      var table = TextTable([("file", .left), ("size", .right), ("", .left)])
      for file in entry.pull.files {
        let how =
          file.wasFetched
          ? "fetched\(file.verified.map { ", \($0) is right" } ?? ", no digest to compare with")"
          : "was here"
        table.add([file.name, size(file.byteCount), how])
      }
      var text = "\(entry.pull.model) at \(entry.pull.commit.prefix(12))\n\n\(table.text)\n"
      if let card = entry.card {
        text += "  \(summary(card))\n  Use it as \(entry.name)\n"
      } else if let problem = entry.problem {
        text += Wording.wrapped("It cannot be opened as it is: \(problem)", indent: 2)
      }
      return text
    }.joined(separator: "\n")
  }

  /// What was added, as text.
  public static func addition(_ addition: ModelAddition) -> String {
    let input = addition.card.input
    return """
      Added \(addition.card.id): \(summary(addition.card))
        card     \(addition.cardPath)
        weights  \(addition.weightsPath)\(addition.isCopy ? " (a copy)" : "")
        images   \(input.imageSize) pixels, \(input.resize.rawValue), \
      \(input.interpolation.rawValue), \(input.channelOrder.rawValue)

      """
  }

  /// What was removed, as text.
  public static func removal(_ report: RemovalReport) -> String {
    report.models.map { removal in
      guard removal.isDone else { return "\(removal.model) stays.\n" }
      var text = "Removed \(removal.model)"
      if removal.byteCount > 0 { text += ", \(size(removal.byteCount)) of weights" }
      text += "\n"
      for item in removal.deleted { text += "  deleted  \(item.path)\n" }
      if let kept = removal.kept { text += "  kept     \(kept)\n" }
      return text
    }.joined()
  }

  /// Whether weights may go.
  public static func question(_ removal: ModelRemoval) -> String {
    "Delete \(size(removal.byteCount)) of weights of \(removal.model) "
      + "(\(removal.weightsPath))?"
  }

  /// What verifying found, as text.
  public static func verification(_ report: ModelVerification) -> String {
    if report.models.isEmpty {
      return "There are no models here; 'graft models pull' fetches some.\n"
    }
    var table = TextTable([("model", .left), ("size", .right), ("SHA-256", .left), ("", .left)])
    for entry in report.models {
      let compared =
        switch entry.comparedWith {
        case "card": "as its card says"
        case "hub": "as the Hub says"
        default: "opens; no digest to compare with"
        }
      table.add([
        entry.model, size(entry.byteCount), entry.sha256.map { "\($0.prefix(12))…" } ?? "–",
        entry.problem == nil ? compared : "WRONG",
      ])
    }
    let problems = report.models.compactMap { entry in
      entry.problem.map { Wording.wrapped("\(entry.model): \($0)", indent: 2) }
    }
    return table.text + (problems.isEmpty ? "" : "\n" + problems.joined())
  }

  /// Architecture, classes, source and licence in one line.
  private static func summary(_ card: ModelCard) -> String {
    var parts = [card.architecture]
    parts.append(card.classCount > 0 ? "\(card.classCount) classes" : "no head")
    if let source = card.sourceData?.name { parts.append("trained on \(source)") }
    if let licence = card.licence { parts.append("licence \(licence)") }
    return parts.joined(separator: ", ")
  }
}
