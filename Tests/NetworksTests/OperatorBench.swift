import Networks
import Tensors

/// An operator with memory of its own, outside any plan.
final class OperatorBench {
  let testCase: OperatorCase
  let inputs: [FloatStorage]
  let parameters: [FloatStorage]
  let inputGradients: [FloatStorage]
  let parameterGradients: [FloatStorage]
  let output: FloatStorage
  let outputGradient: FloatStorage
  private let memory: [FloatStorage]
  private let runningStatistics: [FloatStorage]
  var run: Run

  /// Binds the operator; inputs and parameters are seeded by `fill`.
  init(_ testCase: OperatorCase, accumulates: Bool = false) throws {
    self.testCase = testCase
    let operation = testCase.operation
    let output = try operation.outputShape(of: testCase.inputs)
    let site = Site(
      inputs: testCase.inputs, output: output, batchSize: testCase.batch, mode: testCase.mode,
      wantsInputGradients: testCase.inputs.map { _ in true },
      wantsParameterGradients: operation.parameters.map(\.isTrainable))
    let wanted = operation.memory(at: site)
    memory = [wanted.packed, wanted.saved, wanted.forwardScratch, wanted.backwardScratch].map {
      FloatStorage(count: $0)
    }
    inputs = testCase.inputs.map { FloatStorage(count: testCase.batch * $0.count) }
    inputGradients = inputs.map { FloatStorage(count: $0.count) }
    parameters = operation.parameters.map { FloatStorage(count: $0.count) }
    parameterGradients = parameters.map { FloatStorage(count: $0.count) }
    self.output = FloatStorage(count: testCase.batch * output.count)
    outputGradient = FloatStorage(count: self.output.count)
    run = Run(
      batch: testCase.batch, site: site, inputs: inputs.map(\.pointer), output: self.output.pointer,
      parameters: parameters.map(\.pointer), packed: memory[0].pointer, saved: memory[1].pointer,
      forwardScratch: memory[2].pointer, backwardScratch: memory[3].pointer,
      outputGradient: outputGradient.pointer,
      inputGradients: inputGradients.map {
        InputGradient(values: $0.pointer, accumulates: accumulates)
      },
      parameterGradients: zip(operation.parameters, parameterGradients).map {
        specification, values in
        specification.isTrainable ? values.pointer : nil
      })
    run.dropoutRate = 0.3
    run.dropoutSeed = 11
    for (index, input) in inputs.enumerated() {
      OperatorBench.fill(input, "\(testCase.name)/input\(index)", testCase.range)
    }
    for (specification, values) in zip(operation.parameters, parameters) {
      let isVariance = specification.name.hasSuffix("running_var")
      OperatorBench.fill(
        values, "\(testCase.name)/\(specification.name)", isVariance ? 0.5...1.5 : -1...1)
    }
    runningStatistics = parameters.map { $0.copy() }
  }

  private static func fill(_ storage: FloatStorage, _ key: String, _ range: ClosedRange<Double>) {
    let random = CounterRandom(seed: 3, key: key)
    let width = range.upperBound - range.lowerBound
    for i in 0..<storage.count {
      storage.pointer[i] = Float(range.lowerBound + width * random.uniform(at: UInt64(i)))
    }
  }

  /// The number r of each output value in the loss `Σ r · y`.
  private lazy var weights: [Double] = {
    let random = CounterRandom(seed: 4, key: testCase.name)
    return (0..<output.count).map { 2 * random.uniform(at: UInt64($0)) - 1 }
  }()

  /// The loss `Σ r · y` of a forward pass, summed in double precision.
  func loss() -> Double {
    for (index, specification) in testCase.operation.parameters.enumerated()
    where specification.role == .buffer {
      parameters[index].pointer.update(
        from: runningStatistics[index].pointer, count: specification.count)
    }
    testCase.operation.prepare(run)
    testCase.operation.forward(run)
    return zip(weights, output.buffer).reduce(0) { $0 + $1.0 * Double($1.1) }
  }

  /// Forward and backward; the gradients lie in the bench's memory.
  func differentiate() {
    _ = loss()
    for (i, weight) in weights.enumerated() { outputGradient.pointer[i] = Float(weight) }
    testCase.operation.backward(run)
  }
}
