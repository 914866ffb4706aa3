internal import Networks

/// A tensor of an ONNX graph that depends on the input: which node computes it, and how the axes that
/// ONNX sees lie in that node's memory.
///
/// Memory is a list of ``factors``, lengths above 1 from the outermost to the innermost, one sample
/// alone. An axis of ONNX is a list of them: none for an axis of one place, several where axes were
/// joined, and the batch as a factor of its own. So a transposition only exchanges the lists, a reshape
/// cuts and joins them, and an NCHW tensor whose memory is NHWC is the lists [batch], [C], [H], [W] over
/// factors H, W, C. Memory is moved only where an operator needs another order (``ONNXLowering``).
struct ONNXActivation {
  /// A factor of memory by its place, or the batch.
  static let batch = -1

  /// The node whose output it is.
  var node: Int
  /// The lengths of one sample's memory, none of them 1, outermost first.
  var factors: [Int]
  /// For each axis of ONNX, its factors, outermost first.
  var axes: [[Int]]

  /// A tensor whose axes lie in memory in an order of their own.
  ///
  /// - Parameters:
  ///   - shape: The lengths that ONNX sees, multiples of ``ONNXAxes/batch`` where they count samples.
  ///   - order: All axes, the outermost in memory first.
  init(node: Int, shape: [Int], order: [Int]) {
    self.node = node
    factors = []
    axes = Array(repeating: [], count: shape.count)
    for axis in order {
      if ONNXAxes.isBatch(shape[axis]) { axes[axis].append(ONNXActivation.batch) }
      let length = ONNXAxes.withoutBatch(shape[axis])
      if length > 1 {
        axes[axis].append(factors.count)
        factors.append(length)
      }
    }
  }

  /// A tensor whose axes lie in memory in their own order.
  init(node: Int, shape: [Int]) {
    self.init(node: node, shape: shape, order: Array(shape.indices))
  }

  /// The lengths that ONNX sees.
  var shape: [Int] { axes.map { $0.reduce(1) { $0 * length($1) } } }

  /// Places of one sample along an axis.
  func sampleLength(_ axis: Int) -> Int { ONNXAxes.withoutBatch(shape[axis]) }

  var rank: Int { axes.count }

  /// The axis that counts samples.
  var batchAxis: Int? { axes.firstIndex { $0.contains(ONNXActivation.batch) } }

  private func length(_ factor: Int) -> Int {
    factor == ONNXActivation.batch ? ONNXAxes.batch : factors[factor]
  }

  /// The axes in another order, of the same memory.
  func transposed(_ order: [Int]) -> ONNXActivation {
    var result = self
    result.axes = order.map { axes[$0] }
    return result
  }

  /// The memory's factors in the order in which these axes would have them; nil where an axis counts
  /// samples inside of something else.
  func memory(of order: [Int]) -> [Int]? {
    for axis in axes where axis.dropFirst().contains(ONNXActivation.batch) { return nil }
    return order.flatMap { axes[$0].filter { $0 != ONNXActivation.batch } }
  }

  /// The axes in the order of their memory, if each is one run of it; those of one place come first.
  var naturalOrder: [Int]? {
    let own = axes.map { $0.filter { $0 != ONNXActivation.batch } }
    for factors in own {
      for (a, b) in zip(factors, factors.dropFirst()) where b != a + 1 { return nil }
    }
    for axis in axes where axis.dropFirst().contains(ONNXActivation.batch) { return nil }
    return axes.indices.sorted { (own[$0].first ?? -1, $0) < (own[$1].first ?? -1, $1) }
  }

  /// The same memory under axes of other lengths; nil where a boundary of them falls inside a factor.
  func reshaped(to shape: [Int]) -> ONNXActivation? {
    var result = self
    var rest = Array(axes.joined())
    var groups: [[Int]] = []
    for length in shape {
      var (open, group) = (length, [Int]())
      while open > 1 {
        guard let factor = rest.first else { return nil }
        let own = result.length(factor)
        if open % own == 0 {
          group.append(factor)
          rest.removeFirst()
          open /= own
        } else if factor != ONNXActivation.batch, own % open == 0 {
          result.split(factor, open)
          // Places behind the factor have moved by one.
          rest = rest.map { $0 > factor ? $0 + 1 : $0 }
          group = group.map { $0 > factor ? $0 + 1 : $0 }
          groups = groups.map { $0.map { $0 > factor ? $0 + 1 : $0 } }
          group.append(factor)
          rest[0] = factor + 1
          open = 1
        } else {
          return nil
        }
      }
      groups.append(group)
    }
    guard rest.isEmpty else { return nil }
    result.axes = groups
    return result
  }

  /// Makes two factors of one: `outer` and what is left.
  private mutating func split(_ factor: Int, _ outer: Int) {
    factors.replaceSubrange(factor...factor, with: [outer, factors[factor] / outer])
    axes = axes.map { axis in
      axis.flatMap { $0 > factor ? [$0 + 1] : $0 == factor ? [factor, factor + 1] : [$0] }
    }
  }
}

/// What a name of an ONNX graph stands for.
enum ONNXValue {
  case constant(ONNXArray)
  case activation(ONNXActivation)
}
