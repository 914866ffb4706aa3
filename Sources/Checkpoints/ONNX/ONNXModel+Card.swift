internal import Files
public import Foundation
public import Networks
internal import Tensors

/// Between ONNX files and cards.
extension ONNXModel {
  /// The file in the folder of a run that keeps the graph which its weights belong to.
  static let graphFile = "graph.onnx"

  /// Whether a file begins as an ONNX file does.
  static func matches(_ file: URL) -> Bool {
    guard let handle = try? FileHandle(forReadingFrom: file) else { return false }
    defer { try? handle.close() }
    guard let head = try? handle.read(upToCount: 16) else { return false }
    return head.withUnsafeBytes { matches($0) }
  }

  /// The ONNX file that weights belong to: they themselves, or the graph beside them.
  private static func graph(of weights: URL) -> URL {
    matches(weights)
      ? weights : weights.deletingLastPathComponent().appendingPathComponent(graphFile)
  }

  /// The network of a card: what its ONNX file holds, or, for weights that training left in a file of
  /// their own, the graph beside them with these weights and a head of as many classes.
  static func network(
    of card: ModelCard, weights file: URL
  ) throws(CheckpointError) -> Network {
    let graph = graph(of: file)
    let isGraph = graph == file
    guard isGraph || FileManager.default.fileExists(atPath: graph.path) else {
      throw CheckpointError(
        file: file,
        .mismatched("its network is that of an ONNX file, and there is no \(graphFile) beside it"))
    }
    let model = try read(
      graph, featureNode: card.featureNode, imageSize: card.input.imageSize)
    try model.checkImages(graph)
    if isGraph { return model.network }
    let table = try WeightFile.read(file).tensors
    let weights = try naming(file) { () throws(CheckpointError.Problem) in try table.read() }
    do {
      let network = try model.network.replacingHead(classCount: card.classCount, seed: 0)
      return try network.withState(
        weights.filter { !$0.hasSuffix("num_batches_tracked") })
    } catch {
      throw CheckpointError(file: file, .mismatched(oneLine(error.description)))
    }
  }

  /// Photographs have three channels.
  func checkImages(_ file: URL) throws(CheckpointError) {
    let channels = network.graph.inputShape.channels
    guard channels == 3 else {
      throw CheckpointError(
        file: file,
        .unsupported("its images have \(channels) channels, and photographs have three"))
    }
  }

  /// The card that the file alone suggests: the one that ``ONNXExport`` wrote into it, if it did.
  ///
  /// Else, where its graph begins with preprocessing, it gets pixels of 0…255 or 0…1 as that asks for;
  /// otherwise ImageNet's mean and deviation are as good a guess as any.
  func card(id: String) -> ModelCard {
    if let yaml = metadata[ONNXExport.cardKey], var card = try? ModelCard.parse(yaml: yaml) {
      card.architecture = ONNXModel.architecture
      card.classCount = network.classCount
      (card.sha256, card.weights, card.featureNode) = (nil, nil, nil)
      return card
    }
    var input = InputSpecification(imageSize: imageHeight)
    if let range = preprocessedRange {
      input.mean = [0, 0, 0]
      input.standardDeviation = Array(repeating: 1 / range, count: 3)
    }
    return ModelCard(
      id: id, architecture: ONNXModel.architecture, input: input,
      classCount: network.classCount)
  }

  /// The largest value of the pixels that the graph's own preprocessing is made for, 255 or 1; nil for a
  /// graph without preprocessing.
  var preprocessedRange: Double? {
    let nodes = network.graph.nodes
    guard let first = nodes.first(where: { $0.inputs == [0] }) else { return nil }
    let values: [Float]
    switch first.operation {
    case let arithmetic as Arithmetic:
      values = arithmetic.constant.flatMap { network.state[$0.name]?.values } ?? []
      let largest = values.map(abs).max() ?? 0
      return arithmetic.function == .multiply
        ? (largest < 0.1 ? 255 : 1) : (largest > 2 ? 255 : 1)
    case let scale as LayerScale:
      values = network.state[scale.name]?.values ?? []
      return (values.map(abs).max() ?? 0) < 0.1 ? 255 : 1
    default: return nil
    }
  }

  /// Keeps the graph of a model beside weights that training made of it, so that they can be opened.
  ///
  /// - Throws: ``CheckpointError`` with `.unwritable`.
  public static func keepGraph(of model: Model, in folder: URL) throws(CheckpointError) {
    guard model.card.isONNX else { return }
    let source = graph(of: model.file)
    let target = folder.appendingPathComponent(graphFile)
    guard source.standardizedFileURL != target.standardizedFileURL else { return }
    do {
      let files = FileManager.default
      for (from, to) in [(source, target)]
        + (try externalFiles(of: source)).map({
          (
            source.deletingLastPathComponent().appendingPathComponent($0),
            folder.appendingPathComponent($0)
          )
        })
      {
        try files.createDirectory(
          at: to.deletingLastPathComponent(), withIntermediateDirectories: true)
        if files.fileExists(atPath: to.path) { try files.removeItem(at: to) }
        try files.copyItem(at: from.resolvingSymlinksInPath(), to: to)
      }
    } catch let error as CheckpointError {
      throw error
    } catch {
      throw CheckpointError(file: target, .unwritable(systemReason(error)))
    }
  }

  /// The files in its folder that a model's weights lie in.
  private static func externalFiles(of file: URL) throws(CheckpointError) -> [String] {
    try FileMapping.parsing(file) { (bytes) throws(CheckpointError.Problem) in
      try ONNXGraphReader(bytes, file: file).externalFiles()
    }
  }
}
