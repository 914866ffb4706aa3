internal import ONNXFormat

/// A graph inside a node: what `If` computes where its condition holds, or where it does not.
struct ONNXBranch {
  let nodes: [ONNXNode]
  let outputs: [String]
  /// The arrays that it brings along.
  let initializers: [ONNXTensorProto]

  init(_ proto: ONNXGraphProto) {
    nodes = proto.node.map(ONNXNode.init)
    outputs = proto.output.map(\.name)
    initializers = proto.initializer
  }

  /// The names that it reads and does not make, inner graphs included; each once, in order.
  var captured: [String] {
    var known = Set(initializers.map(\.name))
    var names: [String] = []
    for node in nodes {
      for name in node.reads where !name.isEmpty && known.insert(name).inserted {
        names.append(name)
      }
      known.formUnion(node.outputs)
    }
    for name in outputs where known.insert(name).inserted { names.append(name) }
    return names
  }
}
