public import Checkpoints
import Networks

/// The models at hand and the architectures: what `graft models list` prints.
public struct ModelListing: Codable, Sendable {
  /// The version of this value's written form.
  public static let schema = "graft.models/1"

  /// One architecture.
  public struct ArchitectureEntry: Codable, Sendable, Equatable {
    /// The id.
    public var id: String
    /// What it is.
    public var summary: String
    /// The side of its images in pixels.
    public var imageSize: Int
  }

  /// The version of the written form.
  public var schema = ModelListing.schema
  /// The models, those that must be obtained last.
  public var models: [ModelCatalogue.Listing]
  /// The architectures that weights can be loaded into.
  public var architectures: [ArchitectureEntry]

  /// Looks into the catalogue's folders.
  public init(_ catalogue: ModelCatalogue = ModelCatalogue()) {
    models = catalogue.list()
    architectures = Architecture.all.map {
      ArchitectureEntry(id: $0.id, summary: $0.summary, imageSize: $0.input.imageSize)
    }
  }
}

/// Models for the terminal.
public enum ModelText {
  /// The listing as text.
  public static func list(_ listing: ModelListing) -> String {
    var models = TextTable([
      ("model", .left), ("architecture", .left), ("trained on", .left), ("licence", .left),
      ("size", .right), ("weights", .left),
    ])
    for entry in listing.models {
      models.add([
        entry.card.id, entry.card.architecture, entry.card.sourceData?.name ?? "–",
        entry.card.licence ?? "–", entry.byteCount.map(size) ?? "–",
        entry.path ?? "not here (\(entry.card.origin ?? "see its card"))",
      ])
    }
    var architectures = TextTable([("architecture", .left), ("pixels", .right), ("", .left)])
    for entry in listing.architectures {
      architectures.add([entry.id, "\(entry.imageSize)", entry.summary])
    }
    return models.text + "\n" + architectures.text
  }

  /// What a graph is and ends in, as text.
  private static func text(_ graph: Inspection.GraphSummary) -> String {
    let size = graph.imageSize.map(String.init).joined(separator: "×")
    var text =
      "  written by    \(graph.producer.isEmpty ? "unknown" : graph.producer), opset \(graph.opset)\n"
    text += "  input         \(graph.input), \(graph.layout.rawValue), \(size)"
    text += graph.hasOpenSize ? " or any other size\n" : "\n"
    text += "  features      \(graph.featureNode), \(graph.featureCount) numbers\n"
    text += "  classifier    \(graph.classifierNode ?? "none")\n"
    let operators = graph.operators.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    text += "  operators     "
    text += operators.map { "\($0.key) \($0.value)" }.joined(separator: ", ") + "\n"
    return text
  }

  /// What a weight file holds, as text.
  public static func inspection(_ inspection: Inspection) -> String {
    var text = "\(inspection.file)\n"
    text +=
      "  format        \(inspection.format.rawValue), \(Wording.count(inspection.byteCount)) bytes\n"
    text += "  SHA-256       \(inspection.sha256)\n"
    text +=
      "  tensors       \(inspection.tensors.count), \(Wording.count(inspection.elementCount)) numbers\n"
    if let container = inspection.container { text += "  state dict    under '\(container)'\n" }
    if !inspection.prefix.isEmpty { text += "  prefix        \(inspection.prefix)\n" }
    if let convention = inspection.convention { text += "  names of      \(convention)\n" }
    if !inspection.omitted.isEmpty {
      text += "  left out      \(inspection.omitted.count) tensors that no classifier needs\n"
    }
    if let graph = inspection.graph { text += self.text(graph) }
    let fits = inspection.architectures
    text += "  architecture  "
    text += fits.isEmpty ? "none fits exactly" : fits.joined(separator: ", ")
    text += inspection.classCount > 0 ? ", \(inspection.classCount) classes\n" : ", no head\n"
    if let card = inspection.card {
      text += "  card          \(card.id), trained on \(card.sourceData?.name ?? "unknown data"), "
      text += "licence \(card.licence ?? "unknown")\n"
    }
    if let compared = inspection.comparedWith,
      !(inspection.missing.isEmpty && inspection.surplus.isEmpty && inspection.misshaped.isEmpty)
    {
      text += "\nCompared with \(compared)\n"
      for key in inspection.missing {
        text += "  missing    \(key.name) \(key.shape)"
        if !key.nearest.isEmpty { text += ", near: \(key.nearest.joined(separator: ", "))" }
        text += "\n"
      }
      for key in inspection.misshaped {
        text += "  misshaped  \(key.name) is \(key.actual), needs \(key.expected)\n"
      }
      for name in inspection.surplus { text += "  surplus    \(name)\n" }
    }
    text += "\n"
    var table = TextTable([("tensor", .left), ("shape", .left), ("read as", .left)])
    for tensor in inspection.tensors {
      table.add([tensor.name, "\(tensor.shape)", tensor.mappedName ?? ""])
    }
    return text + table.text
  }
}
