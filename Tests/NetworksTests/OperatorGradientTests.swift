import Networks
import Tensors
import Testing

@Suite("Operators") struct OperatorGradientTests {
  /// Central differences in Float32: a step of 10⁻² loses about 10⁻⁵ to rounding and, with the third
  /// derivatives of normalisation, some 10⁻⁴ to truncation.
  static let tolerance = 2e-3

  @Test("gradients equal finite differences", arguments: OperatorCases.all)
  func finiteDifferences(testCase: OperatorCase) throws {
    let bench = try OperatorBench(testCase)
    bench.differentiate()
    let specifications = testCase.operation.parameters
    var checked: [(name: String, values: FloatStorage, gradient: [Float])] = []
    for (index, values) in bench.inputs.enumerated() {
      checked.append(("input \(index)", values, Array(bench.inputGradients[index].buffer)))
    }
    for (index, values) in bench.parameters.enumerated() where specifications[index].isTrainable {
      checked.append(
        (specifications[index].name, values, Array(bench.parameterGradients[index].buffer)))
    }
    for (name, values, gradient) in checked {
      let scale = gradient.reduce(0) { max($0, abs(Double($1))) }
      #expect(scale > 0, "\(name) has no gradient")
      let stride = max(1, values.count / 97)
      var worst = 0.0
      var kinks = 0
      var count = 0
      for i in Swift.stride(from: 0, to: values.count, by: stride) {
        let value = values.pointer[i]
        let numeric = derivative(bench, values, i)
        values.pointer[i] = value
        count += 1
        guard let numeric else {
          kinks += 1
          continue
        }
        worst = max(worst, abs(numeric - Double(gradient[i])) / scale)
      }
      #expect(worst < Self.tolerance, "\(testCase.name), \(name): \(worst)")
      #expect(kinks * 4 <= count, "\(testCase.name), \(name): \(kinks) of \(count) at a kink")
    }
  }

  /// The central difference at one value; nil where two step widths disagree, as at a kink.
  private func derivative(_ bench: OperatorBench, _ values: FloatStorage, _ i: Int) -> Double? {
    let value = values.pointer[i]
    func central(_ step: Float) -> Double {
      values.pointer[i] = value + step
      let above = bench.loss()
      let upper = values.pointer[i]
      values.pointer[i] = value - step
      let below = bench.loss()
      let width = Double(upper) - Double(values.pointer[i])
      return (above - below) / width
    }
    let (wide, narrow) = (central(1e-2), central(4e-3))
    return abs(wide - narrow) <= 2e-3 * max(1, abs(narrow)) ? narrow : nil
  }

  @Test("gradients of inputs are added where asked", arguments: OperatorCases.all)
  func accumulation(testCase: OperatorCase) throws {
    guard !(testCase.operation is any RandomOperator) else { return }
    let written = try OperatorBench(testCase)
    written.differentiate()
    let added = try OperatorBench(testCase, accumulates: true)
    for gradient in added.inputGradients {
      gradient.pointer.update(repeating: 0.5, count: gradient.count)
    }
    added.differentiate()
    for (a, b) in zip(written.inputGradients, added.inputGradients) {
      for (x, y) in zip(a.buffer, b.buffer) {
        #expect(abs(x + 0.5 - y) <= 1e-5 * (1 + abs(x)), "\(testCase.name): \(x) and \(y)")
      }
    }
  }

  @Test(
    "an input's memory serves for output or gradient where the operator says so",
    arguments: OperatorCases.all)
  func replacement(testCase: OperatorCase) throws {
    // A plan shares memory of equal size only.
    let output = try testCase.operation.outputShape(of: testCase.inputs)
    for operand in testCase.operation.inputsOutputMayReplace
    where testCase.inputs[operand].count == output.count {
      let apart = try OperatorBench(testCase)
      _ = apart.loss()
      let shared = try OperatorBench(testCase)
      shared.run.output = shared.inputs[operand].pointer
      _ = shared.loss()
      #expect(Array(apart.output.buffer) == Array(shared.inputs[operand].buffer))
    }
    for operand in testCase.operation.inputsGradientMayReplace
    where testCase.inputs[operand].count == output.count {
      let apart = try OperatorBench(testCase)
      apart.differentiate()
      let shared = try OperatorBench(testCase)
      shared.run.inputGradients[operand] = InputGradient(
        values: shared.outputGradient.pointer, accumulates: false)
      shared.differentiate()
      #expect(
        Array(apart.inputGradients[operand].buffer) == Array(shared.outputGradient.buffer))
    }
  }

  @Test("every operator has a case and no two cases share a name")
  func table() {
    let kinds = Set(OperatorCases.all.map { type(of: $0.operation).kind })
    let used = Set(
      Architecture.all.flatMap { architecture in
        architecture.build(classCount: 2).nodes.map { type(of: $0.operation).kind }
      })
    #expect(used.subtracting(kinds) == ["input"])
    #expect(Set(OperatorCases.all.map(\.name)).count == OperatorCases.all.count)
  }
}
