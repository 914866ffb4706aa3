internal import Foundation
internal import Networks
internal import ONNXFormat
internal import SwiftProtobuf
internal import Tensors

/// An ONNX file as it is read: its nodes, its constants, and what it says of itself.
struct ONNXGraphReader {
  let nodes: [ONNXNode]
  let inputs: [ONNXValueInfoProto]
  let outputs: [String]
  let opset: Int
  let producer: String
  let metadata: [String: String]
  private(set) var initializers: [String: ONNXTensorProto]
  private var reader: ONNXTensorReader
  /// The length of the file, which bounds what may be made of it.
  let byteCount: Int
  /// The node that computes each name.
  let producers: [String: Int]

  /// The versions of ONNX's operators that are known.
  static let opsets = 7...24

  /// Parses the bytes of a file.
  ///
  /// - Parameter file: Where they come from, for external data; nil for none.
  init(
    _ bytes: UnsafeRawBufferPointer, file: URL?
  ) throws(CheckpointError.Problem) {
    var options = BinaryDecodingOptions()
    options.discardUnknownFields = true
    options.messageDepthLimit = 32
    var model: ONNXModelProto
    do {
      guard let base = bytes.baseAddress else {
        throw CheckpointError.Problem.truncated("it is empty")
      }
      try ONNXMessageCount.check(bytes)
      let data = Data(
        bytesNoCopy: UnsafeMutableRawPointer(mutating: base), count: bytes.count, deallocator: .none
      )
      model = try ONNXModelProto(serializedBytes: data, options: options)
    } catch let problem as CheckpointError.Problem {
      throw problem
    } catch BinaryDecodingError.truncated {
      throw .truncated("it ends inside a message")
    } catch {
      throw .malformed("it is no ONNX model")
    }
    guard model.hasGraph, !model.graph.node.isEmpty else {
      throw .malformed("it holds no ONNX graph")
    }
    let versions = model.opsetImport.filter { ["", "ai.onnx"].contains($0.domain) }.map(\.version)
    guard let opset = versions.max().map({ Int($0) }) else {
      throw .malformed("it does not say which operators it uses")
    }
    guard ONNXGraphReader.opsets.contains(opset) else {
      throw .unsupported(
        "it uses operator set \(opset), and \(ONNXGraphReader.opsets.lowerBound) to "
          + "\(ONNXGraphReader.opsets.upperBound) are known; export it for one of these")
    }
    self.opset = opset
    producer = [model.producerName, model.producerVersion].filter { !$0.isEmpty }
      .joined(separator: " ")
    metadata = Dictionary(
      model.metadataProps.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
    nodes = model.graph.node.map(ONNXNode.init)
    initializers = Dictionary(
      model.graph.initializer.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
    let constants = Set(initializers.keys)
    inputs = model.graph.input.filter { !constants.contains($0.name) }
    outputs = model.graph.output.map(\.name)
    var producers: [String: Int] = [:]
    for (index, node) in nodes.enumerated() {
      for name in node.outputs where !name.isEmpty { producers[name] = index }
    }
    self.producers = producers
    byteCount = bytes.count
    reader = ONNXTensorReader(model: file)
  }

  /// The files beside the model that hold weights, each a path that lies in its folder.
  func externalFiles() throws(CheckpointError.Problem) -> [String] {
    var files: Set<String> = []
    let inner = nodes.flatMap(\.allInitializers)
    for tensor in Array(initializers.values) + inner where tensor.dataLocation == .external {
      guard let location = tensor.externalData.first(where: { $0.key == "location" })?.value,
        ONNXTensorReader.isInside(location)
      else { throw .malformed("tensor '\(tensor.name)' lies outside of the model's folder") }
      files.insert(location)
    }
    return files.sorted()
  }

  /// The value of an initializer, which is then forgotten; nil where there is none of this name.
  mutating func takeInitializer(
    _ name: String
  ) throws(CheckpointError.Problem) -> ONNXArray? {
    guard let proto = initializers.removeValue(forKey: name) else { return nil }
    return try reader.array(proto)
  }

  /// The value of an array that a graph inside a node brings along.
  mutating func array(
    _ proto: ONNXTensorProto
  ) throws(CheckpointError.Problem) -> ONNXArray { try reader.array(proto) }

  /// The nodes that these names need, in order.
  func nodes(for names: [String]) -> [Int] {
    var open = names.compactMap { producers[$0] }
    var needed = Set(open)
    while let index = open.popLast() {
      for name in nodes[index].reads {
        if let producer = producers[name], needed.insert(producer).inserted {
          open.append(producer)
        }
      }
    }
    return needed.sorted()
  }

  /// The declared lengths of the image input; nil for those that are left open.
  func inputShape() throws(CheckpointError.Problem) -> (name: String, shape: [Int?]) {
    guard inputs.count == 1 else {
      let names = inputs.map(\.name).joined(separator: ", ")
      throw .unsupported(
        "it has \(inputs.count) inputs (\(names)), and a network of images has one; export it with the "
          + "others as constants, or the part of it that sees the image")
    }
    let type = inputs[0].type.tensorType
    let shape = type.shape.dim.map { dimension -> Int? in
      if case .dimValue(let value) = dimension.value, value > 0 { Int(value) } else { nil }
    }
    guard shape.count == 4 else {
      throw .unsupported(
        "its input '\(inputs[0].name)' has \(shape.count) axes; images have four, [N, C, H, W] or "
          + "[N, H, W, C]")
    }
    return (inputs[0].name, shape)
  }
}
