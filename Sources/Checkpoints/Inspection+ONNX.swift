internal import Foundation
internal import Networks
internal import Tensors

extension Inspection {
  /// What is known of a graph that comes from the file itself.
  public struct GraphSummary: Codable, Sendable, Hashable {
    /// The version of ONNX's operators.
    public var opset: Int
    /// The program that wrote the file.
    public var producer: String
    /// The name of the image input.
    public var input: String
    /// How the file lays images out.
    public var layout: ONNXModel.InputLayout
    /// Rows and columns of the images; those that shapes were computed for where the file leaves them open.
    public var imageSize: [Int]
    /// Whether the file leaves the images' size open.
    public var hasOpenSize: Bool
    /// The name of the embedding: what the classifier reads, or what the card names.
    public var featureNode: String
    /// The width of the embedding.
    public var featureCount: Int
    /// The name of the class scores before softmax; nil without a classifier.
    public var classifierNode: String?
    /// All outputs of the file.
    public var outputs: [String]
    /// How often the file uses each operator.
    public var operators: [String: Int]
    /// The stages that the graph can be cut into.
    public var stages: [String]

    init(_ model: ONNXModel) {
      opset = model.opset
      producer = model.producer
      input = model.inputName
      layout = model.inputLayout
      imageSize = [model.imageHeight, model.imageWidth]
      hasOpenSize = model.hasOpenSize
      featureNode = model.featureName
      featureCount = model.network.featureCount
      classifierNode = model.logitsName
      outputs = model.outputNames
      operators = model.operatorCounts
      stages = model.network.graph.stages.map(\.name)
    }
  }

  /// Inspects an ONNX file.
  init(onnx location: WeightLocation) throws(CheckpointError) {
    let model = try ONNXModel.read(
      location.weights, featureNode: location.card?.featureNode,
      imageSize: location.card?.input.imageSize)
    file = location.weights.path
    sha256 = try WeightDigest.sha256(of: location.weights)
    byteCount = WeightDigest.byteCount(of: location.weights)
    format = .onnx
    container = nil
    prefix = ""
    convention = nil
    omitted = []
    metadata = model.metadata
    tensors = model.network.state.entries.map {
      TensorSummary(name: $0.name, mappedName: nil, shape: $0.tensor.shape, type: nil)
    }
    elementCount = model.network.state.entries.reduce(0) { $0 + $1.tensor.count }
    architectures = [ONNXModel.architecture]
    comparedWith = nil
    classCount = model.network.classCount
    card = location.card
    graph = GraphSummary(model)
  }
}
