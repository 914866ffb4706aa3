/// The graph's input; its output is what a run is given.
package struct Input: Operator {
  package static let kind = "input"
  /// The nominal shape of one sample.
  package let shape: SampleShape

  package init(shape: SampleShape) { self.shape = shape }

  package func outputShape(of inputs: [SampleShape]) throws(ShapeMismatch) -> SampleShape { shape }

  package func forward(_ run: borrowing Run) {}
  package func backward(_ run: borrowing Run) {}
}
