/// In training, sets each value to 0 with the plan's probability p and divides the others by 1 − p;
/// otherwise passes its input on.
///
/// The mask follows from the plan's seed, the step and the value's position, so a run can be
/// repeated whatever the number of threads. Any shape.
///
/// - Reference: Srivastava et al. 2014, JMLR 15:1929.
package struct Dropout: Operator {
  package static let kind = "dropout"

  package init() {}

  package func outputShape(of inputs: [SampleShape]) throws(ShapeMismatch) -> SampleShape {
    inputs[0]
  }
}
