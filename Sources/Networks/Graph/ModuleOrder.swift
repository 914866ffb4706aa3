extension [ParameterSpecification] {
  /// The same parameters in the order of PyTorch's state dicts: a module's own before those of its
  /// parts; both, and the parts, in the order in which they first occur here.
  ///
  /// A name such as `blocks.0.attn.qkv.weight` says which modules lie inside which.
  func inModuleOrder() -> [ParameterSpecification] {
    var root = Module()
    for parameter in self {
      root.insert(parameter, path: parameter.name.split(separator: ".").dropLast())
    }
    return root.flattened
  }
}

/// A module of the reference implementation.
private struct Module {
  private var own: [ParameterSpecification] = []
  private var parts: [Module] = []
  private var places: [Substring: Int] = [:]

  mutating func insert(_ parameter: ParameterSpecification, path: ArraySlice<Substring>) {
    guard let first = path.first else { return own.append(parameter) }
    let place = places[first] ?? parts.count
    if place == parts.count {
      places[first] = place
      parts.append(Module())
    }
    parts[place].insert(parameter, path: path.dropFirst())
  }

  var flattened: [ParameterSpecification] { own + parts.flatMap(\.flattened) }
}
