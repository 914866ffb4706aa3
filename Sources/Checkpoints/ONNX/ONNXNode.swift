internal import Foundation
internal import ONNXFormat

/// A node of an ONNX graph with its attributes by name.
struct ONNXNode {
  let name: String
  let type: String
  let domain: String
  let inputs: [String]
  let outputs: [String]
  /// The names that graphs in its attributes read from outside of them.
  let captured: [String]
  /// The graphs in its attributes, such as the branches of `If`.
  private let branches: [String: ONNXBranch]
  private let attributes: [String: ONNXAttributeProto]

  init(_ proto: ONNXNodeProto) {
    name = proto.name
    type = proto.opType
    domain = proto.domain
    inputs = proto.input
    outputs = proto.output
    attributes = Dictionary(proto.attribute.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
    let branches = proto.attribute.filter(\.hasG).map { ($0.name, ONNXBranch($0.g)) }
    captured = branches.flatMap(\.1.captured)
    self.branches = Dictionary(branches, uniquingKeysWith: { $1 })
  }

  /// Every name that is read to compute it.
  var reads: [String] { inputs + captured }

  /// What the node is called in sentences: its own name, or that of what it computes.
  var label: String { name.isEmpty ? outputs.first ?? "" : name }

  /// The name of an input; nil where there is none or it is left out.
  func input(_ index: Int) -> String? {
    guard inputs.indices.contains(index), !inputs[index].isEmpty else { return nil }
    return inputs[index]
  }

  func has(_ attribute: String) -> Bool { attributes[attribute] != nil }

  func integer(_ attribute: String) -> Int? { attributes[attribute].map { Int($0.i) } }

  func integers(_ attribute: String) -> [Int]? {
    attributes[attribute].map { $0.ints.map { Int($0) } }
  }

  func float(_ attribute: String) -> Float? { attributes[attribute].map(\.f) }

  func floats(_ attribute: String) -> [Float]? { attributes[attribute].map(\.floats) }

  func text(_ attribute: String) -> String? {
    attributes[attribute].map { String(decoding: $0.s, as: UTF8.self) }
  }

  /// A graph that the node holds, such as a branch of `If`; nil where there is none.
  func branch(_ attribute: String) -> ONNXBranch? {
    branches[attribute]
  }

  /// The arrays that graphs inside it bring along, at any depth.
  var allInitializers: [ONNXTensorProto] {
    branches.values.flatMap { $0.initializers + $0.nodes.flatMap(\.allInitializers) }
  }

  func tensor(_ attribute: String) -> ONNXTensorProto? { attributes[attribute].map(\.t) }
}
