public import Foundation
internal import Networks

/// timm's `config.json`, as its hub folders hold it: since timm 0.9 with `pretrained_cfg`, before that
/// with its keys beside `architecture`.
///
/// - Reference: timm 1.0.31 `models/_hub.py` (`_parse_model_cfg`), `_pretrained.py` (PretrainedCfg).
struct TimmConfiguration: Codable {
  struct Pretrained: Codable {
    var tag: String?
    var customLoad: Bool?
    var inputSize: [Int]?
    var fixedInputSize: Bool?
    var interpolation: String?
    var cropPct: Double?
    var cropMode: String?
    var mean: [Double]?
    var std: [Double]?
    var numClasses: Int?
    var poolSize: [Int]?
    var firstConv: OneOrMore?
    var classifier: OneOrMore?
    var license: String?
    var labelNames: [String]?
    var originURL: String?
    var paperName: String?
    var paperIdentifiers: OneOrMore?

    enum CodingKeys: String, CodingKey {
      case tag
      case customLoad = "custom_load"
      case inputSize = "input_size"
      case fixedInputSize = "fixed_input_size"
      case interpolation
      case cropPct = "crop_pct"
      case cropMode = "crop_mode"
      case mean, std
      case numClasses = "num_classes"
      case poolSize = "pool_size"
      case firstConv = "first_conv"
      case classifier, license
      case labelNames = "label_names"
      case originURL = "origin_url"
      case paperName = "paper_name"
      case paperIdentifiers = "paper_ids"
    }
  }

  /// A value that timm writes as a string where there is one and as a list where there are more.
  enum OneOrMore: Codable, Equatable {
    case one(String)
    case more([String])

    init(_ name: String) { self = .one(name) }

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let name = try? container.decode(String.self) {
        self = .one(name)
      } else {
        self = .more(try container.decode([String].self))
      }
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .one(let name): try container.encode(name)
      case .more(let names): try container.encode(names)
      }
    }

    var all: [String] {
      switch self {
      case .one(let name): [name]
      case .more(let names): names
      }
    }
  }

  /// What timm's function of the architecture is given besides.
  struct ModelArguments: Codable {
    var imageSize: Int?

    enum CodingKeys: String, CodingKey { case imageSize = "img_size" }
  }

  var architecture: String
  var numClasses: Int?
  var numFeatures: Int?
  var globalPool: String?
  var labelNames: [String]?
  var pretrainedCfg: Pretrained?
  var modelArgs: ModelArguments?

  enum CodingKeys: String, CodingKey {
    case architecture
    case numClasses = "num_classes"
    case numFeatures = "num_features"
    case globalPool = "global_pool"
    case labelNames = "label_names"
    case pretrainedCfg = "pretrained_cfg"
    case modelArgs = "model_args"
  }
}

extension ModelCard {
  /// Reads timm's `config.json` as a card; what it leaves out is the architecture's default.
  ///
  /// - Parameters:
  ///   - file: The configuration.
  ///   - substitute: An architecture to use where Graft does not have the one that is named.
  /// - Returns: The card; nil for a `config.json` of another tool, which names no architecture of
  ///   timm's.
  /// - Throws: ``CheckpointError`` naming the file and the key at fault, or an architecture that
  ///   Graft does not have.
  public static func read(
    timmConfiguration file: URL, insteadOfUnknown substitute: String? = nil
  ) throws(CheckpointError) -> ModelCard? {
    try FileMapping.parsing(file) { (bytes) throws(CheckpointError.Problem) in
      try parse(
        timm: bytes, id: file.deletingLastPathComponent().lastPathComponent,
        insteadOfUnknown: substitute)
    }
  }

  package static func parse(
    timm json: UnsafeRawBufferPointer, id: String, insteadOfUnknown substitute: String? = nil
  ) throws(CheckpointError.Problem) -> ModelCard? {
    guard json.count <= 16 << 20 else {
      throw .unsupported("a configuration of more than 16 MB is none")
    }
    let configuration: TimmConfiguration
    let pretrained: TimmConfiguration.Pretrained?
    do {
      let data = Data(json)
      let object = try JSONSerialization.jsonObject(with: data) as? [String: Any]
      guard let object, object["architecture"] is String else { return nil }
      configuration = try JSONDecoder().decode(TimmConfiguration.self, from: data)
      pretrained =
        try configuration.pretrainedCfg
        ?? JSONDecoder().decode(TimmConfiguration.Pretrained.self, from: data)
      try check(modelArguments: object["model_args"])
    } catch let problem as CheckpointError.Problem {
      throw problem
    } catch let error as DecodingError {
      throw .unsupported("as timm's configuration, \(error.sentence)")
    } catch {
      throw .unsupported("it is not the JSON of timm's configuration")
    }
    let known = Architecture.all.first { $0.id == configuration.architecture }
    let architecture = known ?? Architecture.all.first { $0.id == substitute }
    guard let architecture else {
      let near = nearestNames(
        to: configuration.architecture, among: Architecture.all.map(\.id))
      let known = (near.isEmpty ? Architecture.all.map(\.id) : near).joined(separator: ", ")
      throw .unsupported(
        "its architecture '\(configuration.architecture)' is not one that Graft has; the nearest "
          + "are \(known); if the weights are those of one of them, name it with --arch")
    }
    var input = architecture.input
    if let size = pretrained?.inputSize {
      guard size.count == 3, size[0] == 3, size[1] == size[2] else {
        throw .unsupported("its input_size \(size) is not that of square RGB images")
      }
      input.imageSize = size[1]
    }
    input.mean = pretrained?.mean ?? input.mean
    input.standardDeviation = pretrained?.std ?? input.standardDeviation
    input.cropPercent = pretrained?.cropPct ?? input.cropPercent
    if let name = pretrained?.interpolation {
      guard let interpolation = InputSpecification.Interpolation(rawValue: name) else {
        throw .unsupported("its interpolation '\(name)' is not bilinear or bicubic")
      }
      input.interpolation = interpolation
    }
    switch pretrained?.cropMode {
    case nil, "center": input.resize = .crop
    case "squash": input.resize = .squash
    case "border": input.resize = .border
    case .some(let mode):
      throw .unsupported("its crop_mode '\(mode)' is not center, squash or border")
    }
    let card = ModelCard(
      id: id, architecture: architecture.id, input: input,
      classCount: configuration.numClasses ?? pretrained?.numClasses ?? 0,
      classNames: configuration.labelNames ?? pretrained?.labelNames,
      sourceData: pretrained?.tag.flatMap(SourceData.init(timmTag:)),
      licence: pretrained?.license, origin: pretrained?.originURL,
      citation: pretrained?.citation)
    try card.validate()
    return card
  }
}

extension ModelCard {
  /// Arguments with which timm would build another network than the architecture's own.
  private static func check(modelArguments: Any?) throws(CheckpointError.Problem) {
    guard let arguments = modelArguments as? [String: Any] else { return }
    // Sizes, classes and rates of dropping change no weight and nothing of inference.
    let harmless = ["img_size", "num_classes", "drop_rate", "drop_path_rate", "pretrained"]
    let others = arguments.keys.filter { !harmless.contains($0) }.sorted()
    guard others.isEmpty else {
      throw .unsupported(
        "its model_args change the network (\(others.joined(separator: ", "))), which Graft's "
          + "architectures do not follow; if they change nothing of this one, write a card beside "
          + "the weights")
    }
  }
}

extension ModelCard.SourceData {
  /// The data that a tag of timm's names, such as `a1_in1k` or `augreg_in21k_ft_in1k`; nil where it
  /// names none that is known here.
  init?(timmTag tag: String) {
    let sets: [String: (name: String, count: Int)] = [
      "in1k": ("ImageNet-1k", 1_281_167), "in12k": ("ImageNet-12k", 12_000_000),
      "in21k": ("ImageNet-21k", 14_197_122), "in22k": ("ImageNet-22k", 14_197_122),
      "laion2b": ("LAION-2B", 2_000_000_000), "laion400m": ("LAION-400M", 400_000_000),
      "lvd142m": ("LVD-142M", 142_000_000), "inat21": ("iNaturalist 2021", 2_686_843),
    ]
    let found = tag.split(separator: "_").compactMap { sets[String($0)] }
    guard let first = found.first else { return nil }
    let names = found.map(\.name)
    self.init(
      name: names.joined(separator: ", then "), imageCount: found.map(\.count).max() ?? first.count)
  }
}

extension TimmConfiguration.Pretrained {
  fileprivate var citation: String? {
    let papers = paperIdentifiers?.all.joined(separator: ", ")
    return switch (paperName, papers) {
    case (let name?, let papers?): "\(name), \(papers)"
    case (let name, let papers): name ?? papers
    }
  }
}
