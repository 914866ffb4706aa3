public import Foundation
public import Networks
internal import ONNXFormat
internal import SwiftProtobuf
internal import Tensors

/// Writes a network as an ONNX file (operator set 17, Float32) that ONNX Runtime, OpenVINO and PyTorch's
/// converters read.
///
/// The graph has the input `input`, `[batch, 3, height, width]` for networks of images, of preprocessed
/// pixels, and the outputs `logits` and `features`, as far as the network has them. The batch is free,
/// the image size that of the card. Parameters keep their names of the state dict. What the pixels go
/// through before, and the classes' names, are metadata: `graft.mean`, `graft.std`, `graft.card` (the
/// whole card). Normalisation, residuals and activations stay nodes of their own, which runtimes fuse when
/// they load the file.
///
/// Weights of more than 1.5 GB lie in a second file beside it, `NAME.data`, since no protobuf message may
/// pass 2 GB.
///
/// - Reference: ONNX IR version 8, operator set 17.
public enum ONNXExport {
  static let operatorSet: Int64 = 17
  /// The key of the metadata that holds the card.
  static let cardKey = "graft.card"
  static let intermediateRepresentation: Int64 = 8
  /// Bytes of weights above which they get a file of their own.
  public static let externalLimit = 1_500_000_000

  /// Writes the file, and, for a very large network, its data file; each appears only once it is complete.
  ///
  /// A network that expects blue first is rewritten to expect red first, as in ``TimmExport``.
  ///
  /// - Parameters:
  ///   - card: What is known of the network; its image size decides the graph's.
  ///   - includesFeatures: Whether the embedding is an output besides the class scores.
  ///   - externalLimit: Bytes of weights from which on they get a file of their own.
  /// - Throws: ``CheckpointError``: `.unwritable`, or `.unsupported` naming an operator that ONNX lacks or
  ///   an image size that the network cannot take.
  public static func write(
    _ network: Network, card: ModelCard, includesFeatures: Bool = true,
    externalLimit: Int = ONNXExport.externalLimit, to file: URL
  ) throws(CheckpointError) {
    let (network, card) = network.expectingRedFirst(card)
    let content = try naming(file) { () throws(CheckpointError.Problem) in
      try graph(of: network, card: card, includesFeatures: includesFeatures)
    }
    var (model, tensors) = content
    let bytes = tensors.reduce(0) { $0 + 4 * $1.tensor.count }
    guard bytes > externalLimit else {
      model.graph.initializer += tensors.map { .floats($0.tensor, named: $0.name) }
      return try write(model, to: file)
    }
    let data = file.appendingPathExtension("data")
    var offset = 0
    try AtomicFile.write(to: data) { (output) throws(CheckpointError.Problem) in
      for (_, tensor) in tensors { try output.append(floats: tensor) }
    }
    for (name, tensor) in tensors {
      model.graph.initializer.append(
        .external(tensor, named: name, file: data.lastPathComponent, offset: offset))
      offset += 4 * tensor.count
    }
    try write(model, to: file)
  }

  private static func write(_ model: ONNXModelProto, to file: URL) throws(CheckpointError) {
    let bytes: Data
    do { bytes = try model.serializedData() } catch {
      throw CheckpointError(file: file, .unwritable("it would pass protobuf's 2 GB"))
    }
    try AtomicFile.write(to: file) { (output) throws(CheckpointError.Problem) in
      try output.append(bytes)
    }
  }

  /// The model without its weights, and the weights.
  private static func graph(
    of network: Network, card: ModelCard, includesFeatures: Bool
  ) throws(CheckpointError.Problem) -> (ONNXModelProto, [(name: String, tensor: Tensor)]) {
    let graph = network.graph
    var input = graph.inputShape
    if input.isMap {
      input = SampleShape(
        height: card.input.imageSize, width: card.input.imageSize, channels: input.channels)
    }
    let shapes: [SampleShape]
    do { shapes = try graph.shapes(input: input) } catch {
      throw .unsupported("as ONNX, \(oneLine(error.description))")
    }

    var outputs: [(name: String, place: Int)] = []
    if let logits = graph.logitsIndex { outputs.append(("logits", logits)) }
    if let features = graph.featureIndex, includesFeatures || outputs.isEmpty {
      outputs.append(("features", features))
    }
    if outputs.isEmpty { outputs.append(("output", graph.outputIndex)) }

    var builder = ONNXGraphBuilder(
      state: network.state, input: "input", outputs: outputs.map(\.name))
    var values = [ExportedValue(name: builder.input, shape: input, isChannelsFirst: input.isMap)]
    let last = outputs.map(\.place).max() ?? 0
    for (place, node) in graph.nodes.enumerated().dropFirst() where place <= last {
      guard let operation = node.operation as? any ONNXExportable else {
        throw .unsupported(
          "as ONNX, which has no form for '\(node.name)' (\(type(of: node.operation).kind))")
      }
      builder.scope = "/\(node.name)"
      values.append(
        operation.export(node.inputs.map { values[$0] }, output: shapes[place], to: &builder))
    }
    for (name, place) in outputs {
      builder.name(builder.channelsLast(values[place]).name, as: name)
    }

    var model = ONNXModelProto()
    model.irVersion = intermediateRepresentation
    model.producerName = "graft"
    var version = ONNXOperatorSetIdProto()
    version.version = operatorSet
    model.opsetImport = [version]
    model.graph.name = network.architecture
    model.graph.node = builder.nodes
    model.graph.initializer = builder.constants
    model.graph.input = [.floats("input", values[0].dimensions)]
    model.graph.output = outputs.map { .floats($0.name, shapes[$0.place].dimensions) }
    model.metadataProps = metadata(card)
    return (model, builder.parameters)
  }

  private static func metadata(_ card: ModelCard) -> [ONNXStringStringEntryProto] {
    func text(_ numbers: [Double]) -> String { numbers.map { "\($0)" }.joined(separator: ",") }
    return [
      .entry(cardKey, card.yaml), .entry("graft.mean", text(card.input.mean)),
      .entry("graft.std", text(card.input.standardDeviation)),
    ]
  }
}

extension ONNXTensorProto {
  /// A tensor whose values lie in a file of their own.
  static func external(
    _ tensor: Tensor, named name: String, file: String, offset: Int
  ) -> ONNXTensorProto {
    var result = described(name, float32, dims: tensor.shape)
    result.dataLocation = .external
    result.externalData = [
      .entry("location", file), .entry("offset", "\(offset)"),
      .entry("length", "\(4 * tensor.count)"),
    ]
    return result
  }
}

extension ONNXStringStringEntryProto {
  static func entry(_ key: String, _ value: String) -> ONNXStringStringEntryProto {
    var entry = ONNXStringStringEntryProto()
    entry.key = key
    entry.value = value
    return entry
  }
}

extension ONNXValueInfoProto {
  /// An array of Float32 whose first axis is the batch.
  static func floats(_ name: String, _ dimensions: [Int]) -> ONNXValueInfoProto {
    var info = ONNXValueInfoProto()
    info.name = name
    info.type.tensorType.elemType = ONNXTensorProto.float32
    var batch = ONNXTensorShapeProto.Dimension()
    batch.dimParam = "batch"
    info.type.tensorType.shape.dim = [batch]
    for length in dimensions {
      var dimension = ONNXTensorShapeProto.Dimension()
      dimension.dimValue = Int64(length)
      info.type.tensorType.shape.dim.append(dimension)
    }
    return info
  }
}
