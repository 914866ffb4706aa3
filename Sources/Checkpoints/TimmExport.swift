internal import Files
public import Foundation
public import Networks
internal import Tensors

/// Writes a network as a folder in timm's hub layout: `model.safetensors` and `config.json`, which
/// `timm.create_model("local-dir:FOLDER", pretrained=True)` loads, and Graft's own card beside them.
///
/// A network that expects blue first is rewritten to expect red first, which is all that timm knows:
/// the input channels of its first convolution are reversed, and mean and standard deviation with
/// them. Architectures that timm does not have (the CIFAR ResNets, SqueezeNet) are written alike;
/// their tensors have the names of the code they come from (torchvision's for SqueezeNet).
public enum TimmExport {
  /// Writes the folder, creating it if need be; each file appears only once it is complete.
  ///
  /// - Parameters:
  ///   - network: The network with its weights.
  ///   - card: What is known of it; `architecture`, `classCount`, `classNames`, `parameterCount` and
  ///     `sha256` are taken from the network and not from the card.
  ///   - classNames: The names of the head's classes in its order; their number must be the
  ///     network's number of classes.
  /// - Throws: ``CheckpointError`` with `.unwritable`.
  /// - Returns: The card as written.
  @discardableResult
  public static func write(
    _ network: Network, card: ModelCard, classNames: [String]?, to folder: URL
  ) throws(CheckpointError) -> ModelCard {
    precondition(
      classNames.map { $0.count == network.classCount } ?? true,
      "TimmExport: \(classNames?.count ?? 0) class names for \(network.classCount) classes")
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw CheckpointError(file: folder, .unwritable(systemReason(error, makingBelow: folder)))
    }
    let (network, given) = network.expectingRedFirst(card)
    var card = given
    let weights = folder.appendingPathComponent("model.safetensors")
    try SafeTensors.write(withCounters(network.state), to: weights)
    card.architecture = network.architecture
    card.classCount = network.classCount
    card.classNames = classNames
    card.parameterCount = network.parameterCount
    card.weights = weights.lastPathComponent
    card.sha256 = try WeightDigest.sha256(of: weights)
    try write(configuration(network, card), to: folder.appendingPathComponent("config.json"))
    try card.write(to: folder.appendingPathComponent("model.card.yaml"))
    return card
  }

  /// PyTorch keeps a counter beside running statistics; strict readers want to see it.
  private static func withCounters(_ state: StateDict) -> StateDict {
    var complete = StateDict()
    for (name, tensor) in state.entries {
      complete[name] = tensor
      guard name.hasSuffix(".running_var") else { continue }
      let counter = name.dropLast("running_var".count) + "num_batches_tracked"
      complete[String(counter)] = Tensor(shape: [])
    }
    return complete
  }

  /// The image size that learnt positions are for; nil without such.
  ///
  /// timm takes 224 pixels unless told, and would resample the positions twice.
  private static func positionedImageSize(_ network: Network) -> Int? {
    let hasPositions = network.graph.nodes.contains {
      ($0.operation as? TokenEmbedding)?.positions != nil
    }
    return hasPositions ? network.graph.inputShape.height : nil
  }

  /// The module that a parameter belongs to.
  private static func module(_ parameter: String?) -> String? {
    parameter.map { String($0.dropLast(($0.split(separator: ".").last?.count ?? 0) + 1)) }
  }

  private static func configuration(_ network: Network, _ card: ModelCard) -> TimmConfiguration {
    let input = card.input
    return TimmConfiguration(
      architecture: network.architecture,
      numClasses: network.classCount,
      numFeatures: network.featureCount,
      globalPool: "avg",
      labelNames: card.classNames,
      pretrainedCfg: TimmConfiguration.Pretrained(
        tag: nil,
        customLoad: false,
        inputSize: [3, input.imageSize, input.imageSize],
        fixedInputSize: false,
        interpolation: input.interpolation.rawValue,
        cropPct: input.cropPercent,
        cropMode: cropMode(input.resize),
        mean: input.mean,
        std: input.standardDeviation,
        numClasses: network.classCount,
        firstConv: module(network.firstConvolution).map { .init($0) },
        classifier: module(network.headParameterNames.first).map { .init($0) },
        license: card.licence,
        labelNames: card.classNames),
      modelArgs: positionedImageSize(network).map {
        TimmConfiguration.ModelArguments(imageSize: $0)
      })
  }

  /// timm's word for how a picture of any aspect becomes a square.
  private static func cropMode(_ resize: InputSpecification.Resize) -> String {
    switch resize {
    case .crop: "center"
    case .squash: "squash"
    case .border: "border"
    }
  }

  private static func write(
    _ configuration: TimmConfiguration, to file: URL
  ) throws(CheckpointError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let json: Data
    do { json = try encoder.encode(configuration) } catch {
      throw CheckpointError(file: file, .unwritable("a value in it is not a number"))
    }
    try AtomicFile.write(to: file) { (output) throws(CheckpointError.Problem) in
      try output.append(Array(json) + [UInt8(ascii: "\n")])
    }
  }
}
