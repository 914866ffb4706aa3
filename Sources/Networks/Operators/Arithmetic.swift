internal import CKernels

/// A function of two arrays, place by place, with broadcasting: `y = f(a, b)`.
///
/// Samples of up to six axes, paired from the last on; an axis of one place is repeated. The batch is
/// never broadcast. One of the two may be a constant, the same for all samples, which is kept as a
/// buffer. Gradients are summed over repeated axes; those of minimum and maximum are shared by halves
/// where both are equal. For sums of two equal shapes, ``Add`` joins other operators' epilogues.
///
/// - Reference: ONNX's Add, Sub, Mul, Div (opset 14), Min and Max (opset 13) of two operands.
package struct Arithmetic: Operator {
  package static let kind = "arithmetic"
  package let function: Function
  package let constant: Constant?
  /// The constant's shape, made once.
  private let constantShape: SampleShape

  package enum Function: Hashable, Sendable {
    case add, subtract, multiply, divide, minimum, maximum
  }

  /// An operand that is no activation.
  package struct Constant: Hashable, Sendable {
    /// The name of the buffer.
    package let name: String
    /// Its axes, without the batch; a scalar is `[1]`.
    package let shape: [Int]
    /// Whether it stands before the activation, as in `1 − x`.
    package let isFirst: Bool

    package init(_ name: String, shape: [Int], isFirst: Bool = false) {
      self.name = name
      self.shape = shape
      self.isFirst = isFirst
    }
  }

  package init(_ function: Function, constant: Constant? = nil) {
    self.function = function
    self.constant = constant
    constantShape = SampleShape(axes: constant?.shape ?? [1])
  }

  package var parameters: [ParameterSpecification] {
    guard let constant else { return [] }
    return [
      ParameterSpecification(
        name: constant.name, shape: constant.shape, role: .buffer, initialization: .constant(0))
    ]
  }

  package func outputShape(of inputs: [SampleShape]) throws(ShapeMismatch) -> SampleShape {
    try inputs[0].broadcast(with: constant == nil ? inputs[1] : constantShape)
  }
}

extension Arithmetic {
  package var inputsOutputMayReplace: [Int] { constant == nil ? [0, 1] : [0] }
  package var inputsGradientMayReplace: [Int] { [0] }

  package func backwardReads(at site: Site) -> BackwardReads {
    BackwardReads(inputs: function != .add && function != .subtract)
  }

  package func forward(_ run: borrowing Run) {
    let (first, second) = operands(run)
    ArrayLoop(batch: run.batch, space: run.site.output).combine(
      kernel, first, second, into: run.output, run.site.output)
  }

  package func backward(_ run: borrowing Run) {
    let (first, second) = operands(run)
    let dy = ArrayOperand(values: run.givenGradient, shape: run.site.output)
    let loop = ArrayLoop(batch: run.batch, space: run.site.output)
    // The second first: the first may take over the memory of dy.
    for place in 0..<run.site.inputs.count {
      let index = run.site.inputs.count - 1 - place
      guard let gradient = run.inputGradient(index) else { continue }
      let isFirst = constant.map { !$0.isFirst } ?? (index == 0)
      let (own, other) = isFirst ? (first, second) : (second, first)
      let (dx, shape, adds) = (gradient.values, own.shape, gradient.accumulates)
      switch function {
      case .add: loop.combine(GRAFT_SUM, dy, into: dx, shape, accumulates: adds)
      case .subtract:
        loop.combine(
          GRAFT_SUM, scale: isFirst ? 1 : -1, dy, into: dx, shape, accumulates: adds)
      case .multiply: loop.combine(GRAFT_TIMES, dy, other, into: dx, shape, accumulates: adds)
      case .divide where isFirst:
        loop.combine(GRAFT_OVER, dy, other, into: dx, shape, accumulates: adds)
      case .divide:
        loop.combine(GRAFT_OVER_SLOPE, dy, other, own, into: dx, shape, accumulates: adds)
      case .minimum:
        loop.combine(GRAFT_LESSER_SLOPE, dy, own, other, into: dx, shape, accumulates: adds)
      case .maximum:
        loop.combine(GRAFT_GREATER_SLOPE, dy, own, other, into: dx, shape, accumulates: adds)
      }
    }
  }

  private var kernel: graft_combination {
    switch function {
    case .add: GRAFT_PLUS
    case .subtract: GRAFT_MINUS
    case .multiply: GRAFT_TIMES
    case .divide: GRAFT_OVER
    case .minimum: GRAFT_LESSER
    case .maximum: GRAFT_GREATER
    }
  }

  private func operands(_ run: borrowing Run) -> (ArrayOperand, ArrayOperand) {
    let x = ArrayOperand(values: run.inputs[0], shape: run.site.inputs[0])
    guard let constant else {
      return (x, ArrayOperand(values: run.inputs[1], shape: run.site.inputs[1]))
    }
    let c = ArrayOperand(values: run.parameters[0], shape: constantShape, isConstant: true)
    return constant.isFirst ? (c, x) : (x, c)
  }
}
