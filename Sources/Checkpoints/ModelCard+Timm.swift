public import Foundation
internal import Networks

/// timm's `config.json`, as its hub folders hold it.
///
/// - Reference: timm `models/_hub.py`, `_pretrained.py` (PretrainedCfg).
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
    var firstConv: String?
    var classifier: String?
    var license: String?
    var labelNames: [String]?

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
    }
  }

  var architecture: String
  var numClasses: Int?
  var numFeatures: Int?
  var globalPool: String?
  var labelNames: [String]?
  var pretrainedCfg: Pretrained?

  enum CodingKeys: String, CodingKey {
    case architecture
    case numClasses = "num_classes"
    case numFeatures = "num_features"
    case globalPool = "global_pool"
    case labelNames = "label_names"
    case pretrainedCfg = "pretrained_cfg"
  }
}

extension ModelCard {
  /// Reads timm's `config.json` as a card; what it leaves out is the architecture's default.
  ///
  /// - Throws: ``CheckpointError`` naming the file and the key at fault, or an architecture that
  ///   Graft does not have.
  public static func read(timmConfiguration file: URL) throws(CheckpointError) -> ModelCard {
    try naming(file) { () throws(CheckpointError.Problem) in
      let mapping = try FileMapping(file)
      return try withExtendedLifetime(mapping) { () throws(CheckpointError.Problem) in
        try parse(timm: mapping.bytes, id: file.deletingLastPathComponent().lastPathComponent)
      }
    }
  }

  package static func parse(
    timm json: UnsafeRawBufferPointer, id: String
  ) throws(CheckpointError.Problem) -> ModelCard {
    let configuration: TimmConfiguration
    do {
      configuration = try JSONDecoder().decode(TimmConfiguration.self, from: Data(json))
    } catch let error as DecodingError {
      throw .unsupported("as timm's configuration, \(error.sentence)")
    } catch {
      throw .unsupported("it is not the JSON of timm's configuration")
    }
    let pretrained = configuration.pretrainedCfg
    guard let architecture = Architecture.all.first(where: { $0.id == configuration.architecture })
    else {
      let near = nearestNames(
        to: configuration.architecture, among: Architecture.all.map(\.id))
      let known = (near.isEmpty ? Architecture.all.map(\.id) : near).joined(separator: ", ")
      throw .unsupported(
        "its architecture '\(configuration.architecture)' is not one that Graft has; the nearest "
          + "are \(known)")
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
        throw .unsupported("its interpolation '\(name)' is not nearest, bilinear or bicubic")
      }
      input.interpolation = interpolation
    }
    switch pretrained?.cropMode {
    case nil, "center": input.resize = .crop
    case "squash": input.resize = .squash
    case .some(let mode):
      throw .unsupported("its crop_mode '\(mode)' is neither center nor squash")
    }
    let card = ModelCard(
      id: id, architecture: architecture.id, input: input,
      classCount: configuration.numClasses ?? pretrained?.numClasses ?? 0,
      classNames: configuration.labelNames ?? pretrained?.labelNames,
      licence: pretrained?.license)
    try card.validate()
    return card
  }
}
