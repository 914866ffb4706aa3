/// Names of parameters.
extension ONNXLowering {
  /// The name that a layer's parameters begin with.
  ///
  /// That of the weight without `.weight` where the file keeps the modules' names; else the path that
  /// PyTorch's exporter writes into node names, `/layer1/layer1.0/conv1/Conv` for `layer1.0.conv1`; else
  /// that of the weight.
  mutating func layerName(_ node: ONNXNode, weight: Int) -> String {
    let name = node.input(weight) ?? ""
    for ending in [".weight", "/weight"] where name.hasSuffix(ending) {
      return parameterName(String(name.dropLast(ending.count)))
    }
    if let path = ONNXLowering.modulePath(node.name) { return parameterName(path) }
    return parameterName(name.isEmpty ? node.label : name)
  }

  /// The module that PyTorch's exporter says a node belongs to; nil where the name says none.
  static func modulePath(_ name: String) -> String? {
    guard name.hasPrefix("/") else { return nil }
    var modules: [Substring] = []
    for part in name.split(separator: "/").dropLast() {
      // A part of a list repeats the list's name: layer1, layer1.0.
      if let last = modules.last, part.hasPrefix("\(last).") { modules.removeLast() }
      modules.append(part)
    }
    return modules.isEmpty ? nil : modules.joined(separator: ".")
  }
}
