public import Foundation
public import Networks
internal import ONNXFormat
internal import Tensors

/// A network that an ONNX file holds, as a graph of Graft's own operators.
///
/// Convolutions, normalisations, attention and activations that the file writes out in small steps are
/// recognised and run as those of a native network; weights are ordinary parameters, so the network can
/// be cut, given a new head and fine-tuned like any other. Quantised weights become Float32.
public struct ONNXModel: Sendable {
  /// How the file lays out its images.
  public enum InputLayout: String, Sendable, Codable {
    /// Channels first, as PyTorch and Paddle export.
    case nchw = "NCHW"
    /// Channels last, as TensorFlow exports.
    case nhwc = "NHWC"
  }

  /// The id that networks from ONNX files have as their architecture.
  public static let architecture = "onnx"

  /// The graph with its weights.
  public let network: Network
  /// The version of ONNX's operators that the file uses.
  public let opset: Int
  /// The program that wrote the file.
  public let producer: String
  /// The name of the image input.
  public let inputName: String
  /// How the file lays images out; the engine's own layout is always NHWC.
  public let inputLayout: InputLayout
  /// Rows of the images that shapes were computed for.
  public let imageHeight: Int
  /// Columns of these images.
  public let imageWidth: Int
  /// Whether the file leaves the images' size open.
  public let hasOpenSize: Bool
  /// The name in the file of the embedding: what ``read(_:featureNode:imageSize:)`` was told, or what the
  /// classifier reads.
  public let featureName: String
  /// The name in the file of the class scores before softmax; nil without a classifier.
  public let logitsName: String?
  /// The outputs of the file.
  public let outputNames: [String]
  /// How often the file uses each operator.
  public let operatorCounts: [String: Int]
  /// Free text that the file carries.
  public let metadata: [String: String]

  /// Reads an ONNX file.
  ///
  /// - Parameters:
  ///   - file: The file; weights in files of their own must lie in its folder.
  ///   - featureNode: The node, or the tensor, whose output is the embedding; nil to take what the
  ///     classifier reads. A map is averaged over its pixels; of a sequence the class token counts where
  ///     there is one, else the mean.
  ///   - imageSize: The side of the images, where the file leaves it open; 224 if neither says it.
  /// - Throws: ``CheckpointError`` that names the file and, where an operator is the reason, the
  ///   operator, its node and the operator set.
  public static func read(
    _ file: URL, featureNode: String? = nil, imageSize: Int? = nil
  ) throws(CheckpointError) -> ONNXModel {
    try FileMapping.parsing(file) { (bytes) throws(CheckpointError.Problem) in
      try ONNXModel(bytes, file: file, featureNode: featureNode, imageSize: imageSize)
    }
  }

  /// Reads an ONNX file that lies in memory.
  ///
  /// - Parameter file: Where it came from, for weights in files of their own; nil for none.
  package init(
    _ bytes: UnsafeRawBufferPointer, file: URL? = nil, featureNode: String? = nil,
    imageSize: Int? = nil
  ) throws(CheckpointError.Problem) {
    // The importer alone holds the file's constants, so that each goes when it has been converted.
    var importer = try ONNXImporter(
      try ONNXGraphReader(bytes, file: file), featureNode: featureNode, imageSize: imageSize)
    try importer.lower()
    let head = try importer.head()
    let (graph, state) = try importer.finished(head)
    do throws(NetworkError) {
      network = try Network(architecture: ONNXModel.architecture, graph: graph, state: state)
    } catch {
      throw .malformed("its graph does not hold together: \(oneLine(error.description))")
    }
    let reader = importer.reader
    opset = reader.opset
    producer = reader.producer
    inputName = importer.inputName
    inputLayout = importer.layout
    (imageHeight, imageWidth) = (importer.height, importer.width)
    hasOpenSize = importer.hasOpenSize
    featureName = head.featureName
    logitsName = head.logitsName
    outputNames = reader.outputs
    operatorCounts = reader.nodes.reduce(into: [:]) { $0[$1.type, default: 0] += 1 }
    metadata = reader.metadata
  }

  /// Whether bytes begin as an ONNX file does: the version of its format, then a known field.
  package static func matches(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard bytes.count > 3, bytes[0] == 0x08, (3...63).contains(bytes[1]) else { return false }
    // Strings of the producer, domain and remarks, the model's version, the graph, operator sets.
    return [0x12, 0x1A, 0x22, 0x28, 0x32, 0x3A, 0x42].contains(bytes[2])
  }
}
