internal import Networks
internal import Tensors

/// Constants that training changes: arrays of real numbers that the file itself holds and that are added
/// to activations or multiplied with them, such as Swin's biases of relative positions.
struct LearntConstants {
  /// A constant that consists of places of an array of the file.
  struct Lookup {
    let name: String
    let table: ONNXArray
    /// For each place of the constant, which of the table's it is.
    let places: ONNXArray
  }

  /// The file's own arrays of real numbers.
  var names: Set<String> = []
  /// What is looked up in them, by the name of the result.
  var lookups: [String: Lookup] = [:]
  /// The nodes of tables, which several lookups share.
  var tables: [String: Int] = [:]

  /// Operators that only choose and arrange places of their first input.
  static let arranging: Set<String> = [
    "Gather", "Reshape", "Transpose", "Unsqueeze", "Squeeze", "Slice", "Flatten", "Identity",
  ]
}

extension ONNXLowering {
  /// Remembers where the places of a folded constant come from, if it is looked up in an array of the file.
  ///
  /// - Parameter inputs: The node's constants; nil for one that is left out.
  mutating func follow(_ node: ONNXNode, _ inputs: [ONNXArray?]) throws(ONNXProblem) {
    guard LearntConstants.arranging.contains(node.type), let source = node.input(0) else { return }
    var (name, table, places) = (source, inputs[0], nil as ONNXArray?)
    if let lookup = learnt.lookups[source] {
      (name, table, places) = (lookup.name, lookup.table, lookup.places)
    } else if node.type == "Gather", learnt.names.contains(source), let array = inputs[0] {
      try folding.spend(array.count)
      places = ONNXArray(shape: array.shape, integers: Array(0..<array.count))
    }
    guard let table, let places,
      let result = try folding.outputs(of: node, [places] + inputs.dropFirst())?.first
    else { return }
    learnt.lookups[output(node)] = LearntConstants.Lookup(
      name: name, table: table, places: result)
  }

  /// A constant operand of a sum or product as an activation that training changes; nil for one that it
  /// must leave alone: a mask, what preprocessing does to the image, or numbers that the graph made.
  mutating func learntOperand(
    _ node: ONNXNode, of x: ONNXActivation, _ constant: ONNXArray, named name: String
  ) throws(ONNXProblem) -> ONNXActivation? {
    guard ["Add", "Mul", "Sub"].contains(node.type), !isPreprocessing(x.node),
      !ONNXLowering.isMask(constant)
    else { return nil }
    // Samples are never added to places of their own.
    if let batch = x.batchAxis {
      let axis = batch - x.rank + constant.shape.count
      guard axis < 0 || constant.shape[axis] == 1 || x.sampleLength(batch) == constant.shape[axis]
      else { return nil }
    }
    if node.type != "Sub", let lookup = learnt.lookups[name],
      let places = lookup.places.integers, places.count == constant.count
    {
      let table: Int
      if let known = learnt.tables[lookup.name] {
        table = known
      } else {
        let array = lookup.table.reshaped(to: [lookup.table.count])
        table = try learnt(array, named: lookup.name).node
        learnt.tables[lookup.name] = table
      }
      return ONNXActivation(
        node: try emit(name, Gather(places, axis: 0), [table]), shape: constant.shape)
    }
    return learnt.names.contains(name) ? try learnt(constant, named: name) : nil
  }

  /// Zeros and large negative numbers, which keep some scores out of a softmax; or zeros and ones.
  private static func isMask(_ constant: ONNXArray) -> Bool {
    let values = constant.numbers
    return values.allSatisfy { $0 == 0 || $0 <= -50 } && values.contains { $0 != 0 }
      || values.allSatisfy { $0 == 0 || $0 == 1 } && values.contains(0) && values.contains(1)
  }

  /// Whether nothing before a node has weights of its own.
  private func isPreprocessing(_ node: Int) -> Bool {
    var place = node
    while place > 0 {
      guard nodes[place].inputs.count == 1, !(nodes[place].operation is any ChannelScalable) else {
        return false
      }
      place = nodes[place].inputs[0]
    }
    return true
  }
}
