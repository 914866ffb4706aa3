/// An operator that is random in training and passes its input on otherwise.
package protocol RandomOperator: Operator {
  /// The share of values or samples that it drops where the plan's rates are these; it does nothing
  /// at 0.
  func rate(_ rates: RandomRates) -> Double
}

/// A training plan's rates of regularisation by noise, each in [0, 1).
package struct RandomRates: Sendable, Hashable {
  /// The share of values that dropout before the classifier sets to 0.
  package var dropout: Double
  /// The share of samples whose deepest residual branch is left out.
  package var stochasticDepth: Double

  package init(dropout: Double = 0, stochasticDepth: Double = 0) {
    precondition(
      (0..<1).contains(dropout) && (0..<1).contains(stochasticDepth), "a rate lies in [0, 1)")
    self.dropout = dropout
    self.stochasticDepth = stochasticDepth
  }
}
