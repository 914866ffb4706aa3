internal import CKernels

/// Where a NaN or an infinity came from.
extension PlanEngine {
  /// Computes all outputs in order, as a repetition, up to the first that holds a NaN or an infinity;
  /// returns its node.
  func firstNonFinite() -> Int? {
    for place in nodes.indices {
      repeatForward(of: place)
      let run = runs[place]
      if graft_has_nonfinite(run.output, 0, run.batch * run.site.output.count) != 0 { return place }
    }
    return nil
  }

  /// Computes all gradients in order up to the first node that gives one of an input or a parameter
  /// that is not finite; the output's gradient must be written before.
  func firstNonFiniteGradient() -> Int? {
    for call in steps.indices {
      step(call)
      guard case .backward(let place) = steps[call] else { continue }
      let run = stepRuns[call]
      for (input, shape) in zip(run.inputGradients, run.site.inputs) {
        if let input, graft_has_nonfinite(input.values, 0, run.batch * shape.count) != 0 {
          return place
        }
      }
      for (gradient, parameter) in zip(
        run.parameterGradients, nodes[place].operation.parameters)
      {
        if let gradient, graft_has_nonfinite(gradient, 0, parameter.count) != 0 { return place }
      }
    }
    return nil
  }
}
